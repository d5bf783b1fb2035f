//! What the machine wrote from 20 October to 20 November 2026.

use rdpfix_formats::event::Event;
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::value::Value;

use super::written::{Payload, Source, event, numbered};

const RCM: Source = Source {
    name: "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
    guid: "{C76BAA63-AE81-421C-B425-340B4B24157F}",
    classic: Some("TermService"),
    channel: "System",
};
const RCM_OPERATIONAL: Source = Source {
    classic: None,
    channel: "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
    ..RCM
};
const LSM: Source = Source {
    name: "Microsoft-Windows-TerminalServices-LocalSessionManager",
    guid: "{5D896912-022D-40AA-A3A8-4FA5515C76D7}",
    classic: None,
    channel: "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
};
const RDP_CORE: Source = Source {
    name: "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS",
    guid: "{1139C61B-B549-4251-8ED3-27250A1EDEC8}",
    classic: None,
    channel: "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational",
};
const SCHANNEL: Source = Source {
    name: "Schannel",
    guid: "{1F678132-5938-4686-9FDC-C8FF68F15C85}",
    classic: None,
    channel: "System",
};
const KERNEL: Source = Source {
    name: "Microsoft-Windows-Kernel-General",
    guid: "{A68CA8B7-004F-D7B6-A698-07E2DE0F1F5D}",
    classic: None,
    channel: "System",
};
const SCM: Source = Source {
    name: "Service Control Manager",
    guid: "{555908D1-A6D7-4695-8E1E-26931D2012F4}",
    classic: Some("Service Control Manager"),
    channel: "System",
};
const GROUP_POLICY: Source = Source {
    name: "Microsoft-Windows-GroupPolicy",
    guid: "{AEA1B4FA-97D1-45F2-A64C-4D69FFFD92C9}",
    classic: None,
    channel: "System",
};
const AUDIT: Source = Source {
    name: "Microsoft-Windows-Security-Auditing",
    guid: "{54849625-5478-4994-A5BA-3E3B0328C30D}",
    classic: None,
    channel: "Security",
};

const DAYS: std::ops::Range<u32> = 0..32;

/// The day's midnight, counted from 20 October.
fn midnight(day: u32) -> FileTime {
    let start = FileTime::parse("2026-10-20T00:00:00Z").unwrap_or_default();
    FileTime::from_ticks(start.ticks() + u64::from(day) * 86_400 * 10_000_000)
}

fn at(day: u32, seconds: u64, ticks: u64) -> FileTime {
    FileTime::from_ticks(midnight(day).ticks() + seconds * 10_000_000 + ticks)
}

/// Events of each channel.
struct Month {
    system: Vec<Event>,
    rcm: Vec<Event>,
    lsm: Vec<Event>,
    core: Vec<Event>,
    security: Vec<Event>,
}

/// The logs, by channel.
pub(super) fn logs() -> Vec<(&'static str, Vec<Event>)> {
    let mut month = Month {
        system: vec![],
        rcm: vec![],
        lsm: vec![],
        core: vec![],
        security: vec![],
    };
    for day in DAYS {
        month.ordinary_day(day);
        // The 27th day is 16 November; from the 29th, 18 November, nobody gets in.
        match day {
            0..28 => month.sessions(day),
            28 => {}
            _ => month.failing_clients(day),
        }
    }
    month.hardened(27);
    month.renewal_fails();
    let Month {
        system,
        rcm,
        lsm,
        core,
        security,
    } = month;
    vec![
        (SCHANNEL.channel, numbered(system, 1)),
        (RCM_OPERATIONAL.channel, numbered(rcm, 1)),
        (LSM.channel, numbered(lsm, 1)),
        (RDP_CORE.channel, numbered(core, 1)),
        (AUDIT.channel, numbered(security, 1)),
        ("Application", Vec::new()),
    ]
}

impl Month {
    fn ordinary_day(&mut self, day: u32) {
        let services = [
            "Windows Update",
            "Background Intelligent Transfer Service",
            "Software Protection",
            "WMI Performance Adapter",
        ];
        for (number, service) in (0..).zip(services) {
            for (hour, state) in [
                (6, "running"),
                (7, "stopped"),
                (18, "running"),
                (19, "stopped"),
            ] {
                let time = at(
                    day,
                    hour * 3600 + number * 97,
                    u64::from(day) * 1_234_567 % 10_000_000,
                );
                let data = vec![
                    ("param1", Value::text(service)),
                    ("param2", Value::text(state)),
                ];
                self.system
                    .push(event(SCM, 7036, 4, time, Payload::Named(data)));
            }
        }
        if day.is_multiple_of(7) {
            self.boot(at(day, 3 * 3600, 0));
        }
        if day % 5 == 2 {
            // A monitoring agent that cannot agree with an old server: the usual client-side noise.
            let data = vec![
                ("Type", Value::text("client")),
                ("ErrorState", Value::U32(10013)),
            ];
            self.system.push(event(
                SCHANNEL,
                36871,
                2,
                at(day, 40_000, 0),
                Payload::Named(data),
            ));
        }
        if day == 9 {
            let data = vec![
                ("SupportInfo1", Value::U32(1)),
                ("SupportInfo2", Value::U32(4100)),
                ("ProcessingMode", Value::U32(0)),
                ("ProcessingTimeInMilliseconds", Value::U32(1500)),
                ("ErrorCode", Value::U32(53)),
                (
                    "ErrorDescription",
                    Value::text("The network path was not found. "),
                ),
                ("DCName", Value::text("")),
            ];
            self.system.push(event(
                GROUP_POLICY,
                1058,
                2,
                at(day, 11_111, 0),
                Payload::Named(data),
            ));
        }
    }

