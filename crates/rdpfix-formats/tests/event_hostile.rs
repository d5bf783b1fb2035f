//! Whatever the bytes, reading them as event XML or text ends, and what comes out can be written.

use proptest::prelude::*;
use rdpfix_formats::oracle_events;

/// Pieces that mean something to one of the readers.
const PIECES: [&str; 44] = [
    "<Event>",
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>",
    "<Event xmlns='x'>",
    "<System>",
    "</System>",
    "<System/>",
    "</Event>",
    "<EventData><Data Name='a'>",
    "</Data></EventData>",
    "<UserData>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?rdpfix-unreadable damaged: x?>",
    "<?",
    "?>",
    "&#0;",
    "&amp",
    "&#x1b;",
    "'",
    "<",
    ">",
    "Event[0]:\n",
    "  Log Name: System\n",
    "  Source: Schannel\n",
    "  Date: 2023-05-29T06:15:19.719\n",
    "Event ID: 1058\n",
    "  Level: Error\n",
    "  Computer: ",
    "  Description:\n",
    "Event Xml:\n",
    "ログの名前: System\nソース: x\n",
    "Message      : x\nId           : 5\nProviderName : p\n",
    "C:\\>",
    "-- More --",
    "\r",
    "\u{8}",
    "\u{1b}[2;1H",
    "\u{1b}[4000C",
    "\u{1b}]",
    "証明書証明書",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "\n",
];

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,4}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn everything(bytes: &[u8]) {
    oracle_events::xml(bytes);
    oracle_events::text(bytes);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        everything(&bytes);
    }

    #[test]
    fn pieces_in_any_order(text in pieces()) {
        everything(text.as_bytes());
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        everything(&utf16);
    }

    #[test]
    fn pieces_with_flipped_bytes(text in pieces(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4)) {
        let mut bytes = text.into_bytes();
        for (at, value) in flips {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
        }
        everything(&bytes);
    }
}

/// Each of these once made reading take the square of its length, or the memory of many times it.
#[test]
fn repetition_stays_linear() {
    let lines = format!("Event[0]:\n  Log Name: {}\n", "y".repeat(68));
    let full = format!("{}\n", "x".repeat(80));
    for text in [
        "Id      : 1\nMessage : a\n".repeat(10_000),
        lines + &full.repeat(5_000),
        "\u{1b}[4000Ca\u{1b}[2H".repeat(20_000),
        "<Event><!--".repeat(20_000),
        format!("<Event {}/>", "a='' ".repeat(50_000)),
    ] {
        everything(text.as_bytes());
    }
}
