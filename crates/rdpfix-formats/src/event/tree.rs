//! Elements, attributes and what stands between their tags.

use std::sync::Arc;

use crate::reading::{Reading, Reason};
use crate::value::Value;

/// An element: its local name without namespace prefix, its attributes, and what it encloses.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Local name.
    pub name: Arc<str>,
    /// Attributes in document order. Namespace declarations are not kept.
    pub attributes: Vec<Attribute>,
    /// What the element encloses, in document order.
    pub children: Vec<Node>,
}

/// One attribute of an element.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Local name.
    pub name: Arc<str>,
    /// Its value; several pieces of text and substitutions in BinXML are joined into one text.
    pub value: Value,
}

/// What an element encloses.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Character data or a typed value.
    Value(Value),
    /// Something stood here that this source lost or that is damaged. Anything may be missing from the enclosing element.
    Unreadable(Reason),
}

impl Element {
    /// An empty element.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    /// The same element with one more attribute.
    #[must_use]
    pub fn with_attribute(mut self, name: impl Into<Arc<str>>, value: Value) -> Self {
        self.attributes.push(Attribute {
            name: name.into(),
            value,
        });
        self
    }

    /// The same element with one more child element.
    #[must_use]
    pub fn with_child(mut self, child: Element) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// The same element with one more value between its tags.
    #[must_use]
    pub fn with_value(mut self, value: Value) -> Self {
        self.children.push(Node::Value(value));
        self
    }

    /// The same element with a hole in it.
    #[must_use]
    pub fn with_unreadable(mut self, reason: Reason) -> Self {
        self.children.push(Node::Unreadable(reason));
        self
    }

    /// The child elements.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Value(_) | Node::Unreadable(_) => None,
        })
    }

    /// The first child element of that name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| &*element.name == name)
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        let attribute = self
            .attributes
            .iter()
            .find(|attribute| &*attribute.name == name);
        attribute.map(|attribute| &attribute.value)
    }

    /// The hole in this element, if it has one.
    pub fn unreadable(&self) -> Option<&Reason> {
        self.children.iter().find_map(|node| match node {
            Node::Unreadable(reason) => Some(reason),
            Node::Element(_) | Node::Value(_) => None,
        })
    }

    /// The one value between the tags: `Absent` for an empty element, `Unreadable` when there is a hole.
    ///
    /// Several pieces, as an entity reference in the middle of a text makes them, are not one value: see [`Self::text`].
    pub fn value(&self) -> Reading<&Value> {
        if let Some(reason) = self.unreadable() {
            return Reading::Unreadable(reason.clone());
        }
        let first = self.children.iter().find_map(|node| match node {
            Node::Value(value) => Some(value),
            Node::Element(_) | Node::Unreadable(_) => None,
        });
        first.map_or(Reading::Absent, Reading::Present)
    }

    /// All character data of the element and of the elements in it (its XPath string-value).
    pub fn text(&self) -> Reading<String> {
        let mut text = String::new();
        match self.collect_text(&mut text) {
            Ok(()) => Reading::Present(text),
            Err(reason) => Reading::Unreadable(reason.clone()),
        }
    }

    fn collect_text(&self, text: &mut String) -> Result<(), &Reason> {
        self.children.iter().try_for_each(|node| match node {
            Node::Element(element) => element.collect_text(text),
            Node::Value(value) => {
                text.push_str(&value.to_string());
                Ok(())
            }
            Node::Unreadable(reason) => Err(reason),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_makes_text_unreadable_not_empty() {
        let whole = Element::new("Data")
            .with_value(Value::text("a"))
            .with_value(Value::U8(1));
        assert_eq!(whole.text(), Reading::Present("a1".into()));
        let holed = whole.with_unreadable(Reason::LostInText);
        assert_eq!(holed.text(), Reading::Unreadable(Reason::LostInText));
        assert_eq!(Element::new("Data").value(), Reading::Absent);
    }
}
