//! Statistics of covered pixels. What a block adds to a cell is computed from zero and then merged; merging in the
//! order of the blocks gives the same bits however the blocks were grouped.

use super::method::Method;
use super::samples::Validity;
use crate::raster::NodataSample;

/// Collects the pixels of one block that one cell covers.
pub trait Partial: Default {
    /// What is kept of a cell between blocks.
    type Statistic: Statistic;

    /// A valid pixel; `area` finds its true area where that is wanted.
    fn pixel(&mut self, value: f64, coverage: f64, area: impl Fn() -> f64);

    /// Consecutive pixels, each covered by `coverage`; `area` finds the true area of the `k`-th.
    #[inline]
    fn span<T: NodataSample>(
        &mut self,
        samples: &[T],
        validity: &Validity<T>,
        coverage: f64,
        area: impl Fn(usize) -> f64,
    ) {
        for (index, &sample) in samples.iter().enumerate() {
            if validity.is_valid(sample) {
                self.pixel(sample.to_f64(), coverage, || area(index));
            }
        }
    }

    fn finish(self) -> Self::Statistic;
}

/// A mergeable summary of covered pixels.
pub trait Statistic: Clone + Default + Send {
    fn merge(&mut self, other: Self);

    /// Σ c over valid pixels.
    fn coverage(&self) -> f64;

    /// The method's value, NaN where there is no valid pixel. `unscale` = (scale, offset) of the values.
    fn value(&self, method: Method, unscale: (f64, f64)) -> f64;
}

/// Number and sum: enough for `average`, `count` and `sum`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    coverage: f64,
    sum: f64,
}

impl Sums {
    /// Adds pixels of which `coverage` is covered in all and whose values add up to `sum`, weighted alike.
    #[inline]
    pub fn add(&mut self, coverage: f64, sum: f64) {
        self.coverage += coverage;
        self.sum += sum;
    }
}

impl Partial for Sums {
    type Statistic = Self;

    #[inline]
    fn pixel(&mut self, value: f64, coverage: f64, _area: impl Fn() -> f64) {
        self.coverage += coverage;
        self.sum += coverage * value;
    }

    #[inline]
    fn span<T: NodataSample>(
        &mut self,
        samples: &[T],
        validity: &Validity<T>,
        coverage: f64,
        _area: impl Fn(usize) -> f64,
    ) {
        let mut count = 0_u32;
        let mut sum = 0.0;
        let mut rest = samples;
        if samples.len() >= 2 * LANES {
            // Separate lanes let the compiler add several pixels at once; their number fixes the order, so the bits.
            let mut sums = [0.0; LANES];
            let mut counts = [0_u32; LANES];
            let chunks = samples.chunks_exact(LANES);
            rest = chunks.remainder();
            for chunk in chunks {
                for ((&sample, sum), count) in chunk.iter().zip(&mut sums).zip(&mut counts) {
                    let is_valid = validity.is_valid(sample);
                    *sum += if is_valid { sample.to_f64() } else { 0.0 };
                    *count += u32::from(is_valid);
                }
            }
            sum = sums.iter().sum();
            count = counts.iter().sum();
        }
        for &sample in rest {
            let is_valid = validity.is_valid(sample);
            sum += if is_valid { sample.to_f64() } else { 0.0 };
            count += u32::from(is_valid);
        }
        self.coverage += coverage * f64::from(count);
        self.sum += coverage * sum;
    }

    #[inline]
    fn finish(self) -> Self {
        self
    }
}

impl Statistic for Sums {
    #[inline]
    fn merge(&mut self, other: Self) {
        self.coverage += other.coverage;
        self.sum += other.sum;
    }

    fn coverage(&self) -> f64 {
        self.coverage
    }

    fn value(&self, method: Method, (scale, offset): (f64, f64)) -> f64 {
        if self.coverage <= 0.0 {
            return f64::NAN;
        }
        match method {
            Method::Average => self.sum / self.coverage * scale + offset,
            Method::Count => self.coverage,
            Method::Sum => self.sum * scale + self.coverage * offset,
            _ => f64::NAN,
        }
    }
}

