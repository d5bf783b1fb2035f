//! BinXML, the binary XML of event records: [MS-EVEN6] 2.2.12.
//!
//! In a file it differs from what the protocol carries: names are shared and referred to by their offset in the chunk, and
//! so are template definitions.

mod decode;
mod name;
mod parse;
mod template;
#[cfg(test)]
mod tests;
mod token;
mod value;

pub use super::error::BinXmlError;
pub use decode::{Decoded, Decoder};
pub use template::{AttributeItem, ElementItem, Instance, Item, Template};
pub use value::RawValue;

pub(super) use token::MORE;
pub(super) use value::kind;

/// How deep BinXML may be embedded in BinXML, and templates in templates together; real events need four.
const MAX_FRAGMENT_DEPTH: usize = 16;
/// How many elements, attributes and values one record may become. A real one is under 64 KiB and becomes some hundreds.
pub const MAX_NODES: usize = 0x1_0000;
/// How many bytes of values one record may become.
pub const MAX_VALUE_BYTES: usize = 4 << 20;
/// How many nodes, and how many bytes of values, all records of a chunk may become together.
const CHUNK_NODES: usize = 8 * MAX_NODES;
const CHUNK_VALUE_BYTES: usize = 4 * MAX_VALUE_BYTES;
/// How many bytes of template definitions one chunk may hold; real ones do not overlap and so are fewer than the chunk.
const CHUNK_DEFINITION_BYTES: usize = 1 << 20;
