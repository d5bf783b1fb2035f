//! Windows evidence formats, bytes ⇄ structures.
//!
//! Everything here is pure: it takes bytes and values, touches no disk, network, clock or environment, has no `unsafe`,
//! and answers damage with an error that names the offset, what was expected and what was found.
//!
//! | module | what it decodes |
//! |---|---|
//! | [`evtx`] | the binary event log of Windows Vista and later: file header, chunks, records, BinXML |
//! | [`event`] | one event as a tree, whether it came from BinXML, XML or `wevtutil` text |
//! | [`regf`] | the registry hive and its transaction logs |
//! | [`encoding`] | the text encodings exported logs come in |
//! | [`value`] | the typed values an event holds, and how Windows writes them as text |
//! | [`sd`] | security descriptors: bytes, SDDL, access evaluation, differences |
//! | [`cert`] | certificates as the registry keeps them: the value `Blob` and the certificate in it |
//! | [`keyfile`] | files of private keys: their names, sizes and public halves |
//! | [`guid`], [`sid`], [`filetime`] | identifiers and times |
//! | [`cursor`] | a bounds-checked reader over bytes that knows its file offset |
//! | [`read_at`] | random access to bytes, wherever they are |
//! | [`reading`] | the three answers: present, absent, unreadable |

// Decoders read hostile bytes: a silent cast or an unchecked index there is a bug waiting for its input.
#![deny(clippy::as_conversions, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::as_conversions))]

pub mod cert;
pub mod cursor;
pub mod encoding;
pub mod event;
pub mod evtx;
pub mod filetime;
pub mod guid;
pub mod keyfile;
#[doc(hidden)]
pub mod oracle;
#[doc(hidden)]
pub mod oracle_events;
#[doc(hidden)]
pub mod oracle_regf;
#[doc(hidden)]
pub mod oracle_sd;
pub mod read_at;
pub mod reading;
pub mod regf;
pub mod sd;
pub mod sid;
pub mod value;
