//! The chain of directories, followed once.

use std::collections::BTreeSet;

use super::file_bytes::{FileBytes, Step};
use super::header::Header;
use super::ifd::Ifd;
use super::tags;
use crate::error::{Code, Error};
use crate::limits::Limits;

/// Follows a file's directories from the first; keeps its place between calls, so that a stop for more bytes costs
/// nothing that was parsed before.
#[derive(Debug, Clone)]
pub struct DirectoryChain {
    header: Header,
    next: u64,
    /// Positions of sub-directories, followed after the chain.
    subs: Vec<u64>,
    visited: BTreeSet<u64>,
    count: u32,
}

impl DirectoryChain {
    #[must_use]
    pub fn new(header: Header) -> Self {
        Self { header, next: header.first_ifd, subs: Vec::new(), visited: BTreeSet::new(), count: 0 }
    }

    /// The next directory, `None` after the last: those of the chain, then the sub-directories of the first, where
    /// some writers keep its overviews. A chain that comes back to itself, or has more directories than
    /// `limits` allow, is an error.
    pub fn advance(&mut self, bytes: &FileBytes, limits: &Limits) -> Step<Option<Ifd>> {
        if self.next == 0 {
            let Some(&sub) = self.subs.last() else { return Ok(None) };
            self.next = sub;
        }
        let is_sub = self.subs.last() == Some(&self.next);
        if self.visited.contains(&self.next) {
            return Err(Error::new(Code::FormatDirectoryCycle, "the chain of directories comes back to itself")
                .at(|at| at.offset = Some(self.next))
                .into());
        }
        Limits::check("directories", u64::from(self.count).saturating_add(1), u64::from(limits.max_ifds))?;
        let ifd = Ifd::parse(&self.header, self.next, bytes, limits)?;
        if is_sub {
            self.subs.pop();
        } else if self.count == 0
            && let Some(subs) = ifd.uints(tags::SUB_IFDS, bytes, limits)?
        {
            self.subs = subs.into_iter().filter(|&offset| offset != 0).rev().collect();
        }
        self.visited.insert(self.next);
        self.count = self.count.saturating_add(1);
        self.next = if is_sub { 0 } else { ifd.next };
        Ok(Some(ifd))
    }
}

#[cfg(test)]
#[path = "directory_chain_tests.rs"]
mod tests;
