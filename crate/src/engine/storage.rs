//! How much of what was computed is kept, for how long, and what goes first.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::log::Level;
use super::outbox::Entry;
use super::workspace::Workspace;
use crate::error::{Code, Error, Result};
use crate::store::{CacheRecord, cache};

/// What is stored of one source's results, and how it was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CacheStats {
    /// Name of the source; its location where it is not registered.
    pub source: String,
    pub source_id: String,
    /// Columns that were served, columns that had to be computed.
    pub hits: u64,
    pub misses: u64,
    /// Bytes that were served from storage.
    pub bytes_served: u64,
    /// Columns that are stored, and their bytes.
    pub rows: u64,
    pub bytes: u64,
    /// Of these, those that a changed file or their age makes useless.
    pub stale_rows: u64,
    pub last_accessed: Option<i64>,
}

/// What is cleaned away: what is old and little used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CleanupOptions {
    /// Not used for this many days; the workspace's `cacheTtlDays` where it is absent.
    pub days_old: Option<f64>,
    /// Used less often than this; 2 where it is absent.
    pub min_access: Option<i64>,
}

/// What was cleaned away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Cleanup {
    /// Stored columns and their bytes.
    pub rows: u64,
    pub bytes: u64,
    /// Tasks that ended long ago.
    pub tasks: u64,
}

impl Workspace {
    /// What is stored and how it was used, by source.
    pub async fn cache_stats(&self) -> Result<Vec<CacheStats>> {
        let sources = self.sources().await?;
        let mut all: BTreeMap<String, CacheStats> = BTreeMap::new();
        for source in &sources {
            let mut stats = none_of(&source.id, &source.name);
            (stats.hits, stats.misses) = (source.cache_hits, source.cache_misses);
            stats.bytes_served = source.cache_bytes_served;
            all.insert(source.id.clone(), stats);
        }
        let oldest = self.oldest_served();
        for record in cache::list(self.store.as_ref()).await? {
            let source = sources.iter().find(|source| source.id == record.source_id);
            let stats =
                all.entry(record.source_id.clone()).or_insert_with(|| none_of(&record.source_id, &record.source_id));
            stats.rows = stats.rows.saturating_add(1);
            stats.bytes = stats.bytes.saturating_add(record.bytes);
            let is_stale = source.is_some_and(|source| source.fingerprint != record.fingerprint);
            stats.stale_rows = stats.stale_rows.saturating_add(u64::from(is_stale || record.created < oldest));
            stats.last_accessed = stats.last_accessed.max(Some(record.last_accessed));
            if source.is_none() {
                // Nobody counts for a source that is not registered; its rows do.
                let used = u64::try_from(record.access_count).unwrap_or_default();
                stats.hits = stats.hits.saturating_add(used);
                stats.misses = stats.misses.saturating_add(1);
                stats.bytes_served = stats.bytes_served.saturating_add(used.saturating_mul(record.bytes));
            }
        }
        Ok(all.into_values().collect())
    }

    /// Removes stored columns that were not used for long *and* are little used, those that can't be served any more,
    /// and tasks that ended as long ago.
    pub async fn clean_cache(&self, options: &CleanupOptions) -> Result<Cleanup> {
        let days_old = options.days_old.unwrap_or(self.config.cache_ttl_days);
        let min_access = options.min_access.unwrap_or(MIN_ACCESS);
        if !days_old.is_finite() || days_old < 0.0 {
            return Err(Error::new(Code::UsageOption, format!("expected days ≥ 0, got {days_old}")));
        }
        let used_after = self.now_ms().saturating_sub((days_old * DAY_MS) as i64);
        let current: HashSet<(String, String)> =
            self.sources().await?.into_iter().map(|source| (source.id, source.fingerprint)).collect();
        let ids: HashSet<&str> = current.iter().map(|(id, _)| id.as_str()).collect();
        let oldest = self.oldest_served();
        let is_useless = |record: &CacheRecord| {
            let is_old = record.last_accessed <= used_after && record.access_count < min_access;
            let is_of_old_version = ids.contains(record.source_id.as_str())
                && !current.contains(&(record.source_id.clone(), record.fingerprint.clone()));
            is_old || is_of_old_version || record.created < oldest
        };
        let records = cache::list(self.store.as_ref()).await?;
        let (gone, kept): (Vec<CacheRecord>, Vec<CacheRecord>) = records.into_iter().partition(is_useless);
        let cleanup = Cleanup {
            rows: gone.len() as u64,
            bytes: bytes_of(&gone),
            tasks: self.clean_queue(days_old).await? as u64,
        };
        self.remove_records(gone).await?;
        self.cached_bytes.set(Some(bytes_of(&kept)));
        Ok(cleanup)
    }

