//! The SIDs that every Windows has ([MS-DTYP] 2.4.2.4): their English names, which are stable, unlike those on a localised machine,
//! and their two letters in SDDL ([MS-DTYP] 2.5.1.1).

use std::sync::LazyLock;

use crate::sid::Sid;

/// Two letters in SDDL (empty if it has none), authority, sub-authorities, name.
type Row = (&'static str, u64, &'static [u32], &'static str);

const SIDS: &[Row] = &[
    ("", 0, &[0], "NULL SID"),
    ("WD", 1, &[0], "Everyone"),
    ("", 2, &[0], "LOCAL"),
    ("", 2, &[1], "CONSOLE LOGON"),
    ("CO", 3, &[0], "CREATOR OWNER"),
    ("CG", 3, &[1], "CREATOR GROUP"),
    ("", 3, &[2], "CREATOR OWNER SERVER"),
    ("", 3, &[3], "CREATOR GROUP SERVER"),
    ("OW", 3, &[4], "OWNER RIGHTS"),
    ("", 5, &[1], "DIALUP"),
    ("NU", 5, &[2], "NETWORK"),
    ("", 5, &[3], "BATCH"),
    ("IU", 5, &[4], "INTERACTIVE"),
    ("SU", 5, &[6], "SERVICE"),
    ("AN", 5, &[7], "ANONYMOUS LOGON"),
    ("", 5, &[8], "PROXY"),
    ("ED", 5, &[9], "ENTERPRISE DOMAIN CONTROLLERS"),
    ("PS", 5, &[10], "SELF"),
    ("AU", 5, &[11], "Authenticated Users"),
    ("RC", 5, &[12], "RESTRICTED"),
    ("", 5, &[13], "TERMINAL SERVER USER"),
    ("", 5, &[14], "REMOTE INTERACTIVE LOGON"),
    ("", 5, &[15], "This Organization"),
    ("", 5, &[17], "IUSR"),
    ("SY", 5, &[18], "SYSTEM"),
    ("LS", 5, &[19], "LOCAL SERVICE"),
    ("NS", 5, &[20], "NETWORK SERVICE"),
    ("WR", 5, &[33], "WRITE RESTRICTED"),
    ("", 5, &[64, 10], "NTLM Authentication"),
    ("", 5, &[64, 14], "SChannel Authentication"),
    ("", 5, &[64, 21], "Digest Authentication"),
    ("", 5, &[80, 0], "NT SERVICE\\ALL SERVICES"),
    ("UD", 5, &[84, 0, 0, 0, 0, 0], "User Mode Drivers"),
    ("", 5, &[113], "Local account"),
    (
        "",
        5,
        &[114],
        "Local account and member of Administrators group",
    ),
    ("BA", 5, &[32, 544], "Administrators"),
    ("BU", 5, &[32, 545], "Users"),
    ("BG", 5, &[32, 546], "Guests"),
    ("PU", 5, &[32, 547], "Power Users"),
    ("AO", 5, &[32, 548], "Account Operators"),
    ("SO", 5, &[32, 549], "Server Operators"),
    ("PO", 5, &[32, 550], "Print Operators"),
    ("BO", 5, &[32, 551], "Backup Operators"),
    ("RE", 5, &[32, 552], "Replicator"),
    ("RU", 5, &[32, 554], "Pre-Windows 2000 Compatible Access"),
    ("RD", 5, &[32, 555], "Remote Desktop Users"),
    ("NO", 5, &[32, 556], "Network Configuration Operators"),
    ("MU", 5, &[32, 558], "Performance Monitor Users"),
    ("LU", 5, &[32, 559], "Performance Log Users"),
    ("", 5, &[32, 562], "Distributed COM Users"),
    ("IS", 5, &[32, 568], "IIS_IUSRS"),
    ("CY", 5, &[32, 569], "Cryptographic Operators"),
    ("ER", 5, &[32, 573], "Event Log Readers"),
    ("CD", 5, &[32, 574], "Certificate Service DCOM Access"),
    ("RA", 5, &[32, 575], "RDS Remote Access Servers"),
    ("ES", 5, &[32, 576], "RDS Endpoint Servers"),
    ("MS", 5, &[32, 577], "RDS Management Servers"),
    ("HA", 5, &[32, 578], "Hyper-V Administrators"),
    ("AA", 5, &[32, 579], "Access Control Assistance Operators"),
    ("RM", 5, &[32, 580], "Remote Management Users"),
    ("", 5, &[32, 581], "System Managed Accounts Group"),
    ("", 5, &[32, 582], "Storage Replica Administrators"),
    ("", 5, &[32, 583], "Device Owners"),
    ("AC", 15, &[2, 1], "ALL APPLICATION PACKAGES"),
    ("", 15, &[2, 2], "ALL RESTRICTED APPLICATION PACKAGES"),
    ("", 16, &[0], "Untrusted Mandatory Level"),
    ("LW", 16, &[0x1000], "Low Mandatory Level"),
    ("ME", 16, &[0x2000], "Medium Mandatory Level"),
    ("MP", 16, &[0x2100], "Medium Plus Mandatory Level"),
    ("HI", 16, &[0x3000], "High Mandatory Level"),
    ("SI", 16, &[0x4000], "System Mandatory Level"),
    ("AS", 18, &[1], "Authentication authority asserted identity"),
    ("SS", 18, &[2], "Service asserted identity"),
];

/// Two letters in SDDL whose SID depends on the machine or its domain, and what they stand for.
const RELATIVE: &[(&str, &str)] = &[
    ("LA", "the machine's Administrator"),
    ("LG", "the machine's Guest"),
    ("DA", "Domain Admins"),
    ("DU", "Domain Users"),
    ("DG", "Domain Guests"),
    ("DC", "Domain Computers"),
    ("DD", "Domain Controllers"),
    ("CA", "Cert Publishers"),
    ("SA", "Schema Admins"),
    ("EA", "Enterprise Admins"),
    ("PA", "Group Policy Creator Owners"),
    ("RO", "Enterprise Read-only Domain Controllers"),
    ("CN", "Cloneable Domain Controllers"),
    ("AP", "Protected Users"),
    ("KA", "Key Admins"),
    ("EK", "Enterprise Key Admins"),
    ("RS", "RAS and IAS Servers"),
];

/// The names of relative identifiers below a machine or domain, `S-1-5-21-…-RID`.
const RIDS: &[(u32, &str)] = &[
    (498, "Enterprise Read-only Domain Controllers"),
    (500, "Administrator"),
    (501, "Guest"),
    (502, "krbtgt"),
    (503, "DefaultAccount"),
    (504, "WDAGUtilityAccount"),
    (512, "Domain Admins"),
    (513, "Domain Users"),
    (514, "Domain Guests"),
    (515, "Domain Computers"),
    (516, "Domain Controllers"),
    (517, "Cert Publishers"),
    (518, "Schema Admins"),
    (519, "Enterprise Admins"),
    (520, "Group Policy Creator Owners"),
    (521, "Read-only Domain Controllers"),
    (522, "Cloneable Domain Controllers"),
    (525, "Protected Users"),
    (526, "Key Admins"),
    (527, "Enterprise Key Admins"),
    (553, "RAS and IAS Servers"),
];

/// Services whose own SID stands in descriptors that matter to Remote Desktop, or often.
const SERVICES: &[&str] = &[
    "TermService",
    "SessionEnv",
    "UmRdpService",
    "CertPropSvc",
    "TrustedInstaller",
    "Tssdis",
    "RDMS",
    "TSGateway",
    "TermServLicensing",
    "MSSQL$MICROSOFT##WID",
    "EventLog",
    "mpssvc",
    "BFE",
    "PolicyAgent",
    "IKEEXT",
    "Dhcp",
    "Dnscache",
    "NlaSvc",
    "netprofm",
    "Netlogon",
    "CryptSvc",
    "KeyIso",
    "gpsvc",
    "LSM",
    "Schedule",
    "Winmgmt",
    "WinRM",
    "WinDefend",
    "WdiServiceHost",
    "DPS",
    "W32Time",
    "LanmanServer",
    "LanmanWorkstation",
    "RpcEptMapper",
    "wuauserv",
];

static SERVICE_SIDS: LazyLock<Vec<(Sid, &str)>> = LazyLock::new(|| {
    let sid = |name: &&'static str| (Sid::for_service(name), *name);
    SERVICES.iter().map(sid).collect()
});

fn row(sid: &Sid) -> Option<&'static Row> {
    let same = |(_, authority, subs, _): &&Row| {
        sid.authority() == *authority && sid.sub_authorities() == *subs
    };
    SIDS.iter().find(same).filter(|_| sid.revision() == 1)
}