    fn boot(&mut self, time: FileTime) {
        let data = vec![
            ("MajorVersion", Value::U32(10)),
            ("MinorVersion", Value::U32(0)),
            ("BuildVersion", Value::U32(20348)),
            ("QfeVersion", Value::U32(2849)),
            ("ServiceVersion", Value::U32(0)),
            ("BootMode", Value::U32(0)),
            ("StartTime", Value::FileTime(time)),
        ];
        self.system
            .push(event(KERNEL, 12, 4, time, Payload::Named(data)));
    }

    /// A day's sessions: everything from the listener to the shell works.
    fn sessions(&mut self, day: u32) {
        let clients = [
            ("anna", "203.0.113.10"),
            ("build", "203.0.113.44"),
            ("omar", "198.51.100.7"),
        ];
        for (number, (user, address)) in (0..).zip(clients) {
            let start = 28_800 + number * 4_321 + u64::from(day) * 61;
            self.reaches_listener(day, start, address, number);
            let who = vec![
                ("Param1", Value::text(user)),
                ("Param2", Value::text("CONTOSO")),
                ("Param3", Value::text(address)),
            ];
            self.rcm.push(event(
                RCM_OPERATIONAL,
                1149,
                4,
                at(day, start + 2, 0),
                Payload::UserData(who),
            ));
            for (id, later) in [(21, 4), (22, 6), (24, 3_600), (23, 3_660)] {
                self.lsm.push(event(
                    LSM,
                    id,
                    4,
                    at(day, start + later, 0),
                    session(user, address, number + 2),
                ));
            }
        }
    }

    /// Clients that get as far as TLS.
    fn failing_clients(&mut self, day: u32) {
        for (number, address) in (0..).zip([
            "203.0.113.10",
            "203.0.113.44",
            "198.51.100.7",
            "203.0.113.10",
        ]) {
            let start = 28_800 + number * 2_700;
            self.reaches_listener(day, start, address, number);
            let key = vec![
                ("Type", Value::text("server")),
                ("ErrorCode", Value::Hex32(0x8009_030D)),
                ("ErrorStatus", Value::U32(10001)),
            ];
            self.system.push(event(
                SCHANNEL,
                36870,
                2,
                at(day, start + 1, 200_000),
                Payload::Named(key),
            ));
            let reason = vec![("ReasonCode", Value::U32(14))];
            self.core.push(event(
                RDP_CORE,
                103,
                4,
                at(day, start + 1, 900_000),
                Payload::Named(reason),
            ));
            self.core.push(event(
                RDP_CORE,
                102,
                4,
                at(day, start + 1, 910_000),
                Payload::None,
            ));
        }
    }

    fn reaches_listener(&mut self, day: u32, start: u64, address: &str, number: u64) {
        let connection = vec![
            ("ConnType", Value::text("TCP")),
            (
                "ClientIP",
                Value::Text(format!("{address}:{}", 50_000 + number)),
            ),
        ];
        self.core.push(event(
            RDP_CORE,
            131,
            4,
            at(day, start, 0),
            Payload::Named(connection),
        ));
        let listener = vec![("listenerName", Value::text("RDP-Tcp"))];
        self.rcm.push(event(
            RCM_OPERATIONAL,
            261,
            4,
            at(day, start, 500_000),
            Payload::UserData(listener),
        ));
    }

    /// The product that takes the rights away, and the restart after it.
    fn hardened(&mut self, day: u32) {
        let path = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_5a2d1c0e-8a6f-4a55-9d0c-0d6b2f2f7a11";
        let data = vec![
            ("SubjectUserName", Value::text("WEB01$")),
            ("ObjectServer", Value::text("Security")),
            ("ObjectType", Value::text("File")),
            ("ObjectName", Value::text(path)),
            (
                "OldSd",
                Value::text(
                    "D:(A;;FR;;;NS)(A;;FA;;;SY)(A;;FA;;;S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104)",
                ),
            ),
            ("NewSd", Value::text("D:PAI(A;;FA;;;BA)")),
            (
                "ProcessName",
                Value::text(r"C:\Program Files\Contoso Baseline\baseline.exe"),
            ),
        ];
        self.security.push(event(
            AUDIT,
            4670,
            0,
            at(day, 79_200, 0),
            Payload::Named(data),
        ));
        self.boot(at(day, 80_100, 0));
    }

    /// The certificate of May is due; the service may not touch its key.
    fn renewal_fails(&mut self) {
        let denied = vec!["Access is denied.\r\n".to_owned()];
        for (day, seconds) in [(29, 7_203), (30, 7_204), (31, 7_203)] {
            self.system.push(event(
                RCM,
                1058,
                2,
                at(day, seconds, 0),
                Payload::Classic(denied.clone(), None),
            ));
        }
    }
}

fn session(user: &str, address: &str, number: u64) -> Payload {
    Payload::UserData(vec![
        ("User", Value::Text(format!(r"CONTOSO\{user}"))),
        ("SessionID", Value::Text(number.to_string())),
        ("Address", Value::text(address)),
    ])
}
