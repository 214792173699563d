//! The settings' defaults stand in two places: here for hosts of the crate, in `web/lib/settings.ts` for what is shown to
//! those of the package. They are the same.

use cogrid::engine::Config;
use cogrid::source::{MergePolicy, RetryPolicy};

const TABLE: &str = include_str!("../../web/lib/settings.ts");

/// What the table has as `initial` of a setting.
fn initial(name: &str) -> &'static str {
    let entry = |start: String| TABLE.split_once(&start).map(|(_, rest)| rest);
    let entry = entry(format!("\n  {name}: {{")).or_else(|| entry(format!("\n  \"{name}\": {{")));
    let value = entry.and_then(|entry| entry.split_once("initial:")).map(|(_, rest)| rest);
    value.and_then(|value| value.split([',', '}']).next()).unwrap_or_else(|| panic!("no setting {name}")).trim()
}

fn number(name: &str) -> f64 {
    initial(name).replace('_', "").parse().unwrap_or_else(|_| panic!("{name}: {}", initial(name)))
}

#[test]
fn defaults_are_those_that_are_shown() {
    let config = Config::default();
    let numbers = [
        ("tileSize", f64::from(config.tile_size)),
        ("cacheTtlDays", config.cache_ttl_days),
        ("cacheLimitMb", config.cache_limit_mb),
        ("memoryLimitMb", config.memory_limit_mb),
        ("blockCacheMb", config.block_cache_mb),
        ("blockMemoryMb", config.block_memory_mb),
        ("lazyLoading.chunkSizeMb", config.lazy_loading.chunk_size_mb),
        ("lazyLoading.prefetchTiles", f64::from(config.lazy_loading.prefetch_tiles)),
        ("retries", f64::from(RetryPolicy::default().retries)),
        ("leaseMs", f64::from(config.lease_ms)),
        ("taskRetries", f64::from(config.task_retries)),
        ("taskRetryDelayMs", f64::from(config.task_retry_delay_ms)),
    ];
    for (name, value) in numbers {
        assert!((number(name) - value).abs() < 1e-9, "{name}: {value}");
    }
    let methods = config.resampling_methods;
    for (name, value) in [
        ("resamplingMethods.default", methods.default),
        ("resamplingMethods.categorical", methods.categorical),
        ("resamplingMethods.continuous", methods.continuous),
        ("log", config.log),
    ] {
        assert_eq!(initial(name), format!("\"{value}\""), "{name}");
    }
    let merge = MergePolicy::default();
    assert_eq!((number("maxRangeMb") * 1_048_576.0) as u64, merge.max_range_bytes);
    // Shown rounded.
    let shown = format!("{:.1}", merge.merge_gap_bytes as f64 / 1024.0);
    assert_eq!(initial("mergeGapKb"), shown);
}
