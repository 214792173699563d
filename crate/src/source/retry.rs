//! When a failed read is worth another try, and how long to wait first.

/// How often and how soon to retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries after the first.
    pub retries: u32,
    /// Wait before the first retry; doubles with each.
    pub first_delay_ms: u64,
    /// Longest wait; a server that asks for more by `Retry-After` is not waited for.
    pub max_delay_ms: u64,
}

/// Why a read failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No response.
    Unreachable,
    /// The connection broke while the response came.
    Network,
    /// No byte for too long.
    Stall,
    /// The body was shorter than promised.
    Truncated,
    /// The server answered with an error.
    Status { status: u16, retry_after_ms: Option<u64> },
    /// What no retry mends.
    Final,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { retries: 3, first_delay_ms: 250, max_delay_ms: 30_000 }
    }
}

impl RetryPolicy {
    /// Milliseconds to wait before retry `retry` (from 0), `None` to give up. `jitter` in 0..1 spreads clients that
    /// failed together: a wait is between half and all of its length.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
    pub fn delay_ms(&self, retry: u32, failure: Failure, jitter: f64) -> Option<u64> {
        if retry >= self.retries {
            return None;
        }
        let asked_ms = match failure {
            Failure::Unreachable | Failure::Network | Failure::Stall | Failure::Truncated => None,
            Failure::Status { status: 408 | 425 | 429 | 500..=599, retry_after_ms } => retry_after_ms,
            Failure::Status { .. } | Failure::Final => return None,
        };
        let doubled = self.first_delay_ms.saturating_mul(1_u64.checked_shl(retry).unwrap_or(u64::MAX));
        let spread = doubled as f64 * (0.5 + 0.5 * jitter.clamp(0.0, 1.0));
        match asked_ms {
            Some(asked_ms) if asked_ms > self.max_delay_ms => None,
            asked_ms => Some((spread as u64).min(self.max_delay_ms).max(asked_ms.unwrap_or(0))),
        }
    }
}

/// Milliseconds of a `Retry-After` header, which is seconds or a date; `ms_until` gives the time to a date.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
pub fn retry_after_ms(header: &str, ms_until: impl FnOnce(&str) -> Option<f64>) -> Option<u64> {
    match header.trim().parse::<u64>() {
        Ok(seconds) => seconds.checked_mul(1000),
        // A date that has passed asks for no wait; the conversion saturates.
        Err(_) => ms_until(header.trim()).filter(|ms| ms.is_finite()).map(|ms| ms.max(0.0) as u64),
    }
}

/// Milliseconds in which `len` bytes must have come: the longest silence that is put up with, and the time that the
/// bytes take at the least rate that still counts as reading. A server that drips is given up, a slow line is not.
#[must_use]
pub fn patience_ms(timeout_ms: u32, len: u64, least_bytes_per_ms: u64) -> u64 {
    u64::from(timeout_ms).saturating_add(len.checked_div(least_bytes_per_ms).unwrap_or(0))
}

/// Of a response whose bytes can be seen coming: about 8 kbit/s.
pub const LEAST_HTTP_BYTES_PER_MS: u64 = 1;
/// Of a read that comes all at once, or not: about 0.5 Mbit/s.
pub const LEAST_LOCAL_BYTES_PER_MS: u64 = 64;

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
