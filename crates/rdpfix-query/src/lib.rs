//! The Windows Event Log XPath subset and QueryList: parse, compile, match with three answers.
