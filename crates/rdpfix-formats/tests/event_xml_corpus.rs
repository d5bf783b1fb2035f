//! Every event XML of the corpus is read, and holds what it is known to hold.
//!
//! The corpus lies outside the repository; without it the test says so and passes, unless `RDPFIX_REQUIRE_CORPUS` is set.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::path::Path;

use rdpfix_formats::event::Event;
use rdpfix_formats::event::render::{EventView, xml, xml_indented};
use rdpfix_formats::event::xml::events;

fn read_one(name: &str, bytes: &[u8]) -> Event {
    let mut items = events(bytes);
    let item = items.next().unwrap_or_else(|| panic!("{name}: no event"));
    let item = item.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(items.next().is_none(), "{name}: more than one event");
    assert_eq!(item.notes, [], "{name}");
    let offset = usize::try_from(item.offset).unwrap();
    assert!(bytes[offset..].starts_with(b"<Event "), "{name}");
    item.event
}

#[test]
fn corpus_xml() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/xml");
    let Ok(entries) = Path::new(folder).read_dir() else {
        let required = std::env::var_os("RDPFIX_REQUIRE_CORPUS").is_some();
        assert!(!required, "the corpus is missing: {folder}");
        println!("skipped: no corpus at {folder}");
        return;
    };
    let mut views = BTreeMap::new();
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let event = read_one(&name, &std::fs::read(&path).unwrap());
        // Written out and read again it is the same event.
        for text in [xml(&event), xml_indented(&event)] {
            assert_eq!(read_one(&name, text.as_bytes()), event, "{name}");
        }
        views.insert(name, EventView::of(&event));
    }

    let ids: Vec<_> = views.values().map(|view| view.event_id.unwrap()).collect();
    assert_eq!(ids, [1129, 5719, 1056, 1067, 36870, 36871, 36888, 56]);
    let value = |name: &str, at: usize| views[name].data[at].value.clone().unwrap();
    let time = |name: &str| views[name].time_created.clone();

    let renewed = &views["rcm-1056-real"];
    assert_eq!(renewed.qualifiers, Some(49152));
    assert_eq!(renewed.record_id, Some(201));
    assert_eq!(renewed.level, Some(4));
    assert_eq!(renewed.data[0].name, None);
    assert_eq!(
        renewed.binary.as_deref(),
        Some("59EFF2E3B509C83137E81085E02A1AC63A7E61AA")
    );
    assert_eq!(
        value("rcm-1067-real", 0),
        "The specified domain either does not exist or could not be contacted.\r\n"
    );
    assert_eq!(
        time("rcm-1067-real").as_deref(),
        Some("2023-05-29T06:15:19.7199385Z")
    );
    assert_eq!(value("schannel-36870-server-8009030d", 1), "0x8009030d");
    assert_eq!(views["schannel-36871-client-10013"].computer, None);
    // Fields its poster blanked out are empty, not damage.
    assert_eq!(time("termdd-56"), None);
    assert_eq!(views["termdd-56"].computer.as_deref(), Some(" "));
    assert_eq!(
        value("grouppolicy-1129-real", 5),
        "The network is not present or not started. "
    );
}
