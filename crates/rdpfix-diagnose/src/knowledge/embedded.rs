//! The knowledge this build carries.

use super::loader::KnowledgeFile;

include!(concat!(env!("OUT_DIR"), "/knowledge_files.rs"));

/// Every file below `knowledge/`, path and text, in order of path.
pub(super) fn files() -> impl Iterator<Item = KnowledgeFile<'static>> {
    FILES
        .iter()
        .map(|(path, text)| KnowledgeFile { path, text })
}
