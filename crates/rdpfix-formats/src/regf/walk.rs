//! All keys of a hive in turn.

use std::collections::BTreeSet;

use super::cell::CellOffset;
use super::error::RegfError;
use super::hive::Hive;
use super::key::{Key, Subkeys};
use crate::read_at::ReadAt;

/// A key and where it stands.
pub struct Walked<'h, R> {
    /// The names from the root, separated by backslashes; empty for the root.
    pub path: String,
    /// The key.
    pub key: Key<'h, R>,
}

/// Every key of a hive, each before its subkeys; see [`Hive::walk`].
///
/// A key comes once however often damage lists it, so the walk ends after as many keys as the hive has cells.
pub struct Walk<'h, R> {
    root: Option<Result<Key<'h, R>, RegfError>>,
    /// The keys whose subkeys are under way, with the length of the path to each.
    open: Vec<(Subkeys<'h, R>, usize)>,
    path: String,
    seen: BTreeSet<CellOffset>,
}

impl<'h, R: ReadAt> Walk<'h, R> {
    pub(super) fn new(hive: &'h Hive<R>) -> Self {
        Self {
            root: Some(hive.root()),
            open: Vec::new(),
            path: String::new(),
            seen: BTreeSet::new(),
        }
    }

    fn enter(&mut self, key: Key<'h, R>) -> Walked<'h, R> {
        self.seen.insert(key.offset());
        if key.depth() > 0 {
            if key.depth() > 1 {
                self.path.push('\\');
            }
            self.path.push_str(&key.name());
        }
        self.open.push((key.subkeys(), self.path.len()));
        Walked {
            path: self.path.clone(),
            key,
        }
    }
}

impl<'h, R: ReadAt> Iterator for Walk<'h, R> {
    type Item = Result<Walked<'h, R>, RegfError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(root) = self.root.take() {
            return Some(root.map(|root| self.enter(root)));
        }
        loop {
            let (subkeys, length) = self.open.last_mut()?;
            self.path.truncate(*length);
            match subkeys.next() {
                None => {
                    self.open.pop();
                }
                Some(Ok(key)) if self.seen.contains(&key.offset()) => {
                    return Some(Err(RegfError::Unexpected {
                        what: "key node",
                        offset: key.offset().file_offset(),
                        expected: "each key below one parent, once",
                        found: u64::from(key.offset().get()),
                    }));
                }
                Some(Ok(key)) => return Some(Ok(self.enter(key))),
                Some(Err(error)) => {
                    if matches!(&self.open.last(), Some((subkeys, _)) if subkeys.is_strict()) {
                        self.open.clear();
                    }
                    return Some(Err(error));
                }
            }
        }
    }
}
