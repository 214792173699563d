//! GDAL's XML in tag 42112.

/// Items in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GdalMetadata(pub Vec<MetadataItem>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataItem {
    pub name: String,
    /// Empty for the default domain.
    pub domain: String,
    /// Band, from 0; `None` for the dataset.
    pub sample: Option<u16>,
    /// `scale`, `offset`, `description`, `unittype`, `colorinterp`; empty for plain items.
    pub role: String,
    pub value: String,
}

impl GdalMetadata {
    /// Reads the `<Item>` elements of `xml`; what is not one is passed over.
    #[must_use]
    pub fn parse(xml: &str) -> Self {
        let mut items = Vec::new();
        let mut rest = xml;
        while let Some((_, after)) = rest.split_once("<Item") {
            let Some((attributes, after)) = split_tag(after) else { break };
            let (value, after) = if attributes.ends_with('/') {
                ("", after)
            } else {
                match after.split_once("</Item>") {
                    Some(parts) => parts,
                    None => break,
                }
            };
            rest = after;
            let attribute = |name: &str| attribute(attributes, name).unwrap_or_default();
            items.push(MetadataItem {
                name: attribute("name"),
                domain: attribute("domain"),
                sample: attribute("sample").parse().ok(),
                role: attribute("role"),
                // GDAL escapes a value before it writes it as XML.
                value: unescape(&unescape(value)),
            });
        }
        Self(items)
    }

    /// Plain items of the dataset's default domain.
    pub fn default_domain(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|item| item.domain.is_empty() && item.sample.is_none() && item.role.is_empty())
            .map(|item| (item.name.as_str(), item.value.as_str()))
    }

    /// Plain items of a band's default domain (statistics and the like); `band0` counts from 0.
    pub fn band_domain(&self, band0: u16) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(move |item| item.domain.is_empty() && item.sample == Some(band0) && item.role.is_empty())
            .map(|item| (item.name.as_str(), item.value.as_str()))
    }

    /// What a band's `role` says; `band0` counts from 0.
    #[must_use]
    pub fn role(&self, band0: u16, role: &str) -> Option<&str> {
        self.0.iter().find(|item| item.sample == Some(band0) && item.role == role).map(|item| item.value.as_str())
    }
}

/// Text up to the `>` that ends a tag, quotes respected, and what follows it.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (position, character) in text.char_indices() {
        match (quote, character) {
            (None, '>') => {
                let (inside, rest) = text.split_at_checked(position)?;
                return Some((inside, rest.get(1..)?));
            }
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
    }
    None
}

fn attribute(attributes: &str, name: &str) -> Option<String> {
    let mut rest = attributes;
    loop {
        let (key, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, after) = after.get(1..)?.split_once(quote)?;
        if key.trim() == name {
            return Some(unescape(value));
        }
        rest = after;
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let decoded = after.split_once(';').and_then(|(entity, after)| Some((character(entity)?, after)));
        match decoded {
            Some((character, after)) => {
                out.push(character);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
#[path = "gdal_metadata_tests.rs"]
mod tests;
