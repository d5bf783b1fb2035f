//! The words for levels and kinds, in one place for every report.

use rdpfix_diagnose::Confidence;
use rdpfix_diagnose::knowledge::{Applicability, Disruption, Layer, LevelName, Severity};

pub(crate) const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Confirmed => "confirmed",
        Confidence::Likely => "likely",
        Confidence::Possible => "possible",
    }
}

pub(crate) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "nobody gets in",
        Severity::Error => "some connections fail",
        Severity::Warning => "will break later",
    }
}

pub(crate) const fn applicability(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Safe => "safe",
        Applicability::Unsafe => "UNSAFE: broader than needed",
        Applicability::DisplayOnly => "by hand",
    }
}

pub(crate) const fn disruption(disruption: Disruption) -> &'static str {
    match disruption {
        Disruption::None => "no interruption",
        Disruption::ServiceRestart => "restarts a service: sessions may drop",
        Disruption::Reboot => "needs a reboot",
    }
}

pub(crate) const fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Network => "network",
        Layer::Listener => "listener",
        Layer::Tls => "TLS",
        Layer::Authentication => "authentication",
        Layer::Broker => "Connection Broker",
        Layer::Session => "session",
    }
}

pub(crate) const fn level(level: LevelName) -> &'static str {
    match level {
        LevelName::Critical => "critical",
        LevelName::Error => "error",
        LevelName::Warning => "warning",
        LevelName::Information => "information",
        LevelName::Verbose => "verbose",
    }
}

/// A channel's name without the prefix that all share.
pub(crate) fn channel(name: &str) -> &str {
    let name = name.strip_prefix("Microsoft-Windows-").unwrap_or(name);
    let name = name.strip_prefix("TerminalServices-").unwrap_or(name);
    name.strip_prefix("RemoteDesktopServices-").unwrap_or(name)
}
