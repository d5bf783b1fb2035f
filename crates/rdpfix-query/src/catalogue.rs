//! What is known of event providers and the channels they write to.

use std::collections::{BTreeMap, BTreeSet};

/// Providers by their exact names, and the channels each writes to.
///
/// The caller fills it: from the knowledge base, or from a machine's registry. What is not in it is not thereby wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    providers: BTreeMap<String, BTreeSet<String>>,
}

impl Catalogue {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a provider, or channels to one that is there. No channels means that they are not known.
    pub fn add<C: Into<String>>(
        &mut self,
        provider: impl Into<String>,
        channels: impl IntoIterator<Item = C>,
    ) {
        let known = self.providers.entry(provider.into()).or_default();
        known.extend(channels.into_iter().map(Into::into));
    }

    /// The channels of the provider of exactly this name.
    pub fn channels(&self, provider: &str) -> Option<&BTreeSet<String>> {
        self.providers.get(provider)
    }

    /// Whether a provider has exactly this name.
    pub fn knows(&self, provider: &str) -> bool {
        self.providers.contains_key(provider)
    }

    /// The provider that `name` was probably meant to be: the same but for white space and letter case, or within a few letters.
    pub fn similar(&self, name: &str) -> Option<&str> {
        let wanted = name.trim().to_lowercase();
        let exact = self
            .providers
            .keys()
            .find(|known| known.to_lowercase() == wanted);
        if let Some(known) = exact {
            return Some(known);
        }
        let allowed = (wanted.chars().count() / 8).clamp(1, 4);
        let near = self.providers.keys().filter_map(|known| {
            let distance = distance(&known.to_lowercase(), &wanted, allowed)?;
            Some((distance, known))
        });
        near.min().map(|(_, known)| known.as_str())
    }
}

/// The Levenshtein distance of two texts, if it is not greater than `most`.
fn distance(a: &str, b: &str, most: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let above = *cell;
            left = (diagonal + usize::from(x != y))
                .min(above + 1)
                .min(left + 1);
            diagonal = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("kitten", "sitting", 4), Some(3));
        assert_eq!(distance("kitten", "sitting", 2), None);
        assert_eq!(distance("", "ab", 4), Some(2));
        assert_eq!(distance("same", "same", 0), Some(0));
    }

    #[test]
    fn the_name_that_was_meant() {
        let mut catalogue = Catalogue::new();
        catalogue.add("Schannel", ["System"]);
        catalogue.add("Microsoft-Windows-TerminalServices-SessionBroker", [""; 0]);
        catalogue.add(
            "Microsoft-Windows-TerminalServices-SessionBroker-Client",
            [""; 0],
        );
        assert_eq!(catalogue.similar(" schannel "), Some("Schannel"));
        assert_eq!(catalogue.similar("SChanel"), Some("Schannel"));
        let broker = "Microsoft-Windows-TerminalService-SessionBroker";
        assert_eq!(
            catalogue.similar(broker),
            Some("Microsoft-Windows-TerminalServices-SessionBroker")
        );
        assert_eq!(catalogue.similar("Something-Else"), None);
    }
}
