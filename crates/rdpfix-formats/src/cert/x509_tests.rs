use super::*;

const SELF_SIGNED: &[u8] = include_bytes!("../../tests/cert_fixtures/rdp-self-signed.der");
const EC: &[u8] = include_bytes!("../../tests/cert_fixtures/rdp-ec.der");
const CLIENT_ONLY: &[u8] = include_bytes!("../../tests/cert_fixtures/client-only.der");

#[test]
fn a_self_signed_certificate_as_remote_desktop_makes_it() {
    let certificate = Certificate::from_der(SELF_SIGNED).unwrap();
    assert_eq!(certificate.subject, "CN=WEB01");
    assert_eq!(certificate.common_name.as_deref(), Some("WEB01"));
    assert_eq!(certificate.issuer, "CN=WEB01");
    assert!(certificate.self_issued);
    assert_eq!(
        certificate.serial,
        "2D9734F0C7FB718EB8FB6B2C602EF4CADDE14F6A"
    );
    assert_eq!(
        certificate.not_before.to_string(),
        "2026-11-23T10:39:45.0000000Z"
    );
    assert_eq!(
        certificate.not_after.to_string(),
        "2027-05-22T10:39:45.0000000Z"
    );
    assert_eq!(
        certificate.thumbprint.to_string(),
        "95C6AE9B816258E5A10356D28055C65B3C7D61CE"
    );
    assert_eq!(
        hex(&certificate.sha256),
        "6840C6AE36B8D0680CAA07A979F2059911E256508FBF757C66643EBC24663964"
    );
    assert_eq!(certificate.public_key.describe(), "RSA 2048");
    let rsa = certificate.public_key.rsa().unwrap();
    assert_eq!(rsa.exponent(), 65537);
    assert_eq!(rsa.modulus()[..4], [0xBB, 0x4C, 0x8F, 0x98]);
    assert_eq!(certificate.signature_algorithm, "sha256RSA");
    assert_eq!(
        certificate.server_authentication(),
        ServerAuthentication::Server
    );
    assert_eq!(certificate.unread_extensions, Vec::<String>::new());
}

#[test]
fn names_purposes_and_curves() {
    let certificate = Certificate::from_der(EC).unwrap();
    assert_eq!(
        certificate.subject,
        "CN=rdp.contoso.test, OU=a\\+b, O=Contoso\\, Ltd, C=DE"
    );
    assert_eq!(certificate.dns_names, ["rdp.contoso.test", "web01"]);
    assert_eq!(certificate.public_key.describe(), "EC P-256");
    assert_eq!(certificate.public_key.bits(), Some(256));
    assert_eq!(certificate.signature_algorithm, "sha256ECDSA");
    let purposes: Vec<String> = certificate
        .purposes
        .iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        purposes,
        ["Client Authentication", "Remote Desktop Authentication"]
    );
    assert_eq!(
        certificate.server_authentication(),
        ServerAuthentication::RemoteDesktop
    );
    let other = Certificate::from_der(CLIENT_ONLY).unwrap();
    assert_eq!(
        other.server_authentication(),
        ServerAuthentication::NotAllowed
    );
    let unnamed = Certificate {
        purposes: None,
        ..other
    };
    assert_eq!(
        unnamed.server_authentication(),
        ServerAuthentication::NoPurposesNamed
    );
}

#[test]
fn purposes_that_cannot_be_read_are_not_taken_for_none() {
    // The identifier of server authentication made longer than what is around it.
    let mut der = SELF_SIGNED.to_vec();
    let oid = [0x06, 8, 0x2B, 6, 1, 5, 5, 7, 3, 1];
    let at = der.windows(oid.len()).position(|w| w == oid).unwrap();
    der[at + 1] = 9;
    let certificate = Certificate::from_der(&der).unwrap();
    assert_eq!(certificate.purposes, None);
    assert_eq!(certificate.unread_extensions, [EXTENDED_KEY_USAGE]);
    assert_eq!(
        certificate.server_authentication(),
        ServerAuthentication::Unknown
    );
}

#[test]
fn validity_includes_both_ends() {
    let certificate = Certificate::from_der(CLIENT_ONLY).unwrap();
    let tick = |time: FileTime, by: i64| {
        FileTime::from_ticks(time.ticks().checked_add_signed(by).unwrap())
    };
    assert!(certificate.is_valid_at(certificate.not_before));
    assert!(certificate.is_valid_at(certificate.not_after));
    assert!(!certificate.is_valid_at(tick(certificate.not_before, -1)));
    assert!(!certificate.is_valid_at(tick(certificate.not_after, 1)));
}

#[test]
fn bytes_behind_a_certificate_are_not_hashed_with_it() {
    let mut longer = SELF_SIGNED.to_vec();
    longer.extend([0, 0, 0]);
    let certificate = Certificate::from_der(&longer).unwrap();
    assert_eq!(certificate.trailing, 3);
    assert_eq!(certificate.thumbprint, Thumbprint::of(SELF_SIGNED));
}

#[test]
fn what_is_no_certificate_is_an_error() {
    for bytes in [&[][..], b"MZ", &SELF_SIGNED[..SELF_SIGNED.len() - 1]] {
        let error = Certificate::from_der(bytes).unwrap_err();
        assert_eq!(error.length, bytes.len());
        assert!(error.to_string().contains("no X.509 certificate"));
    }
}
