//! The corpus of real Windows artefacts: without it a green run proves less than it seems to.

use std::path::Path;

use anyhow::Result;

use crate::ci::{CorpusPolicy, Gate, Outcome};

pub(crate) fn check(gate: &Gate) -> Result<Outcome> {
    Ok(judge(&gate.repository.corpus(), gate.corpus))
}

fn judge(corpus: &Path, policy: CorpusPolicy) -> Outcome {
    let here = corpus.join("INVENTORY.csv").is_file();
    match policy {
        _ if here => Outcome::Green,
        CorpusPolicy::Required => Outcome::Red(format!(
            "there is no corpus at {}, and this run must have one",
            corpus.display()
        )),
        CorpusPolicy::IfPresent => Outcome::NotRun(format!(
            "no corpus at {}: the tests that read real Windows logs are skipped",
            corpus.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_corpus_fails_only_where_it_must_be_there() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let required = judge(folder.path(), CorpusPolicy::Required);
        assert!(matches!(required, Outcome::Red(_)));
        let optional = judge(folder.path(), CorpusPolicy::IfPresent);
        assert!(matches!(optional, Outcome::NotRun(_)));

        std::fs::write(folder.path().join("INVENTORY.csv"), "path\n")?;
        assert!(matches!(
            judge(folder.path(), CorpusPolicy::Required),
            Outcome::Green
        ));
        Ok(())
    }
}
