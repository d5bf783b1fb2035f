//! Hand-built chunks: every token, filling in, and what a chunk made to exhaust memory or stack gives.

use super::*;
use crate::event::{Element, MAX_DEPTH, Node};
use crate::evtx::chunk::{CHUNK_HEADER_SIZE, CHUNK_MAGIC, Chunk};
use crate::evtx::record::{RECORD_MAGIC, RawRecord};
use crate::reading::Reading;
use crate::value::Value;

/// The bytes of a chunk that is put together by hand, with its file offset 0x1000.
struct Bytes(Vec<u8>);

impl Bytes {
    fn new() -> Self {
        let mut bytes = CHUNK_MAGIC.to_vec();
        bytes.resize(CHUNK_HEADER_SIZE, 0);
        Self(bytes)
    }

    /// Puts a name, and gives what refers to it.
    fn name(&mut self, name: &str) -> [u8; 4] {
        let at = u32::try_from(self.0.len()).unwrap();
        self.0.extend([0; 6]);
        self.0.extend(text(name));
        self.0.extend([0, 0]);
        at.to_le_bytes()
    }

    /// Puts a template definition, and gives where it stands.
    fn definition(&mut self, body: &[u8]) -> u32 {
        let at = u32::try_from(self.0.len()).unwrap();
        self.0.extend([0; 4]);
        self.0.extend([0xaa; 16]);
        self.0
            .extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        self.0.extend(body);
        at
    }

    fn decode(mut self, binxml: &[u8]) -> Result<Decoded, BinXmlError> {
        let at = self.0.len();
        let size = u32::try_from(binxml.len() + 28).unwrap().to_le_bytes();
        self.0.extend(RECORD_MAGIC);
        self.0.extend(size);
        self.0.extend([0; 16]);
        self.0.extend(binxml);
        self.0.extend(size);
        let chunk = Chunk::parse(&self.0, 0x1000).unwrap();
        let record = RawRecord::parse(&self.0, at, 0x1000).unwrap();
        Decoder::new(&chunk).event(&record)
    }
}

/// A text with its length.
fn text(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bytes = u16::try_from(units.len() / 2)
        .unwrap()
        .to_le_bytes()
        .to_vec();
    bytes.extend(units);
    bytes
}

/// The start of an element in a record, without attributes.
fn open(name: [u8; 4]) -> Vec<u8> {
    [&[0x01, 0, 0, 0, 0][..], &name].concat()
}

