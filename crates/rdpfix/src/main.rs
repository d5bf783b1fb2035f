//! The command line of rdpfix.

fn main() {}