/// The SID's name, if it is the same on every machine: `NETWORK SERVICE`, `NT SERVICE\TermService`.
pub fn name(sid: &Sid) -> Option<String> {
    if let Some((.., name)) = row(sid) {
        return Some((*name).to_owned());
    }
    let service = SERVICE_SIDS.iter().find(|(known, _)| known == sid);
    service.map(|(_, name)| format!("NT SERVICE\\{name}"))
}

/// The SID for people: its name, `Domain Admins (S-1-5-21-…-512)`, or the SID itself.
pub fn describe(sid: &Sid) -> String {
    if let Some(name) = name(sid) {
        return name;
    }
    if let (5, [21, _, _, _, rid]) = (sid.authority(), sid.sub_authorities())
        && let Some((_, name)) = RIDS.iter().find(|(known, _)| known == rid)
    {
        return format!("{name} ({sid})");
    }
    sid.to_string()
}

/// Its two letters in SDDL, if it has any.
pub fn alias(sid: &Sid) -> Option<&'static str> {
    row(sid)
        .map(|(alias, ..)| *alias)
        .filter(|alias| !alias.is_empty())
}

/// What two letters of SDDL stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alias {
    /// The same SID everywhere.
    Sid(Sid),
    /// An account of the machine or domain, here by name: without the machine's or domain's SID it cannot be said.
    Relative(&'static str),
}

