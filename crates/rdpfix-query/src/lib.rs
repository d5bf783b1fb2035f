//! The Windows Event Log XPath subset and `QueryList`: parse, compile, match with three answers.
//!
//! The language is the one `wevtutil qe /q`, `Get-WinEvent -FilterXPath` and Event Viewer's custom views take: the subset of
//! XPath 1.0 that Microsoft describes in *Consuming Events*
//! (<https://learn.microsoft.com/windows/win32/wes/consuming-events>) and in \[MS-EVEN6\] 2.2.15 and 2.2.16
//! (<https://learn.microsoft.com/openspecs/windows_protocols/ms-even6/7c233179-1ce9-4b0f-a579-e2baac430025>).
//! What Windows does not take is an error here that says so and says what to write instead.
//!
//! ```
//! use rdpfix_formats::{event::{Element, Event}, filetime::FileTime, value::Value};
//! use rdpfix_query::{CompiledQuery, Match};
//!
//! let query = CompiledQuery::parse("*[System[EventID=1058]]")?;
//! let system = Element::new("System").with_child(Element::new("EventID").with_value(Value::U16(1058)));
//! let event = Event::new(Element::new("Event").with_child(system));
//! let now = FileTime::from_unix_seconds(1_700_000_000);
//! assert_eq!(query.matches(&event, now), Match::Yes);
//! # Ok::<(), rdpfix_query::QueryErrors>(())
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`query`] | text to a parsed query: one XPath, or a `QueryList`; all errors at once, each with its place |
//! | [`ast`] | the syntax tree, and its printed normal form |
//! | [`compile`] | names resolved, literals read once, constants folded |
//! | [`matcher`] | a run of a compiled query over a stream of events |
//! | [`requirements`] | what every matching event must have, for scans that look before they build |
//! | [`catalogue`] | what is known of providers and channels, and the warnings that follow from it |
//! | [`diagnostic`] | errors and warnings, drawn under the query |
//!
//! # How values compare
//! Decided by the value's text, so that an event answers alike whether it came from BinXML or from XML
//! (\[MS-EVEN6\] 2.2.15.2: literals are "converted to the wanted type" by "the syntax of the string literal"):
//!
//! * a **number** (`4624`, `0x1210`) compares by value with text that is a decimal or `0x` number; with any other text every
//!   comparison is false, `!=` too;
//! * a **string** compares exactly, letter case included. A string that is itself written as a GUID, as an ISO 8601 date and
//!   time or as a `0x` number compares by value with text that can be read the same way;
//! * `< <= > >=` with a string order numbers and times, and are false for anything else;
//! * several nodes: one that satisfies the comparison is enough, for `!=` as well (XPath 1.0, 3.4);
//! * an element that encloses other elements has no value ("generating a string value for nodes is not supported").
//!
//! # Three answers
//! Where a source lost something, the event has a hole ([`Node::Unreadable`](rdpfix_formats::event::Node)). A step that could
//! have found a node in the hole makes the answer [`Match::Unknown`], unless another node decides it. The children of `Event`
//! and `System` and the attributes of an element occur once each, so one that is there is the answer, hole or not.

mod answer;
pub mod ast;
pub mod catalogue;
mod compare;
pub mod compile;
pub mod diagnostic;
mod display;
mod eval;
mod lint;
pub mod matcher;
mod number;
#[doc(hidden)]
pub mod oracle;
mod parse;
pub mod query;
mod querylist;
pub mod requirements;
mod token;
mod unsupported;

pub use answer::Match;
pub use catalogue::Catalogue;
pub use compile::CompiledQuery;
pub use diagnostic::{Diagnostic, QueryErrors, Severity, Span};
pub use matcher::{Matcher, Origin};
pub use query::{Named, NamedWhat, Query};
pub use requirements::Requirements;

/// The longest query that is read, in bytes.
pub const MAX_LENGTH: usize = 64 * 1024;

/// How deep brackets and parentheses may nest.
pub const MAX_DEPTH: usize = 64;

/// How many nodes one event may cost one query before the answer is [`Match::Unknown`].
pub const MAX_VISITS: u32 = 1_000_000;
