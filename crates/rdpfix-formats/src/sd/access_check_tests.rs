use super::*;
use crate::sd::AceType;

const KEY_FILE: &str = "O:NSG:NSD:P(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833)";

fn check(sddl: &str, token: &Token, wanted: AccessMask, kind: ObjectKind) -> AccessReport {
    let descriptor = SecurityDescriptor::from_sddl(sddl).unwrap();
    access_check(&descriptor, token, wanted, kind)
}

fn verdict(sddl: &str, token: &Token, wanted: AccessMask) -> Verdict {
    check(sddl, token, wanted, ObjectKind::File).verdict()
}

fn listener() -> Token {
    Token::network_service(Some("TermService"))
}

#[test]
fn the_default_descriptors_give_what_remote_desktop_needs() {
    let folder = "O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)";
    let create = AccessMask::FILE_WRITE_DATA | AccessMask::FILE_READ_DATA;
    let session_env = Token::system(Some("SessionEnv"));
    assert_eq!(verdict(folder, &listener(), create), Verdict::Granted);
    assert_eq!(
        verdict(folder, &session_env, AccessMask::FILE_ALL),
        Verdict::Granted
    );
    // Everyone may create there, and nobody but administrators remove.
    assert_eq!(
        verdict(folder, &listener(), AccessMask(0x40)),
        Verdict::Denied
    );
    assert_eq!(
        verdict(KEY_FILE, &listener(), AccessMask::FILE_READ),
        Verdict::Granted
    );
    assert_eq!(
        verdict(KEY_FILE, &session_env, AccessMask::FILE_ALL),
        Verdict::Granted
    );
    let older = "D:P(A;;FA;;;SY)(A;;FR;;;NS)(A;;FR;;;BA)";
    assert_eq!(
        verdict(older, &listener(), AccessMask::GENERIC_READ),
        Verdict::Granted
    );
}

#[test]
fn a_hardened_folder_refuses_the_listener() {
    let hardened = "O:SYG:SYD:PAI(A;;FA;;;SY)(A;;FA;;;BA)";
    let report = check(
        hardened,
        &listener(),
        AccessMask::FILE_READ_DATA,
        ObjectKind::Folder,
    );
    assert_eq!(report.verdict(), Verdict::Denied);
    assert_eq!(report.to_string(), "list folder refused: no entry gives it");
}

#[test]
fn the_entry_that_decided_is_named() {
    let sddl = "D:(A;;FR;;;WD)(A;;FA;;;SY)(D;;FW;;;BA)(D;;FW;;;NS)(A;;FA;;;NS)";
    let report = check(
        sddl,
        &listener(),
        AccessMask::FILE_READ_DATA | AccessMask::FILE_WRITE_DATA,
        ObjectKind::File,
    );
    assert_eq!(
        report.to_string(),
        "read data granted by ACE 0: allow Everyone read (FR); \
         write data refused by ACE 3: deny NETWORK SERVICE write (FW)"
    );
    assert_eq!(report.with(Verdict::Denied), AccessMask::FILE_WRITE_DATA);
    assert_eq!(report.obstacles().count(), 1);
}

#[test]
fn a_service_has_the_groups_of_services() {
    let token = listener();
    let held = |sid: &str| token.holds(&Sid::parse(sid).unwrap());
    for sid in [
        "S-1-5-20",
        "S-1-1-0",
        "S-1-5-11",
        "S-1-5-6",
        "S-1-2-0",
        "S-1-5-15",
        "S-1-5-32-545",
        "S-1-5-80-0",
        "S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104",
    ] {
        assert!(held(sid), "{sid}");
    }
    assert!(!held("S-1-5-32-544") && !held("S-1-5-18"));
    assert_eq!(token.user().to_string(), "S-1-5-20");
    let shared = Sid::for_service("Dnscache");
    assert!(!token.holds(&shared) && token.with_group(shared.clone()).holds(&shared));
}

#[test]
fn order_decides() {
    let read = AccessMask::FILE_READ;
    assert_eq!(
        verdict("D:(D;;FR;;;WD)(A;;FR;;;NS)", &listener(), read),
        Verdict::Denied
    );
    assert_eq!(
        verdict("D:(A;;FR;;;NS)(D;;FR;;;WD)", &listener(), read),
        Verdict::Granted
    );
}

