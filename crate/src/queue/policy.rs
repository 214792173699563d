//! How patient the queue is.

/// Times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// A worker that has not renewed for this long is taken for dead.
    pub lease_ms: i64,
    /// Wait after the first failure; doubled after each further one.
    pub retry_delay_ms: i64,
    /// The wait is never longer.
    pub max_retry_delay_ms: i64,
    /// A task whose workers died this often is failed: it may be what kills them.
    pub max_lost: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self { lease_ms: 30_000, retry_delay_ms: 2_000, max_retry_delay_ms: 300_000, max_lost: 12 }
    }
}

impl Policy {
    /// How long to wait before retry number `retry` (from 1): doubled each time, up to a fifth longer or shorter so
    /// that tasks which failed together do not come back together. `salt` makes it another for each task.
    #[must_use]
    pub fn backoff_ms(&self, retry: u32, salt: u64) -> i64 {
        let doubled = 1_i64.checked_shl(retry.saturating_sub(1).min(30)).unwrap_or(i64::MAX);
        let delay_ms = self.retry_delay_ms.saturating_mul(doubled).clamp(0, self.max_retry_delay_ms);
        let fifth = delay_ms / 5;
        let spread = i64::try_from(salt % 1001).unwrap_or_default();
        delay_ms.saturating_sub(fifth).saturating_add((fifth.saturating_mul(2)).saturating_mul(spread) / 1000)
    }
}