/// Number, sum, squared deviations from the mean, and extremes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    sums: Sums,
    /// Σ c·(x − mean)²
    deviations: f64,
    min: f64,
    max: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { sums: Sums::default(), deviations: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

/// [`Moments`] of one block, about its first value: squares of differences keep the digits that squares of large
/// values lose.
#[derive(Debug, Clone, Copy)]
pub struct ShiftedMoments {
    /// The first value; NaN before it.
    shift: f64,
    coverage: f64,
    sum: f64,
    squares: f64,
    min: f64,
    max: f64,
}

impl Default for ShiftedMoments {
    fn default() -> Self {
        Self { shift: f64::NAN, coverage: 0.0, sum: 0.0, squares: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Partial for ShiftedMoments {
    type Statistic = Moments;

    #[inline]
    fn pixel(&mut self, value: f64, coverage: f64, _area: impl Fn() -> f64) {
        if self.shift.is_nan() {
            self.shift = value;
        }
        let difference = value - self.shift;
        self.coverage += coverage;
        self.sum += coverage * difference;
        self.squares += coverage * difference * difference;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    fn finish(self) -> Moments {
        if self.coverage <= 0.0 {
            return Moments::default();
        }
        Moments {
            sums: Sums { coverage: self.coverage, sum: self.sum + self.coverage * self.shift },
            deviations: (self.squares - self.sum * self.sum / self.coverage).max(0.0),
            min: self.min,
            max: self.max,
        }
    }
}

impl Statistic for Moments {
    fn merge(&mut self, other: Self) {
        let (a, b) = (self.sums, other.sums);
        if b.coverage <= 0.0 {
            return;
        }
        if a.coverage > 0.0 {
            // Chan, Golub & LeVeque 1979, eq. 2.1.
            let difference = b.sum / b.coverage - a.sum / a.coverage;
            let between = a.coverage * b.coverage / (a.coverage + b.coverage);
            self.deviations += difference * difference * between;
        }
        self.deviations += other.deviations;
        self.sums.merge(b);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    fn coverage(&self) -> f64 {
        self.sums.coverage
    }

    fn value(&self, method: Method, unscale: (f64, f64)) -> f64 {
        let coverage = self.sums.coverage;
        if coverage <= 0.0 {
            return f64::NAN;
        }
        let (scale, offset) = unscale;
        let variance = self.deviations / coverage * scale * scale;
        let extreme = |value: f64| value * scale + offset;
        match method {
            Method::Min => extreme(if scale < 0.0 { self.max } else { self.min }),
            Method::Max => extreme(if scale < 0.0 { self.min } else { self.max }),
            Method::Variance => variance,
            Method::Stdev => variance.sqrt(),
            Method::Rms => {
                let mean = self.sums.value(Method::Average, unscale);
                (variance + mean * mean).sqrt()
            }
            _ => self.sums.value(method, unscale),
        }
    }
}

/// What the pixels under a kernel add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TapSums {
    /// Σ w over valid pixels.
    weight: f64,
    /// Σ w·x over valid pixels.
    sum: f64,
    /// Σ |w| over valid pixels.
    magnitude: f64,
    /// Valid pixels, those without weight too.
    valid: u32,
}

impl TapSums {
    #[inline]
    pub fn pixel(&mut self, value: f64, weight: f64) {
        self.weight += weight;
        self.sum += weight * value;
        self.magnitude += weight.abs();
        self.valid += 1;
    }

    /// Adds pixels whose weights, weighted values and absolute weights are added up already.
    #[inline]
    pub fn add(&mut self, weight: f64, sum: f64, magnitude: f64, valid: u32) {
        self.weight += weight;
        self.sum += sum;
        self.magnitude += magnitude;
        self.valid += valid;
    }

    #[inline]
    pub fn merge(&mut self, other: &Self) {
        self.weight += other.weight;
        self.sum += other.sum;
        self.magnitude += other.magnitude;
        self.valid += other.valid;
    }

    #[must_use]
    pub fn valid_count(&self) -> usize {
        self.valid as usize
    }

    /// Σ |w| over valid pixels.
    #[must_use]
    pub fn magnitude(&self) -> f64 {
        self.magnitude
    }

    /// Σ w·x ÷ Σ w, NaN where nearly no weight is valid. `unscale` = (scale, offset) of the values.
    #[must_use]
    pub fn value(&self, (scale, offset): (f64, f64)) -> f64 {
        if self.weight < LEAST_WEIGHT {
            return f64::NAN;
        }
        self.sum / self.weight * scale + offset
    }
}

/// Lanes of a span's sum.
const LANES: usize = 8;

/// GDAL's least weight of a value: below it the quotient is noise.
const LEAST_WEIGHT: f64 = 1e-6;

#[cfg(test)]
#[path = "statistics_tests.rs"]
mod tests;
