use super::*;

const POLICY: RetryPolicy = RetryPolicy { retries: 3, first_delay_ms: 100, max_delay_ms: 1000 };

fn status(status: u16, retry_after_ms: Option<u64>) -> Failure {
    Failure::Status { status, retry_after_ms }
}

#[test]
fn waits_double_and_end() {
    let waits: Vec<_> = (0..4).map(|retry| POLICY.delay_ms(retry, Failure::Network, 1.0)).collect();
    assert_eq!(waits, [Some(100), Some(200), Some(400), None]);
    assert_eq!(POLICY.delay_ms(0, Failure::Stall, 0.0), Some(50));
    assert_eq!(POLICY.delay_ms(0, Failure::Unreachable, 0.0), Some(50));
    assert_eq!(POLICY.delay_ms(0, Failure::Truncated, 1.0), Some(100));
}

#[test]
fn only_what_may_pass_is_retried() {
    for retried in [408, 429, 500, 502, 503, 504] {
        assert!(POLICY.delay_ms(0, status(retried, None), 0.5).is_some(), "{retried}");
    }
    for given_up in [400, 401, 403, 404, 410, 416] {
        assert_eq!(POLICY.delay_ms(0, status(given_up, None), 0.5), None, "{given_up}");
    }
    assert_eq!(POLICY.delay_ms(0, Failure::Final, 0.5), None);
}

#[test]
fn retry_after_lengthens_and_is_given_up_beyond_the_cap() {
    assert_eq!(POLICY.delay_ms(0, status(429, Some(700)), 1.0), Some(700));
    assert_eq!(POLICY.delay_ms(0, status(429, Some(0)), 1.0), Some(100));
    assert_eq!(POLICY.delay_ms(0, status(503, Some(60_000)), 1.0), None);
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let never = |_: &str| -> Option<f64> { panic!("seconds are no date") };
    assert_eq!(retry_after_ms(" 2 ", never), Some(2000));
    let date = "Wed, 21 Oct 2015 07:28:00 GMT";
    let until = |ms: f64| {
        move |text: &str| {
            assert_eq!(text, date);
            Some(ms)
        }
    };
    assert_eq!(retry_after_ms(date, until(1500.0)), Some(1500));
    assert_eq!(retry_after_ms(date, until(-1500.0)), Some(0));
    assert_eq!(retry_after_ms(date, until(f64::NAN)), None);
    assert_eq!(retry_after_ms("soon", |_| None), None);
}

#[test]
fn patience_grows_with_what_has_come() {
    assert_eq!(patience_ms(500, 0, 64), 500);
    assert_eq!(patience_ms(500, 16 << 20, 64), 500 + (16 << 14));
    assert_eq!(patience_ms(u32::MAX, u64::MAX, 1), u64::MAX);
    assert_eq!(patience_ms(500, 10, 0), 500);
}
