use super::*;

#[test]
fn codes_are_unique_sorted_and_lower_case() {
    let texts: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let mut sorted = texts.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(texts, sorted);
    for text in texts {
        assert!(text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '_'), "{text}");
    }
}

#[test]
fn display_names_code_message_and_place() {
    let error = Error::new(Code::LimitExceeded, "block: 9 asked, 8 allowed").at(|l| {
        l.source = Some("a.tif".into());
        l.tile = Some((3, 4));
    });
    assert_eq!(error.to_string(), "limit.exceeded: block: 9 asked, 8 allowed (a.tif, block column 3 row 4)");
}
