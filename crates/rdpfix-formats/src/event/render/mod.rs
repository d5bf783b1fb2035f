//! Events written out: as the XML and the text `wevtutil` prints, and as the plain view JSON is made of.

mod printable;
mod text;
mod view;
mod xml;

pub use printable::printable;
pub use text::text;
pub use view::{DatumView, EventView};
pub use xml::{xml, xml_indented};

pub(super) use xml::is_xml_char;
