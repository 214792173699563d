//! Every value among the covered pixels and how much of it there is: what mode, variety and quantiles need.

use super::method::Method;
use super::statistics::{Partial, Statistic};

/// Different values in ascending order, each with its weight: Σ c, or Σ c·w.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frequencies {
    entries: Box<[Entry]>,
}

/// A value and how much of it there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    value: f64,
    weight: f64,
}

/// Collects the values of one block's pixels under one cell.
#[derive(Debug, Clone, Default)]
pub struct FrequencyList {
    /// Up to `sorted` in ascending order, each value once; behind that as they came.
    entries: Vec<Entry>,
    sorted: usize,
}

impl FrequencyList {
    #[inline]
    fn add(&mut self, value: f64, weight: f64) {
        // Neighbouring pixels of a classified raster mostly are of one class.
        if let Some(last) = self.entries.last_mut().filter(|last| last.value == value) {
            last.weight += weight;
            return;
        }
        if self.entries.len() >= LEAST_UNSORTED + 2 * self.sorted {
            self.sort();
        }
        // The sum makes −0 a plain 0: they are one value.
        self.entries.push(Entry { value: value + 0.0, weight });
    }

    /// Puts equal values together. The sort is stable, so weights are added in the order of the pixels.
    fn sort(&mut self) {
        self.entries.sort_by(|a, b| a.value.total_cmp(&b.value));
        self.entries.dedup_by(|next, kept| {
            let is_same = next.value == kept.value;
            if is_same {
                kept.weight += next.weight;
            }
            is_same
        });
        self.sorted = self.entries.len();
    }
}

impl Partial for FrequencyList {
    type Statistic = Frequencies;

    #[inline]
    fn pixel(&mut self, value: f64, coverage: f64, _area: impl Fn() -> f64) {
        self.add(value, coverage);
    }

    fn finish(mut self) -> Frequencies {
        self.sort();
        Frequencies { entries: self.entries.into_boxed_slice() }
    }
}

impl Statistic for Frequencies {
    fn merge(&mut self, other: Self) {
        if self.entries.is_empty() {
            *self = other;
            return;
        }
        let new = other.entries.len() - self.add_known(&other.entries);
        if new > 0 {
            self.entries = union(&self.entries, &other.entries, new);
        }
    }

    fn coverage(&self) -> f64 {
        self.weight()
    }

    fn value(&self, method: Method, (scale, offset): (f64, f64)) -> f64 {
        // A negative scale turns the order of the values round.
        let is_turned = scale < 0.0;
        let turned = |q: f64| if is_turned { 1.0 - q } else { q };
        let stored = match method {
            Method::Mode => self.most(!is_turned),
            Method::Minority => self.least(!is_turned),
            Method::Median => self.quantile(0.5),
            Method::Quantile(q) => self.quantile(turned(q.get())),
            Method::Variety if !self.entries.is_empty() => return self.entries.len() as f64,
            _ => return f64::NAN,
        };
        stored * scale + offset
    }
}

impl Frequencies {
    /// Memory of one value.
    pub const ENTRY_BYTES: usize = size_of::<Entry>();

    /// Adds the weights of those values that are here already; gives their number, or changes nothing where not all
    /// are.
    fn add_known(&mut self, others: &[Entry]) -> usize {
        let mut known = 0;
        let mut mine = self.entries.iter().peekable();
        for other in others {
            while mine.next_if(|entry| entry.value < other.value).is_some() {}
            known += usize::from(mine.peek().is_some_and(|entry| entry.value == other.value));
        }
        if known == others.len() {
            let mut others = others.iter().peekable();
            for entry in &mut self.entries {
                if let Some(other) = others.next_if(|other| other.value == entry.value) {
                    entry.weight += other.weight;
                }
            }
        }
        known
    }

    fn weight(&self) -> f64 {
        self.entries.iter().map(|entry| entry.weight).sum()
    }

    /// The value of the largest weight: among equals the greatest, or the least.
    fn most(&self, greatest: bool) -> f64 {
        let most = self.entries.iter().fold(f64::NEG_INFINITY, |most, entry| most.max(entry.weight));
        self.among(greatest, |weight| weight >= most - most.abs() * TIE)
    }

    /// The value of the least weight: among equals the least, or the greatest.
    fn least(&self, least: bool) -> f64 {
        let lowest = self.entries.iter().fold(f64::INFINITY, |lowest, entry| lowest.min(entry.weight));
        self.among(!least, |weight| weight <= lowest + lowest.abs() * TIE)
    }

    fn among(&self, greatest: bool, is_meant: impl Fn(f64) -> bool) -> f64 {
        let mut meant = self.entries.iter().filter(|entry| is_meant(entry.weight));
        let found = if greatest { meant.next_back() } else { meant.next() };
        found.map_or(f64::NAN, |entry| entry.value)
    }

    /// The weighted quantile of exactextract: value `k` of `n`, counted from 0, stands at
    /// k·w_k + (n − 1)·(w_0 + … + w_(k−1)), and the place q·(n − 1)·Σw lies between two of them on a line. With equal
    /// weights this is R's quantile of type 7. It is the same from both ends: q of the values is 1 − q of their
    /// negatives.
    fn quantile(&self, q: f64) -> f64 {
        let steps = self.entries.len().saturating_sub(1) as f64;
        let place = q * steps * self.weight();
        let mut before = 0.0;
        let mut left: Option<(f64, f64)> = None;
        for (index, entry) in self.entries.iter().enumerate() {
            let stand = index as f64 * entry.weight + steps * before;
            if stand > place {
                return left.map_or(entry.value, |(from, value)| {
                    value + (place - from) / (stand - from) * (entry.value - value)
                });
            }
            before += entry.weight;
            left = Some((stand, entry.value));
        }
        left.map_or(f64::NAN, |(_, value)| value)
    }
}

/// Both lists in one, of which `new` values are in the second alone.
fn union(a: &[Entry], b: &[Entry], new: usize) -> Box<[Entry]> {
    let mut entries = Vec::with_capacity(a.len() + new);
    let mut b = b.iter().copied().peekable();
    for &entry in a {
        while let Some(other) = b.next_if(|other| other.value < entry.value) {
            entries.push(other);
        }
        let same = b.next_if(|other| other.value == entry.value).map_or(0.0, |other| other.weight);
        entries.push(Entry { weight: entry.weight + same, ..entry });
    }
    entries.extend(b);
    entries.into_boxed_slice()
}

/// Entries that are collected before they are put in order.
const LEAST_UNSORTED: usize = 256;

/// Weights that differ by less than this part are equal: they are sums of fractions, which round.
const TIE: f64 = 1e-9;

#[cfg(test)]
#[path = "frequencies_tests.rs"]
mod tests;
