//! What `wevtutil`, Event Viewer and damage make of a file.

use super::*;
use crate::reading::Reading;

const NS: &str = "xmlns='http://schemas.microsoft.com/win/2004/08/events/event'";

fn event(id: u32) -> String {
    format!(
        "<Event {NS}><System><Provider Name='P'/><EventID Qualifiers='49152'>{id}</EventID></System>\
         <EventData><Data>v</Data></EventData></Event>"
    )
}

fn read(bytes: &[u8]) -> Vec<Result<LocatedEvent, XmlError>> {
    events(bytes).collect()
}

fn ids(bytes: &[u8]) -> Vec<Option<u32>> {
    read(bytes)
        .into_iter()
        .map(|item| item.ok()?.event.system().event_id().present())
        .collect()
}

fn data(event: &Event) -> Vec<String> {
    let Reading::Present(crate::event::Payload::EventData { data, .. }) = event.payload() else {
        panic!("no EventData");
    };
    data.iter()
        .map(|datum| datum.element.text().present().unwrap())
        .collect()
}

#[test]
fn a_sequence_without_root_and_any_wrapper() {
    let two = event(1) + &event(2);
    assert_eq!(ids(two.as_bytes()), [Some(1), Some(2)]);
    let lines = format!("\r\n{}\r\n\r\n{}\r\n", event(1), event(2));
    assert_eq!(ids(lines.as_bytes()), [Some(1), Some(2)]);
    let viewer = format!(
        "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-16\" standalone=\"yes\"?>\n<!-- <Event> --><Events>{two}</Events>"
    );
    assert_eq!(ids(viewer.as_bytes()), [Some(1), Some(2)]);
    let prefixed = format!(
        "<a><e:Events xmlns:e='x'>{}</e:Events></a>",
        event(3)
            .replace("<Event ", "<e:Event ")
            .replace("</Event>", "</e:Event>")
            .replace("xmlns=", "xmlns:e=")
    );
    assert_eq!(ids(prefixed.as_bytes()), [Some(3)]);
    let bare = event(4).replace(NS, "");
    assert_eq!(ids(bare.as_bytes()), [Some(4)]);
    let other = event(5).replace("2004/08", "1999/01");
    assert!(read(other.as_bytes()).is_empty());
}

#[test]
fn offsets_are_those_of_the_file() {
    let text = format!("<!-- é😀 -->{}\n{}", event(1), event(2));
    let second = text.rfind("<Event ").unwrap();
    let offsets = |bytes: &[u8]| {
        let items = read(bytes).into_iter();
        items.map(|item| item.unwrap().offset).collect::<Vec<_>>()
    };
    let first = text.find("<Event ").unwrap();
    assert_eq!(offsets(text.as_bytes()), [first as u64, second as u64]);
    let utf16: Vec<u8> = [0xFEFF]
        .into_iter()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let unit = |at: usize| (text[..at].encode_utf16().count() * 2 + 2) as u64;
    assert_eq!(offsets(&utf16), [unit(first), unit(second)]);
}

#[test]
fn values_are_exact() {
    let xml = event(1).replace(
        "<Data>v</Data>",
        "\r\n <Data>a&#13;&#10;\r\n &lt;b&gt; &amp;amp; </Data> <Data Name='x'/><Data> </Data><Data><![CDATA[<&>]]></Data>",
    );
    let item = read(xml.as_bytes()).remove(0).unwrap();
    assert_eq!(data(&item.event), ["a\r\n\r\n <b> &amp; ", "", " ", "<&>"]);
    assert_eq!(item.notes, []);
    let event_data = item.event.root.child("EventData").unwrap();
    assert_eq!(event_data.children.len(), 4);
    assert_eq!(item.event.root.attributes, []);
}

#[test]
fn entities_are_never_expanded() {
    let bomb = format!(
        "<!DOCTYPE x [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;'>]>{}",
        event(1)
            .replace(">v<", ">&b; & &#xZZ;<")
            .replace("'P'", "'&b;'")
    );
    let item = read(bomb.as_bytes()).remove(0).unwrap();
    assert_eq!(data(&item.event), ["&b; & &#xZZ;"]);
    assert_eq!(
        item.event.system().provider(),
        Reading::Present("&b;".into())
    );
    assert!(item.notes.contains(&Note::UnknownEntity("b".into())));
}

#[test]
fn damage_ends_one_event_only() {
    let cut = &event(1)[..120];
    assert_eq!(
        ids((cut.to_owned() + &event(2)).as_bytes()),
        [None, Some(2)]
    );
    let unquoted = event(1).replace("'P'", "'P");
    assert_eq!(ids((unquoted + &event(2)).as_bytes()), [None, Some(2)]);
    let crossed = event(1).replace("</Data>", "</Dada>");
    assert_eq!(ids((crossed + &event(2)).as_bytes()), [None, Some(2)]);
    let comment = event(1).replace(">v<", "><!-- v<");
    assert_eq!(ids((comment + &event(2)).as_bytes()), [None, Some(2)]);
    let end = event(1) + &event(2)[..150];
    assert_eq!(ids(end.as_bytes()), [Some(1), None]);
    let error = read(end.as_bytes()).remove(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "event XML at offset {:#x}: expected </Event>, found the end of the file",
            end.len()
        )
    );
}

#[test]
fn a_providers_own_event_element_is_not_an_event() {
    let inner = event(1).replace(
        "<EventData><Data>v</Data></EventData>",
        "<UserData><Event xmlns='urn:mine'><Event>x</Event></Event></UserData>",
    );
    assert_eq!(ids((inner + &event(2)).as_bytes()), [Some(1), Some(2)]);
}

#[test]
fn limits_are_errors_not_exhaustion() {
    let deep = event(1).replace(
        ">v<",
        &format!(">{}{}<", "<a>".repeat(99), "</a>".repeat(99)),
    );
    let wide = event(2).replace(">v<", &format!(">{}<", "<a b='' c=''/>".repeat(30_000)));
    let text = deep + &wide + &event(3);
    let items = read(text.as_bytes());
    assert!(
        items[0]
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("nested")
    );
    assert!(
        items[1]
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("65536 nodes")
    );
    assert!(items[2].is_ok());
    let long = event(4).replace(">v<", &format!(">{}<", "v".repeat(MAX_EVENT_BYTES)));
    assert_eq!(ids((long + &event(5)).as_bytes()), [None, Some(5)]);
}

#[test]
fn bytes_of_a_code_page_are_read_and_noted() {
    let mut bytes = event(1).into_bytes();
    let at = bytes.windows(2).position(|pair| pair == b"v<").unwrap();
    bytes[at] = 0x81;
    let item = read(&bytes).remove(0).unwrap();
    assert_eq!(data(&item.event), ["ü"]);
    assert!(matches!(item.notes[..], [Note::NotUtf8 { bytes: 1, .. }]));
}

#[test]
fn rendered_xml_carries_its_message() {
    let xml = event(1).replace(
        "</Event>",
        "<RenderingInfo Culture='en-US'><Message>Access is denied.</Message></RenderingInfo></Event>",
    );
    let item = read(xml.as_bytes()).remove(0).unwrap();
    assert_eq!(item.event.message().as_deref(), Some("Access is denied."));
}

#[test]
fn a_hole_comes_back_as_a_hole() {
    let xml = event(1).replace(
        "</System>",
        "<?rdpfix-unreadable lost in the text export?></System>",
    );
    let item = read(xml.as_bytes()).remove(0).unwrap();
    let reading = item.event.system().record_id();
    assert_eq!(
        reading,
        Reading::Unreadable(crate::reading::Reason::LostInText)
    );
}
