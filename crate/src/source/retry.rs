//! When a failed read is worth another try, and how long to wait first.

/// How often and how soon to retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries after the first.
    pub retries: u32,
    /// Wait before the first retry; doubles with each.
    pub first_delay_ms: u64,
    /// Longest wait, also for what a server asks by `Retry-After`.
    pub max_delay_ms: u64,
}

/// Why a read failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No response, or the connection broke.
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
    pub fn delay_ms(&self, retry: u32, failure: Failure, jitter: f64) -> Option<u64> {
        if retry >= self.retries {
            return None;
        }
        let asked_ms = match failure {
            Failure::Network | Failure::Stall | Failure::Truncated => None,
            Failure::Status { status: 408 | 425 | 429 | 500..=599, retry_after_ms } => retry_after_ms,
            Failure::Status { .. } | Failure::Final => return None,
        };
        let doubled = self.first_delay_ms.saturating_mul(1_u64.checked_shl(retry).unwrap_or(u64::MAX));
        let spread = doubled as f64 * (0.5 + 0.5 * jitter.clamp(0.0, 1.0));
        Some((spread as u64).max(asked_ms.unwrap_or(0)).min(self.max_delay_ms))
    }
}

/// Milliseconds of a `Retry-After` header in seconds; the form with a date is not used by the servers of the field.
#[must_use]
pub fn retry_after_ms(header: &str) -> Option<u64> {
    header.trim().parse::<u64>().ok()?.checked_mul(1000)
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
