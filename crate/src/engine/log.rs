//! What happens inside, for those who look for a fault: off unless asked for, with a level per subsystem.

use std::collections::HashMap;

use crate::error::{Code, Error, Result};

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

/// Parts of the engine that tell.
pub const SUBSYSTEMS: [&str; 5] = ["cache", "queue", "sources", "store", "tiles"];

/// The level of each subsystem.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogLevels {
    general: Option<Level>,
    by_subsystem: HashMap<String, Level>,
}

impl Level {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }

    fn parse(name: &str) -> Result<Self> {
        [Self::Off, Self::Error, Self::Warn, Self::Info, Self::Debug]
            .into_iter()
            .find(|level| level.as_str() == name)
            .ok_or_else(|| wrong(name))
    }
}

impl LogLevels {
    /// From `LEVEL`, or `SUBSYSTEM=LEVEL,…`, or both: `warn,queue=debug`. `usage.option` for other words.
    pub fn parse(text: &str) -> Result<Self> {
        let mut levels = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                None => levels.general = Some(Level::parse(part)?),
                Some((name, level)) if SUBSYSTEMS.contains(&name.trim()) => {
                    levels.by_subsystem.insert(name.trim().to_owned(), Level::parse(level.trim())?);
                }
                Some((name, _)) => return Err(wrong(name)),
            }
        }
        Ok(levels)
    }

    /// Whether a subsystem tells things of this level.
    #[must_use]
    pub fn has(&self, subsystem: &str, level: Level) -> bool {
        let most = self.by_subsystem.get(subsystem).copied().or(self.general).unwrap_or(Level::Off);
        level != Level::Off && level <= most
    }
}

fn wrong(word: &str) -> Error {
    Error::new(Code::UsageOption, format!("expected a log level such as \"warn,queue=debug\", got {word:?}"))
        .with_hint(format!("levels are off, error, warn, info, debug; subsystems are {}", SUBSYSTEMS.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subsystem_has_its_own_level_or_the_general_one() {
        let levels = LogLevels::parse("warn, queue=debug,cache=off").unwrap();
        assert!(levels.has("queue", Level::Debug) && levels.has("store", Level::Warn));
        assert!(!levels.has("store", Level::Info) && !levels.has("cache", Level::Error));
        assert!(!LogLevels::parse("").unwrap().has("queue", Level::Error));
        assert!(!LogLevels::parse("debug").unwrap().has("queue", Level::Off));
    }

    #[test]
    fn other_words_are_refused() {
        for text in ["loud", "queue=loud", "page=debug"] {
            assert_eq!(LogLevels::parse(text).unwrap_err().code(), Code::UsageOption, "{text}");
        }
    }
}
