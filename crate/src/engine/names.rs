//! Names that were meant.

/// A hint for a name that is not there: the nearest of those that are, and all of them while they are few.
#[must_use]
pub fn near_names<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() {
        return "there are none yet".to_owned();
    }
    let nearest = names.iter().map(|name| (distance(wanted, name), *name)).min();
    let meant = match nearest {
        Some((distance, name)) if distance <= 1 + wanted.chars().count() / 3 => format!("did you mean {name:?}? "),
        _ => String::new(),
    };
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
    let rest = names.len().saturating_sub(SHOWN);
    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    format!("{meant}there are {}{more}", shown.join(", "))
}

/// Letters to insert, remove or replace, whatever their case.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.to_lowercase().chars().enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, other) in b.iter().enumerate() {
            let (Some(&left), Some(&above)) = (row.get(j), row.get(j + 1)) else { continue };
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = above;
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = replaced.min(left + 1).min(above + 1);
            }
        }
    }
    row.last().copied().unwrap_or_default()
}

const SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered() {
        assert_eq!(
            near_names("plans", ["birds", "plants"]),
            "did you mean \"plants\"? there are \"birds\", \"plants\""
        );
        assert_eq!(near_names("xyz", ["plants"]), "there are \"plants\"");
        assert_eq!(near_names("x", []), "there are none yet");
    }

    #[test]
    fn distances_count_letters() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "ab"), 2);
        assert_eq!(distance("Plants", "plants"), 0);
    }
}
