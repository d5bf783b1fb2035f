//! Reports for people.

mod page;
pub(crate) mod reference;
mod text;
mod time;
mod words;

pub(crate) use text::{Detail, text};
