use super::*;
use crate::sd::{AccessMask, AceBody, AceFlags, AceType};

fn round(text: &str) -> String {
    let descriptor = SecurityDescriptor::from_sddl(text).unwrap();
    let bytes = descriptor.encode().unwrap();
    assert_eq!(SecurityDescriptor::decode(&bytes).unwrap(), descriptor);
    descriptor.to_sddl().unwrap()
}

fn error(text: &str) -> String {
    SecurityDescriptor::from_sddl(text).unwrap_err().to_string()
}

#[test]
fn what_windows_writes_comes_back() {
    for text in [
        // The folder of machine keys, and the file of the RDP key, as measured.
        "O:SYG:SYD:PAI(A;;0x12019f;;;WD)(A;;FA;;;BA)",
        "O:NSG:NSD:P(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833)",
        // A service, a registry key, a folder.
        "D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)S:(AU;FA;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;WD)",
        "O:BAG:SYD:PARAI(A;CI;KR;;;BU)(A;CI;KA;;;BA)(A;CIIO;KA;;;CO)(A;OICIID;0x1200a9;;;AC)",
        "D:(OA;CIIO;RPWP;4c164200-20c0-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;AU)S:(ML;;NWNR;;;HI)",
        "D:NO_ACCESS_CONTROL",
        "D:",
        "D:P",
        "O:SY",
        "",
        "S:AI(AU;SAFA;FA;;;WD)",
    ] {
        assert_eq!(round(text), text);
    }
}

#[test]
fn null_empty_and_missing_lists_differ() {
    let dacl = |text: &str| SecurityDescriptor::from_sddl(text).unwrap().dacl;
    assert_eq!(dacl("O:SY"), AclState::NotPresent);
    assert_eq!(dacl("D:NO_ACCESS_CONTROL"), AclState::Null);
    assert_eq!(dacl("D:P"), AclState::Present(Acl::new(Vec::new())));
}

#[test]
fn case_blanks_order_and_numbers_are_read() {
    assert_eq!(
        round(" d:p ( a ; oi ; fr ; ; ; s-1-5-20 ) O: sy G:S-1-5-32-544 "),
        "O:SYG:BAD:P(A;OI;FR;;;NS)"
    );
    for number in ["0x120089", "0X120089", "1179785", "04400211"] {
        assert_eq!(round(&format!("D:(A;;{number};;;NS)")), "D:(A;;FR;;;NS)");
    }
    assert_eq!(round("D:(A;;KX;;;NS)"), "D:(A;;KR;;;NS)");
    assert_eq!(round("D:(A;;FRFW;;;NS)"), "D:(A;;0x12019f;;;NS)");
}

#[test]
fn errors_say_where_and_what() {
    assert_eq!(
        error("O:SYX:BA"),
        "SDDL, byte 4: expected O:, G:, D: or S:, found `X:BA`"
    );
    assert_eq!(
        error("O:DA"),
        "SDDL, byte 2: `DA` stands for Domain Admins, whose SID depends on the machine or its domain: write the SID"
    );
    assert_eq!(
        error("D:(A;;FR;;;NS"),
        "SDDL, byte 2: the entry is not closed with `)`"
    );
    assert_eq!(
        error("D:(A;;FR;;NS)"),
        "SDDL, byte 3: expected six fields between `;`, found 5"
    );
    assert_eq!(
        error("D:(Q;;FR;;;NS)"),
        "SDDL, byte 3: no type of entry is called `Q`"
    );
    assert_eq!(
        error("D:(A;OIQQ;FR;;;NS)"),
        "SDDL, byte 7: no flag of an entry is called `QQ`"
    );
    assert_eq!(
        error("D:(A;;FRZ;;;NS)"),
        "SDDL, byte 8: no right is called `Z`"
    );
    assert_eq!(
        error("D:(A;;0x;;;NS)"),
        "SDDL, byte 6: no right is called `0x`"
    );
    assert_eq!(
        error("D:(A;;FR;;;Users)"),
        "SDDL, byte 11: `Users` is no SID"
    );
    assert_eq!(error("D:D:"), "SDDL, byte 4: `D:` for the second time");
    assert_eq!(
        error("D:Q"),
        "SDDL, byte 2: expected P, AR, AI or `(`, found `Q`"
    );
    assert_eq!(
        error("D:NO_ACCESS_CONTROL(A;;FR;;;NS)"),
        "SDDL, byte 19: a null list has no entries"
    );
    assert_eq!(
        error("D:(XA;;FX;;;WD;(@User.Title==\"PM\"))"),
        "SDDL, byte 3: entries of type `XA` carry a condition or claim, which is not supported"
    );
    assert_eq!(error("D:(A;;FR;;;é)"), "SDDL, byte 11: `é` is no SID");
}

#[test]
fn what_text_cannot_say_is_an_error() {
    let sid = crate::sid::Sid::parse("S-1-1-0").unwrap();
    let conditional = Ace {
        ace_type: AceType::ALLOW_CALLBACK,
        flags: AceFlags(0),
        body: AceBody::Simple {
            mask: AccessMask::FILE_READ,
            sid,
            data: b"artx".to_vec(),
        },
    };
    assert_eq!(
        conditional.to_sddl().unwrap_err().to_string(),
        "ACE 0 has no form in SDDL: its condition or claim is kept as bytes"
    );
    let unknown = Ace {
        ace_type: AceType(0x33),
        flags: AceFlags(0),
        body: AceBody::Raw(vec![1, 2, 3, 4]),
    };
    assert!(unknown.to_sddl().is_err());
}