#[test]
fn null_and_missing_lists_give_all_and_an_empty_one_nothing() {
    for (sddl, expected) in [
        ("O:BA", Verdict::Granted),
        ("O:BAD:NO_ACCESS_CONTROL", Verdict::Granted),
        ("O:BAD:P", Verdict::Denied),
    ] {
        assert_eq!(verdict(sddl, &listener(), AccessMask::FILE_READ), expected);
    }
    let report = check(
        "D:NO_ACCESS_CONTROL",
        &listener(),
        AccessMask::KEY_ALL,
        ObjectKind::Key,
    );
    assert_eq!(
        report.to_string(),
        "full control (KA) granted by a null DACL"
    );
}

#[test]
fn an_owner_reads_and_changes_the_dacl_unless_owner_rights_says_otherwise() {
    let both = AccessMask::READ_CONTROL | AccessMask::WRITE_DAC;
    assert_eq!(verdict("O:NSD:P", &listener(), both), Verdict::Granted);
    // A deny does not take it from the owner: it is given before the list is asked.
    assert_eq!(
        verdict("O:NSD:(D;;RCWD;;;NS)", &listener(), both),
        Verdict::Granted
    );
    let limited = "O:NSD:(A;;RC;;;OW)";
    assert_eq!(verdict(limited, &listener(), both), Verdict::Denied);
    assert_eq!(
        verdict(limited, &listener(), AccessMask::READ_CONTROL),
        Verdict::Granted
    );
    assert_eq!(
        verdict("O:SYD:(A;;RC;;;OW)", &listener(), AccessMask::READ_CONTROL),
        Verdict::Denied
    );
    assert_eq!(
        verdict("O:NSD:(A;OICIIO;RC;;;OW)", &listener(), both),
        Verdict::Granted
    );
}

#[test]
fn what_is_only_inherited_and_what_is_for_a_part_says_nothing() {
    let read = AccessMask::FILE_READ;
    assert_eq!(
        verdict("D:(A;OICIIO;FA;;;NS)", &listener(), read),
        Verdict::Denied
    );
    assert_eq!(
        verdict("D:(D;OICIIO;FA;;;NS)(A;;FR;;;NS)", &listener(), read),
        Verdict::Granted
    );
    let part = "D:(OA;;FR;4c164200-20c0-11d0-a768-00aa006e0529;;NS)";
    assert_eq!(verdict(part, &listener(), read), Verdict::Denied);
    assert_eq!(
        verdict("D:(OA;;FR;;;NS)", &listener(), read),
        Verdict::Granted
    );
}

#[test]
fn generic_rights_and_maximum_allowed_are_mapped() {
    assert_eq!(
        verdict("D:(A;;GA;;;NS)", &listener(), AccessMask::FILE_ALL),
        Verdict::Granted
    );
    let report = check(
        "D:(A;;KR;;;WD)",
        &listener(),
        AccessMask::MAXIMUM_ALLOWED,
        ObjectKind::Key,
    );
    assert_eq!(report.with(Verdict::Granted), AccessMask::KEY_READ);
    let report = check(
        "D:(A;;KA;;;WD)",
        &Token::system(None),
        AccessMask::ACCESS_SYSTEM_SECURITY,
        ObjectKind::Key,
    );
    assert_eq!(
        report.to_string(),
        "audit settings refused: only a privilege gives it"
    );
}

#[test]
fn a_condition_leaves_open_only_what_depends_on_it() {
    let mut descriptor = SecurityDescriptor::from_sddl("D:(A;;FR;;;NS)(A;;FW;;;NS)").unwrap();
    let AclState::Present(acl) = &mut descriptor.dacl else {
        unreachable!()
    };
    let token = listener();
    let check = |descriptor: &SecurityDescriptor, wanted| {
        access_check(descriptor, &token, wanted, ObjectKind::File)
    };
    // Allowed on a condition, and by nobody else.
    acl.aces[0].ace_type = AceType::ALLOW_CALLBACK;
    let report = check(&descriptor, AccessMask::FILE_READ_DATA);
    assert_eq!(
        report.to_string(),
        "read data undecided by ACE 0: allow NETWORK SERVICE read (FR) on a condition"
    );
    // What the second entry gives does not depend on it.
    let report = check(&descriptor, AccessMask::FILE_WRITE);
    assert_eq!(report.verdict(), Verdict::Granted);
    // Refused on a condition: what is given later is given only perhaps, and what nobody gives is refused anyhow.
    let AclState::Present(acl) = &mut descriptor.dacl else {
        unreachable!()
    };
    acl.aces[0].ace_type = AceType::DENY_CALLBACK;
    acl.aces[0].body = acl.aces[1].body.clone();
    let report = check(&descriptor, AccessMask::FILE_WRITE_DATA);
    assert_eq!(report.verdict(), Verdict::Undecided);
    let report = check(&descriptor, AccessMask::FILE_READ_DATA);
    assert_eq!(report.verdict(), Verdict::Denied);
}