/// The start of an element in a template, whose attributes follow if it has any.
fn open_in_template(name: [u8; 4], attributes: bool, dependency: u16) -> Vec<u8> {
    let token = if attributes { 0x41 } else { 0x01 };
    let mut bytes = vec![token];
    bytes.extend(dependency.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(name);
    bytes.extend(vec![0; if attributes { 4 } else { 0 }]);
    bytes
}

/// An instance of the template at `definition` with the given values.
fn instance(definition: u32, values: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![0x0c, 1, 0xaa, 0xaa, 0xaa, 0xaa];
    bytes.extend(definition.to_le_bytes());
    bytes.extend(u32::try_from(values.len()).unwrap().to_le_bytes());
    for (kind, value) in values {
        bytes.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend([*kind, 0]);
    }
    values.iter().for_each(|(_, value)| bytes.extend(*value));
    bytes
}

fn texts(element: &Element) -> Vec<String> {
    let texts = element.elements().map(|child| child.text().present());
    texts.map(|text| text.expect("no hole")).collect()
}

#[test]
fn every_token_of_a_record_without_template() {
    let mut chunk = Bytes::new();
    let [event, attribute, xmlns, amp] = ["ns:Event", "Id", "xmlns", "amp"].map(|n| chunk.name(n));
    let mut binxml = vec![0x0f, 1, 1, 0, 0x41, 0, 0, 0, 0];
    binxml.extend(event);
    binxml.extend([0; 4]);
    binxml.extend([&[0x46][..], &xmlns, &[0x05, 1], &text("urn:x")].concat());
    binxml.extend([&[0x06][..], &attribute, &[0x45, 1], &text("a")].concat());
    binxml.extend([&[0x49][..], &amp, &[0x48, b'b', 0, 0x05, 0x06, 7, 0]].concat());
    binxml.push(0x02);
    binxml.extend([&[0x07][..], &text("<c>")].concat());
    binxml.extend([&[0x0a][..], &event, &[0x0b], &text("data")].concat());
    binxml.extend(open(event));
    binxml.extend([0x03, 0x04, 0x00]);
    let decoded = chunk.decode(&binxml).unwrap();
    let expected = Element::new("Event")
        .with_attribute("Id", Value::text("a&b7"))
        .with_value(Value::text("<c>"))
        .with_child(Element::new("Event"));
    assert_eq!(decoded.event.root, expected);
    assert_eq!(decoded.damage, None);
}

/// `<Event a="%0" b="%1"><X>%2</X><Y>%3</Y></Event>`, where `Y` depends on value 3 and `b` is not optional.
fn template(chunk: &mut Bytes) -> u32 {
    let [event, a, b, x, y] = ["Event", "a", "b", "X", "Y"].map(|name| chunk.name(name));
    let mut body = vec![0x0f, 1, 1, 0];
    body.extend(open_in_template(event, true, 0));
    body.extend([&[0x46][..], &a, &[0x0e, 0, 0, 1]].concat());
    body.extend([&[0x06][..], &b, &[0x0d, 1, 0, 1]].concat());
    body.push(0x02);
    body.extend(open_in_template(x, false, 0xffff));
    body.extend([0x02, 0x0e, 2, 0, 1, 0x04]);
    body.extend(open_in_template(y, false, 3));
    body.extend([0x02, 0x0e, 3, 0, 1, 0x04, 0x04, 0x00]);
    chunk.definition(&body)
}

#[test]
fn filling_in_a_template() {
    let mut chunk = Bytes::new();
    let at = template(&mut chunk);
    let values: [(u8, &[u8]); 4] = [(1, b"k\0"), (6, &[5, 0]), (1, b"x\0"), (4, &[9])];
    let decoded = chunk.decode(&instance(at, &values)).unwrap();
    let expected = Element::new("Event")
        .with_attribute("a", Value::text("k"))
        .with_attribute("b", Value::U16(5))
        .with_child(Element::new("X").with_value(Value::text("x")))
        .with_child(Element::new("Y").with_value(Value::U8(9)));
    assert_eq!(decoded.event.root, expected);
}

#[test]
fn what_null_leaves_out() {
    let mut chunk = Bytes::new();
    let at = template(&mut chunk);
    let values: [(u8, &[u8]); 4] = [(0, &[]), (0, &[1, 2]), (0, &[]), (0, &[])];
    let decoded = chunk.decode(&instance(at, &values)).unwrap();
    let expected = Element::new("Event")
        .with_attribute("b", Value::Null)
        .with_child(Element::new("X"));
    assert_eq!(decoded.event.root, expected);
    // An optional text of no length, or that begins with a zero, leaves its attribute out too.
    for empty in [&b""[..], b"\0\0a\0"] {
        let mut chunk = Bytes::new();
        let at = template(&mut chunk);
        let decoded = chunk.decode(&instance(at, &[(1, empty)])).unwrap();
        assert_eq!(decoded.event.root.attribute("a"), None);
    }
}

#[test]
fn an_array_repeats_the_element_around_it() {
    let mut chunk = Bytes::new();
    let at = template(&mut chunk);
    let values: [(u8, &[u8]); 4] = [
        (0, &[]),
        (0, &[]),
        (0x81, b"a\0\0\0\0\0c\0\0\0"),
        (0x86, &[1, 0]),
    ];
    let decoded = chunk.decode(&instance(at, &values)).unwrap();
    assert_eq!(texts(&decoded.event.root), ["a", "", "c", "1"]);
}

#[test]
fn embedded_binxml() {
    let mut chunk = Bytes::new();
    let at = template(&mut chunk);
    let inner = chunk.name("Inner");
    let mut element = open(inner);
    element.extend([0x02, 0x05, 1, 1, 0, b'i', 0, 0x04, 0x00]);
    let nested = instance(at, &[(0, &[]), (0, &[]), (0x21, &element), (0, &[])]);
    let values: [(u8, &[u8]); 4] = [(0, &[]), (0, &[]), (0x21, &nested), (0, &[])];
    let decoded = chunk.decode(&instance(at, &values)).unwrap();
    let x = decoded.event.root.child("X").unwrap();
    let inner = x
        .child("Event")
        .and_then(|event| event.child("X")?.child("Inner"));
    assert_eq!(inner.unwrap().text(), Reading::Present("i".into()));
}

#[test]
fn a_damaged_value_is_a_hole_and_a_damaged_structure_an_error() {
    let mut chunk = Bytes::new();
    let at = template(&mut chunk);
    let values: [(u8, &[u8]); 4] = [(0x0f, &[1]), (0, &[]), (0x21, &[0x33]), (1, b"y\0")];
    let decoded = chunk.decode(&instance(at, &values)).unwrap();
    assert_eq!(
        decoded.event.root.child("Y").unwrap().text(),
        Reading::Present("y".into())
    );
    assert!(decoded.event.root.unreadable().is_some());
    assert!(
        decoded
            .event
            .root
            .child("X")
            .unwrap()
            .unreadable()
            .is_some()
    );
    let damage = decoded.damage.unwrap().to_string();
    assert!(damage.starts_with("GUID at offset 0x1"), "{damage}");

    for binxml in [
        &[0x01][..],
        &[0x04],
        &[0x02],
        &[0x06, 0, 0, 0, 0],
        &[0x00],
        &[],
        &[0x0c; 40],
    ] {
        assert!(Bytes::new().decode(binxml).is_err(), "{binxml:x?}");
    }
    let mut chunk = Bytes::new();
    let unclosed = open(chunk.name("Event"));
    assert!(chunk.decode(&unclosed).is_err());
}

fn too_much(result: Result<Decoded, BinXmlError>) -> &'static str {
    match result {
        Err(BinXmlError::TooMuch { what, .. }) => what,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_template_that_uses_itself() {
    let mut chunk = Bytes::new();
    let at = u32::try_from(chunk.0.len()).unwrap();
    let body = instance(at, &[]);
    assert_eq!(chunk.definition(&body), at);
    assert_eq!(
        too_much(chunk.decode(&instance(at, &[]))),
        "templates in templates"
    );
}

#[test]
fn templates_that_multiply() {
    let mut chunk = Bytes::new();
    let name = chunk.name("Event");
    let mut leaf = open_in_template(name, false, 0xffff);
    leaf.push(0x03);
    let mut at = chunk.definition(&leaf);
    for _ in 0..8 {
        let mut body = open_in_template(name, false, 0xffff);
        body.push(0x02);
        (0..16).for_each(|_| body.extend(instance(at, &[])));
        body.push(0x04);
        at = chunk.definition(&body);
    }
    assert_eq!(
        too_much(chunk.decode(&instance(at, &[]))),
        "nodes of one record"
    );
}

#[test]
fn an_array_that_multiplies_a_long_text() {
    let mut chunk = Bytes::new();
    let name = chunk.name("Event");
    let mut body = open_in_template(name, false, 0xffff);
    body.push(0x02);
    body.extend([&[0x05, 1][..], &text(&"x".repeat(10_000))].concat());
    body.extend([0x0e, 0, 0, 1, 0x04]);
    let at = chunk.definition(&body);
    let items = [0; 2000];
    let result = chunk.decode(&instance(at, &[(0x81, &items)]));
    assert_eq!(too_much(result), "bytes of values of one record");
}

#[test]
fn elements_that_nest_without_end() {
    let mut chunk = Bytes::new();
    let name = chunk.name("Event");
    let nested = |depth: usize| {
        let mut binxml = Vec::new();
        (0..depth).for_each(|_| binxml.extend([open(name), vec![0x02]].concat()));
        binxml.extend(vec![0x04; depth]);
        binxml
    };
    let deepest = Bytes(chunk.0.clone()).decode(&nested(MAX_DEPTH)).unwrap();
    let mut depth = 0;
    let mut element = Some(&deepest.event.root);
    while let Some(inner) = element {
        depth += 1;
        element = inner.children.iter().find_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        });
    }
    assert_eq!(depth, MAX_DEPTH);
    assert_eq!(
        too_much(chunk.decode(&nested(MAX_DEPTH + 1))),
        "nested elements"
    );

    // Each embedded piece is within the limit, all together are not.
    let mut chunk = Bytes::new();
    let at = template(&mut chunk);
    let nested = (0..40).fold(Vec::new(), |inner: Vec<u8>, _| {
        instance(at, &[(0, &[]), (0, &[]), (0x21, &inner), (0, &[])])
    });
    assert!(matches!(
        chunk.decode(&nested),
        Err(BinXmlError::TooMuch { .. })
    ));
}
