//! Statistics of statistics: two of the same pixels, and one whose pixels weigh by their area.

use super::method::Method;
use super::samples::Validity;
use super::statistics::{Partial, Statistic};
use crate::raster::NodataSample;

/// A statistic in which a pixel counts as its coverage times its true area. The coverage itself is kept too.
#[derive(Debug, Clone, Default)]
pub struct Weighted<S> {
    coverage: f64,
    inner: S,
}

impl<P: Partial> Partial for Weighted<P> {
    type Statistic = Weighted<P::Statistic>;

    #[inline]
    fn pixel(&mut self, value: f64, coverage: f64, area: impl Fn() -> f64) {
        self.coverage += coverage;
        self.inner.pixel(value, coverage * area(), || 1.0);
    }

    fn finish(self) -> Self::Statistic {
        Weighted { coverage: self.coverage, inner: self.inner.finish() }
    }
}

impl<S: Statistic> Statistic for Weighted<S> {
    fn merge(&mut self, other: Self) {
        self.coverage += other.coverage;
        self.inner.merge(other.inner);
    }

    fn coverage(&self) -> f64 {
        self.coverage
    }

    fn value(&self, method: Method, unscale: (f64, f64)) -> f64 {
        match method {
            Method::Count if self.coverage > 0.0 => self.coverage,
            _ => self.inner.value(method, unscale),
        }
    }
}

/// Both statistics of the same pixels: the second has the frequencies, the first the rest.
impl<A: Partial, B: Partial> Partial for (A, B) {
    type Statistic = (A::Statistic, B::Statistic);

    #[inline]
    fn pixel(&mut self, value: f64, coverage: f64, area: impl Fn() -> f64) {
        self.0.pixel(value, coverage, &area);
        self.1.pixel(value, coverage, &area);
    }

    #[inline]
    fn span<T: NodataSample>(
        &mut self,
        samples: &[T],
        validity: &Validity<T>,
        coverage: f64,
        area: impl Fn(usize) -> f64,
    ) {
        self.0.span(samples, validity, coverage, &area);
        self.1.span(samples, validity, coverage, &area);
    }

    fn finish(self) -> Self::Statistic {
        (self.0.finish(), self.1.finish())
    }
}

impl<A: Statistic, B: Statistic> Statistic for (A, B) {
    fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
        self.1.merge(other.1);
    }

    fn coverage(&self) -> f64 {
        self.0.coverage()
    }

    fn value(&self, method: Method, unscale: (f64, f64)) -> f64 {
        if method.needs_frequencies() { self.1.value(method, unscale) } else { self.0.value(method, unscale) }
    }
}