/// What the two letters stand for, in either case; `None` for letters that stand for nothing.
pub fn by_alias(letters: &str) -> Option<Alias> {
    if let Some((_, authority, subs, _)) = SIDS
        .iter()
        .find(|(alias, ..)| !alias.is_empty() && alias.eq_ignore_ascii_case(letters))
    {
        return Sid::new(*authority, subs).map(Alias::Sid);
    }
    let relative = RELATIVE
        .iter()
        .find(|(alias, _)| alias.eq_ignore_ascii_case(letters));
    relative.map(|(_, name)| Alias::Relative(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sids() {
        let described = |sid: &str| describe(&Sid::parse(sid).unwrap());
        assert_eq!(described("S-1-5-20"), "NETWORK SERVICE");
        assert_eq!(described("S-1-5-32-555"), "Remote Desktop Users");
        assert_eq!(
            described("S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833"),
            "NT SERVICE\\SessionEnv"
        );
        assert_eq!(
            described("S-1-5-21-1-2-3-512"),
            "Domain Admins (S-1-5-21-1-2-3-512)"
        );
        assert_eq!(described("S-1-5-21-1-2-3-1001"), "S-1-5-21-1-2-3-1001");
    }

    #[test]
    fn aliases_are_two_letters_and_go_both_ways() {
        let mut seen = std::collections::BTreeSet::new();
        for (alias_text, authority, subs, _) in SIDS {
            let sid = Sid::new(*authority, subs).unwrap();
            if alias_text.is_empty() {
                assert_eq!(alias(&sid), None);
                continue;
            }
            assert_eq!(alias_text.len(), 2);
            assert!(seen.insert(*alias_text), "{alias_text} twice");
            assert_eq!(by_alias(alias_text), Some(Alias::Sid(sid.clone())));
            assert_eq!(alias(&sid), Some(*alias_text));
        }
        for (alias, _) in RELATIVE {
            assert!(seen.insert(*alias), "{alias} twice");
        }
        assert_eq!(by_alias("da"), Some(Alias::Relative("Domain Admins")));
        assert_eq!(by_alias(""), None);
        assert_eq!(by_alias("QQ"), None);
    }
}
