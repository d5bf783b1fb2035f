//! A Markdown file with TOML between two lines of `+++`.

/// The two parts of such a file.
pub(super) struct FrontMatter<'a> {
    /// The TOML.
    pub(super) toml: &'a str,
    /// How many lines stand before it.
    pub(super) lines_before: usize,
    /// The Markdown after it.
    pub(super) prose: &'a str,
}

/// Splits `text`; `None` when it does not begin with `+++` or the second `+++` is missing.
pub(super) fn split(text: &str) -> Option<FrontMatter<'_>> {
    let rest = text
        .strip_prefix("+++\n")
        .or_else(|| text.strip_prefix("+++\r\n"))?;
    let end = rest.match_indices("+++").find(|(at, _)| {
        let starts_line = *at == 0 || rest.as_bytes().get(at - 1) == Some(&b'\n');
        let after = rest.get(at + 3..).unwrap_or("");
        starts_line && (after.is_empty() || after.starts_with('\n') || after.starts_with("\r\n"))
    })?;
    let (toml, after) = rest.split_at(end.0);
    let prose = after.trim_start_matches('+').trim_start();
    Some(FrontMatter {
        toml,
        lines_before: 1,
        prose,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_parts() {
        let parts = split("+++\nid = \"a\"\n+++\n\n## Symptoms\n").unwrap();
        assert_eq!(parts.toml, "id = \"a\"\n");
        assert_eq!(parts.prose, "## Symptoms\n");
        assert!(split("## Symptoms").is_none());
        assert!(split("+++\nid = \"a\"\n").is_none());
    }
}