    /// Stores computed columns within the byte budget: what was not used for longest goes first. Where the place itself
    /// is full, room is made and the columns are tried once more. `store.quota` where that does not help either.
    pub(super) async fn keep(&self, entries: &[Entry], request_ids: &[String]) -> Result<()> {
        let added: u64 = entries.iter().map(|(record, _)| record.bytes).sum();
        let limit = self.config.cache_limit_bytes();
        let mut held = match self.cached_bytes.get() {
            Some(held) => held,
            None => self.make_room(u64::MAX, request_ids).await?,
        };
        if held.saturating_add(added) > limit {
            // Some more than is needed, so that the next chunks need no search.
            held = self.make_room((limit / 10 * 9).saturating_sub(added), request_ids).await?;
        }
        if held.saturating_add(added) > limit {
            return Err(Error::new(Code::StoreQuota, format!("the result is larger than {} MiB", limit >> 20))
                .with_hint("raise cacheLimitMb, or ask for fewer cells at once"));
        }
        if let Err(error) = cache::put(self.store.as_ref(), entries).await {
            if error.code() != Code::StoreQuota {
                return Err(error);
            }
            self.log("cache", Level::Warn, || format!("{error}: older results make room"));
            let fewer = held.saturating_sub(added.saturating_mul(4)).min(held / 4 * 3);
            held = self.make_room(fewer, request_ids).await?;
            cache::put(self.store.as_ref(), entries).await?;
        }
        self.log("store", Level::Debug, || format!("{} columns, {added} bytes stored", entries.len()));
        self.cached_bytes.set(Some(held.saturating_add(added)));
        Ok(())
    }

    /// Removes stored columns until they take no more than `most_bytes`: those that can't be served any more, then the
    /// least recently used; never those of the request that runs. Returns the bytes that are left.
    async fn make_room(&self, most_bytes: u64, request_ids: &[String]) -> Result<u64> {
        let mut records = cache::list(self.store.as_ref()).await?;
        let mut held = bytes_of(&records);
        let oldest = self.oldest_served();
        records.retain(|record| !request_ids.contains(&record.request_id));
        records.sort_by_key(|record| (record.created >= oldest, record.last_accessed, record.access_count));
        let mut gone = Vec::new();
        for record in records {
            if held <= most_bytes && record.created >= oldest {
                break;
            }
            held = held.saturating_sub(record.bytes);
            gone.push(record);
        }
        self.remove_records(gone).await?;
        self.cached_bytes.set(Some(held));
        Ok(held)
    }

    async fn remove_records(&self, records: Vec<CacheRecord>) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        self.log("cache", Level::Info, || format!("{} columns, {} bytes removed", records.len(), bytes_of(&records)));
        cache::remove_rows(self.store.as_ref(), records.into_iter().map(|record| record.id).collect()).await
    }

    /// Results that were made before this are not served any more.
    pub(super) fn oldest_served(&self) -> i64 {
        let ttl_ms = self.config.cache_ttl_days * DAY_MS;
        // The clock may have been set back: what seems to come from later is as good as new.
        self.now_ms().saturating_sub(if ttl_ms.is_finite() { ttl_ms as i64 } else { i64::MAX })
    }
}

fn none_of(id: &str, name: &str) -> CacheStats {
    CacheStats {
        source: name.to_owned(),
        source_id: id.to_owned(),
        hits: 0,
        misses: 0,
        bytes_served: 0,
        rows: 0,
        bytes: 0,
        stale_rows: 0,
        last_accessed: None,
    }
}

fn bytes_of(records: &[CacheRecord]) -> u64 {
    records.iter().map(|record| record.bytes).sum()
}

const MIN_ACCESS: i64 = 2;
const DAY_MS: f64 = 86_400_000.0;

#[cfg(test)]
#[path = "storage_tests.rs"]
mod tests;
