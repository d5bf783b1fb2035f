//! The binary event log (`.evtx`): file header, 64 KiB chunks, records, BinXML.
