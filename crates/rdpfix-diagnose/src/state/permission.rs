//! What an account may do with a file or key, by its security descriptor.

use rdpfix_formats::reading::{Reading, Reason};
use rdpfix_formats::sd::access_check::Verdict;
use rdpfix_formats::sd::{AccessMask, ObjectKind, SecurityDescriptor, Token, access_check};

/// Whether `token` is denied any of `wanted`, and what decided, in words.
pub(super) fn denied(
    descriptor: &Reading<Vec<u8>>,
    kind: ObjectKind,
    token: &Token,
    wanted: AccessMask,
) -> (Reading<bool>, String) {
    let decoded = match descriptor {
        Reading::Present(bytes) => SecurityDescriptor::decode(bytes),
        Reading::Absent => return (Reading::Absent, String::new()),
        Reading::Unreadable(reason) => {
            return (Reading::Unreadable(reason.clone()), reason.to_string());
        }
    };
    let descriptor = match decoded {
        Ok(descriptor) => descriptor,
        Err(error) => {
            let reason = Reason::Damaged(format!("security descriptor: {error}"));
            return (Reading::Unreadable(reason.clone()), reason.to_string());
        }
    };
    let report = access_check(&descriptor, token, wanted, kind);
    let holds = match report.verdict() {
        Verdict::Granted => Reading::Present(false),
        Verdict::Denied => Reading::Present(true),
        Verdict::Undecided => Reading::Unreadable(Reason::Unsupported(
            "a conditional entry decides".to_owned(),
        )),
    };
    (holds, report.to_string())
}
