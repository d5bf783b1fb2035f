//! What a query is warned of.

use rdpfix_query::{Catalogue, Query, Severity};

const BROKER: &str = "Microsoft-Windows-TerminalServices-SessionBroker";
const CLIENT: &str = "Microsoft-Windows-TerminalServices-SessionBroker-Client";
const RCM: &str = "Microsoft-Windows-TerminalServices-RemoteConnectionManager";

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::new();
    catalogue.add("Schannel", ["System"]);
    catalogue.add(RCM, ["System".into(), format!("{RCM}/Operational")]);
    catalogue.add(BROKER, [format!("{BROKER}/Operational")]);
    catalogue.add(CLIENT, [format!("{CLIENT}/Operational")]);
    catalogue
}

#[track_caller]
fn warnings(text: &str, log: Option<&str>) -> Vec<String> {
    let query = Query::parse(text).unwrap_or_else(|errors| panic!("{errors}"));
    let found = query.warnings(&catalogue(), log);
    found
        .into_iter()
        .map(|warning| match warning.help {
            Some(help) => format!("{}; {help}", warning.message),
            None => warning.message,
        })
        .collect()
}

fn article(provider: &str, id: u32) -> String {
    format!(
        "Event[System[Provider[@Name='{provider}'] and EventID={id} and TimeCreated[timediff(@SystemTime) <= 86400000]]]"
    )
}

#[test]
fn the_articles_two_broker_queries_warn_and_the_others_do_not() {
    for (provider, id) in [
        (RCM, 1058),
        (RCM, 1057),
        ("Schannel", 36870),
        ("Schannel", 36872),
        ("Schannel", 36871),
    ] {
        assert_eq!(warnings(&article(provider, id), Some("system")), [""; 0]);
    }
    for (provider, id) in [(BROKER, 2056), (CLIENT, 1296)] {
        let found = warnings(&article(&format!(" {provider} "), id), Some("system"));
        assert_eq!(
            found,
            [
                format!(
                    "provider ' {provider} ' has spaces inside the quotes, so nothing can match; did you mean '{provider}'?"
                ),
                format!(
                    "provider '{provider}' never writes to the channel 'system'; it writes to '{provider}/Operational'"
                ),
            ]
        );
    }
}

#[test]
fn a_warning_is_drawn_under_the_name() {
    let text = "*[System[Provider[@Name='schannel']]]";
    let query = Query::parse(text).unwrap();
    let found = query.warnings(&catalogue(), None);
    assert_eq!(found[0].severity, Severity::Warning);
    assert_eq!(
        found[0].render(text),
        "warning: provider 'schannel' differs in letter case, so nothing can match\n\
         \x20 *[System[Provider[@Name='schannel']]]\n\
         \x20                         ^^^^^^^^^^\n\
         \x20 help: did you mean 'Schannel'?\n"
    );
}

#[test]
fn provider_names() {
    let one = |name: &str| warnings(&format!("*/System/Provider/@Name='{name}'"), None);
    assert_eq!(
        one("Scannel"),
        ["provider 'Scannel' is not known; did you mean 'Schannel'?"]
    );
    assert_eq!(one("Service Control Manager"), [""; 0]);
    assert_eq!(
        one("Microsoft-*"),
        [
            "provider 'Microsoft-*' has a wildcard inside the quotes, where it is an ordinary character"
        ]
    );
}

#[test]
fn event_ids() {
    let one = |id: &str| warnings(&format!("*[System/EventID={id}]"), None);
    assert_eq!(one("65535"), [""; 0]);
    assert_eq!(
        one("3221227530"),
        [
            "no event has the id 3221227530: ids go up to 65535; the low half is the id: `EventID=2058`; the high half is `@Qualifiers`"
        ]
    );
    assert_eq!(
        one("'1058'"),
        ["an event id is a number; in quotes it compares as text; write `1058` without quotes"]
    );
    assert_eq!(one("'abc'").len(), 1);
    assert_eq!(one("-1").len(), 1);
    assert_eq!(one("1.5").len(), 1);
}

#[test]
fn channels_of_a_querylist() {
    let list = |path: &str| {
        let provider = article(BROKER, 2056).replace('<', "&lt;");
        warnings(
            &format!(
                "<QueryList><Query Path=\"{path}\"><Select>{provider}</Select></Query></QueryList>"
            ),
            Some("Application"),
        )
    };
    assert_eq!(
        list(&format!("{BROKER}/Operational").to_lowercase()),
        [""; 0]
    );
    assert_eq!(list("file://C:\\x\\System.evtx"), [""; 0]);
    assert_eq!(list("System").len(), 1);
    assert_eq!(
        warnings(&format!("*[System[Provider[@Name='{BROKER}'] and Channel=' System ']]"), None),
        [
            format!("provider '{BROKER}' never writes to the channel 'System'; it writes to '{BROKER}/Operational'"),
            "channel ' System ' has spaces inside the quotes, so nothing can match; did you mean 'System'?".into(),
        ]
    );
}

#[test]
fn what_windows_limits() {
    let many = format!("*[System[{}]]", vec!["EventID=1"; 33].join(" or "));
    assert!(
        warnings(&many, None)[0]
            .starts_with("this XPath has 33 conditions, and Windows takes at most 32")
    );
    assert_eq!(warnings("*[System[position() <= 1]]", None), [""; 0]);
    assert!(warnings("*[position() <= 10]", None)[0].starts_with("counts events"));
    let two = "<QueryList><Query><Select Path='A'>*</Select><Suppress Path='B'>*</Suppress></Query><Query Id='1'><Select>*</Select></Query></QueryList>";
    let found = warnings(two, None);
    assert!(found[0].starts_with("Windows wants an `Id`"), "{found:?}");
    assert!(
        found[1].starts_with("no `<Select>` of this `<Query>` has the same `Path`"),
        "{found:?}"
    );
}
