//! What went wrong without stopping a call.

use std::cell::RefCell;

/// Each is kept once, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Warnings(RefCell<Vec<String>>);

impl Warnings {
    pub fn add(&self, warning: String) {
        let mut warnings = self.0.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    pub fn list(&self) -> Vec<String> {
        self.0.borrow().clone()
    }

    /// All of them, which are forgotten.
    pub fn take(&self) -> Vec<String> {
        self.0.take()
    }
}
