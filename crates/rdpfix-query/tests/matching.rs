//! What matches: values, paths, positions, holes, `QueryList`s.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test helper that fails is a failing test"
)]

use rdpfix_formats::event::{Element, Event};
use rdpfix_formats::filetime::FileTime;
use rdpfix_formats::guid::Guid;
use rdpfix_formats::reading::Reason;
use rdpfix_formats::value::Value;
use rdpfix_query::Match::{No, Unknown, Yes};
use rdpfix_query::{CompiledQuery, Match, Origin};

fn now() -> FileTime {
    FileTime::parse("2026-11-23T12:00:00Z").unwrap()
}

fn field(name: &str, value: Value) -> Element {
    Element::new(name).with_value(value)
}

fn data(name: &str, value: &str) -> Element {
    field("Data", Value::text(value)).with_attribute("Name", Value::text(name))
}

fn system() -> Element {
    let guid = Guid::parse("{C76BAA63-AE81-421C-B425-340B4B24157F}").unwrap();
    Element::new("System")
        .with_child(
            Element::new("Provider")
                .with_attribute("Name", Value::text("Schannel"))
                .with_attribute("Guid", Value::Guid(guid)),
        )
        .with_child(field("EventID", Value::U16(36870)).with_attribute("Qualifiers", Value::U16(0)))
        .with_child(field("Level", Value::U8(2)))
        .with_child(field("Keywords", Value::Hex64(0x8020_0000_0000_0000)))
        .with_child(Element::new("TimeCreated").with_attribute(
            "SystemTime",
            Value::FileTime(FileTime::parse("2026-11-23T11:00:00.5Z").unwrap()),
        ))
        .with_child(Element::new("Correlation").with_attribute("ActivityID", Value::Null))
        .with_child(field("Channel", Value::text("System")))
}

fn event() -> Event {
    Event::new(
        Element::new("Event").with_child(system()).with_child(
            Element::new("EventData")
                .with_child(data("Type", "server"))
                .with_child(data("ErrorCode", "0x8009030d"))
                .with_child(field("Data", Value::text("third"))),
        ),
    )
}

fn user_event() -> Event {
    let inner = Element::new("EventXML")
        .with_child(field("User", Value::text("alice")))
        .with_child(field("Session", Value::U32(3)));
    Event::new(Element::new("Event").with_child(Element::new("UserData").with_child(inner)))
}

#[track_caller]
fn ask(query: &str, event: &Event) -> Match {
    let query = CompiledQuery::parse(query).unwrap_or_else(|errors| panic!("{errors}"));
    let answer = query.matches(event, now());
    assert!(
        answer == No || query.requirements().allow(event),
        "requirements exclude it"
    );
    answer
}

#[track_caller]
fn table(event: &Event, rows: &[(&str, Match)]) {
    for (query, wanted) in rows {
        assert_eq!(ask(query, event), *wanted, "{query}");
    }
}

#[test]
fn system_fields() {
    table(
        &event(),
        &[
            ("*", Yes),
            ("Event", Yes),
            ("*[System]", Yes),
            (
                "*[System[Provider[@Name='Schannel'] and EventID=36870]]",
                Yes,
            ),
            ("*[System[Provider[@Name='schannel']]]", No),
            ("*[System[Provider[@Name=' Schannel ']]]", No),
            ("*[System/EventID=0x9006]", Yes),
            ("*[System[(EventID=36870 or EventID=36872)]]", Yes),
            ("*[System[EventID='36870']]", Yes),
            ("*[System[36870=EventID]]", Yes),
            ("*[System[36000 < EventID and 37000 >= EventID]]", Yes),
            ("*[System[EventID!=36870]]", No),
            ("*[System/EventID[@Qualifiers]]", Yes),
            ("*[System/EventID/@Qualifiers=0]", Yes),
            (
                "*[System[Provider[@Guid='c76baa63-ae81-421c-b425-340b4b24157f']]]",
                Yes,
            ),
            ("*[System[Correlation[@ActivityID]]]", No),
            ("*[System[Correlation]]", Yes),
            ("*[System[Level <= 3]][EventData]", Yes),
            ("*[System[Level <= 3]][UserData]", No),
            ("*[System/*/@SystemTime]", Yes),
            ("*[System[Provider='']]", Yes),
            ("*[System[Nothing!=1]]", No),
            ("*[System='']", No),
            ("*[1=1]", Yes),
            ("*[1=2 or System]", Yes),
            ("*[System[Level=2.0]]", Yes),
            ("*[System[Level>1.5]]", Yes),
        ],
    );
}

#[test]
fn paths_may_begin_outside_the_brackets() {
    table(
        &event(),
        &[
            ("Event/System[Level<=2]", Yes),
            ("Event/System/Provider[@Name='Schannel']", Yes),
            ("*/System/EventID=36870 and */EventData/Data='server'", Yes),
            ("*[System[Level=2]] and *[EventData[Data='client']]", No),
            ("*[System[Level=9]] or *[EventData[Data='server']]", Yes),
        ],
    );
}

#[test]
fn event_data() {
    table(
        &event(),
        &[
            ("*[EventData/Data='server']", Yes),
            ("*[EventData[Data='server']]", Yes),
            ("*[EventData/Data[@Name='Type']='server']", Yes),
            ("*[EventData/Data[@Name='Type']='third']", No),
            ("*[EventData[Data[@Name='Type'] and (Data='third')]]", Yes),
            ("*[EventData/Data[@Name='ErrorCode']=2148074253]", Yes),
            ("*[EventData/Data[@Name='ErrorCode']='0x8009030D']", Yes),
            ("*[EventData/Data!='server']", Yes),
            ("*[EventData/Data!=5]", Yes),
            ("*[EventData/Data[@Name='Type']!=5]", No),
            ("*[EventData/Data[3]='third']", Yes),
            ("*[EventData/Data[1]='third']", No),
            ("*[EventData/Data[position()>1]='server']", No),
            ("*[EventData/Data[@Name][2]='0x8009030d']", Yes),
            ("*[EventData/*[2]/@Name='ErrorCode']", Yes),
            ("*[EventData/Data[4]]", No),
        ],
    );
}

#[test]
fn user_data_at_any_depth() {
    table(
        &user_event(),
        &[
            ("*[UserData/EventXML]", Yes),
            ("*[UserData/*/User='alice']", Yes),
            ("*[UserData/EventXML[User='alice' and Session=3]]", Yes),
            ("*[UserData/*/*=3]", Yes),
            ("*[UserData/User='alice']", No),
            ("*[System]", No),
        ],
    );
}

#[test]
fn masks() {
    table(
        &event(),
        &[
            ("*[System[band(Keywords, 9007199254740992)]]", Yes),
            ("*[System[Band(0x8000000000000000, Keywords)]]", Yes),
            ("*[System[band(Keywords, 1)]]", No),
            ("*[System[band(Keywords, '0x20000000000000')]]", Yes),
            ("*[band(6, 4)]", Yes),
            ("*[band(EventData/Data, 0x1)]", Yes),
            ("*[System[Keywords='0x8020000000000000']]", Yes),
        ],
    );
}

#[test]
fn times() {
    table(
        &event(),
        &[
            (
                "*[System[TimeCreated[timediff(@SystemTime) <= 3599500]]]",
                Yes,
            ),
            (
                "*[System[TimeCreated[timediff(@SystemTime) < 3599500]]]",
                No,
            ),
            (
                "*[System[TimeCreated[3599500 >= timediff(@SystemTime)]]]",
                Yes,
            ),
            (
                "*[System[TimeCreated[timediff(@SystemTime, '2026-11-23T11:00:00Z') = -500]]]",
                Yes,
            ),
            (
                "*[System[TimeCreated[timediff('2026-11-23T11:00:00Z', @SystemTime) = 500]]]",
                Yes,
            ),
            (
                "*[System[TimeCreated[timediff(@SystemTime, @SystemTime) = 0]]]",
                Yes,
            ),
            ("*[System[TimeCreated[timediff(@Other) < 1]]]", No),
            (
                "*[System[TimeCreated[@SystemTime >= '2026-11-23T00:00:00.000Z']]]",
                Yes,
            ),
            (
                "*[System[TimeCreated[@SystemTime > '2026-11-23T11:00:00.500Z']]]",
                No,
            ),
            (
                "*[System[TimeCreated['2026-11-24T00:00:00Z' > @SystemTime]]]",
                Yes,
            ),
        ],
    );
}

#[test]
fn a_hole_leaves_the_question_open() {
    let lost = Reason::LostInText;
    let torn = Event::new(
        Element::new("Event")
            .with_child(
                Element::new("System")
                    .with_child(field("EventID", Value::text("1058")))
                    .with_unreadable(lost.clone()),
            )
            .with_child(
                Element::new("EventData")
                    .with_child(data("Type", "server"))
                    .with_child(Element::new("Data").with_unreadable(lost.clone()))
                    .with_unreadable(lost),
            ),
    );
    table(
        &torn,
        &[
            ("*[System[EventID=1058]]", Yes),
            // There is one EventID in an event, and it was read.
            ("*[System[EventID=1057]]", No),
            ("*[System[Level=2]]", Unknown),
            ("*[System[Level=2 and EventID=1057]]", No),
            ("*[System[Level=2 and EventID=1058]]", Unknown),
            ("*[System[Level=2 or EventID=1058]]", Yes),
            ("*[System[band(Keywords, 1)]]", Unknown),
            ("*[System[TimeCreated[timediff(@SystemTime) < 1]]]", Unknown),
            ("*[System[EventID[@Qualifiers]]]", No),
            // There may be any number of Data.
            ("*[EventData/Data='server']", Yes),
            ("*[EventData/Data='client']", Unknown),
            ("*[EventData/Data[1=2]='client']", No),
            ("*[EventData/Data[@Name='Other']]", Unknown),
            ("*[EventData/Data[1]='server']", Unknown),
            ("*[EventData/Data[position()<=0]='server']", Unknown),
            ("*[UserData]", No),
        ],
    );
    table(
        &Event::new(Element::new("Event").with_unreadable(Reason::LostInText)),
        &[
            ("*", Yes),
            ("*[System[EventID=1]]", Unknown),
            ("*[UserData/A/B=1]", Unknown),
            ("*[1=2]", No),
        ],
    );
}

#[test]
fn positions_of_events_are_counted_in_a_run() {
    let other = user_event();
    let run = |query: &str, events: &[&Event]| -> Vec<Match> {
        let query = CompiledQuery::parse(query).unwrap();
        let mut matcher = query.matcher();
        events
            .iter()
            .map(|event| matcher.matches(event, now()))
            .collect()
    };
    let one = event();
    let all = [&one, &other, &one, &one];
    assert_eq!(run("*[position()<=2]", &all), [Yes, Yes, No, No]);
    assert_eq!(run("*[System][position()<=2]", &all), [Yes, No, Yes, No]);
    assert_eq!(run("*[position()<=2][System]", &all), [Yes, No, No, No]);
    assert_eq!(run("*[System][2]", &all), [No, No, Yes, No]);
    assert_eq!(
        run("*[UserData] or *[System][position()=2]", &all),
        [No, Yes, Yes, No]
    );
    let lost = Event::new(Element::new("Event").with_unreadable(Reason::LostInText));
    assert_eq!(
        run("*[System][position()<=1]", &[&lost, &one, &one]),
        [Unknown, Unknown, No]
    );
    assert_eq!(
        run("*[System][position()<=2]", &[&lost, &one, &one]),
        [Unknown, Yes, Unknown]
    );
}

#[test]
fn a_querylist_selects_and_suppresses_per_query() {
    let list = |rules: &str| format!("<QueryList><Query Path='System'>{rules}</Query></QueryList>");
    let event = event();
    table(
        &event,
        &[
            (&list("<Select>*</Select>"), Yes),
            (&list("<Select Path='system'>*</Select>"), Yes),
            (&list("<Select Path='Application'>*</Select>"), No),
            (
                &list("<Select>*</Select><Suppress>*[System[Level=2]]</Suppress>"),
                No,
            ),
            (
                &list("<Select>*</Select><Suppress Path='Application'>*</Suppress>"),
                Yes,
            ),
            (
                &list("<Suppress>*[System[Level=3]]</Suppress><Select>*</Select>"),
                Yes,
            ),
            (
                &list(
                    "<Select>*</Select><Suppress>*</Suppress></Query><Query Path='System'><Select>*[System[Level=2]]</Select>",
                ),
                Yes,
            ),
            (
                &list("<Select Path='file://C:\\Logs\\System.evtx'>*</Select>"),
                Unknown,
            ),
        ],
    );
    let query = CompiledQuery::parse(&list(
        "<Select Path='file://C:\\Logs\\System.evtx'>*</Select>",
    ))
    .unwrap();
    let from = |file| Origin {
        file: Some(file),
        channel: None,
    };
    for (file, wanted) in [
        ("c:/logs/system.evtx", Yes),
        ("/tmp/x/System.evtx", No),
        ("System.evtx", Yes),
        ("Other.evtx", No),
    ] {
        assert_eq!(
            query.matcher().matches_from(&event, from(file), now()),
            wanted,
            "{file}"
        );
    }
    let forwarded =
        CompiledQuery::parse(&list("<Select Path='ForwardedEvents'>*</Select>")).unwrap();
    let origin = Origin {
        channel: Some("ForwardedEvents"),
        file: None,
    };
    assert_eq!(forwarded.matcher().matches_from(&event, origin, now()), Yes);
    assert_eq!(forwarded.matches(&event, now()), No);
}

#[test]
fn what_is_unknown_of_a_suppress_is_unknown() {
    let torn = Event::new(
        Element::new("Event").with_child(
            Element::new("System")
                .with_child(field("Channel", Value::text("System")))
                .with_unreadable(Reason::LostInText),
        ),
    );
    let list = "<QueryList><Query Path='System'><Select>*</Select><Suppress>*[System[Level=2]]</Suppress></Query></QueryList>";
    table(&torn, &[(list, Unknown)]);
}

#[test]
fn an_event_that_costs_too_much_is_unknown() {
    let mut wide = Element::new("EventData");
    for _ in 0..2000 {
        wide = wide.with_child(field("Data", Value::text("x")));
    }
    let event = Event::new(Element::new("Event").with_child(wide));
    let query = format!("*[EventData[{}]]", vec!["Data='y'"; 1000].join(" or "));
    assert_eq!(ask(&query, &event), Unknown);
}

#[test]
fn requirements_of_alternatives() {
    let of = |query: &str| CompiledQuery::parse(query).unwrap().requirements().clone();
    let ids = of("*[System[EventID=1 or EventID=2 or EventID='3']]").event_ids;
    assert_eq!(ids, Some([1, 2, 3].into()));
    assert_eq!(of("*[System[EventID=1 or Level=2]]").event_ids, None);
    assert_eq!(of("*[System[Level<=2]]").levels, Some([0, 1, 2].into()));
    assert_eq!(
        of("*[System/Provider[@Name='A' or @Name='B'] and EventData]").providers,
        Some(["A".into(), "B".into()].into())
    );
    assert_eq!(
        of("*/System/EventID=3 and */EventData/Data=4444").event_ids,
        Some([3].into())
    );
    assert_eq!(of("*[*/EventID=3]").event_ids, None);
    assert_eq!(of("*[System/@EventID=3]").event_ids, None);
    assert_eq!(of("*[System[@Provider[@Name='A']]]").providers, None);
    assert_eq!(of("*[System/@EventID='3']").event_ids, None);
    assert_eq!(of("*[EventData/EventID=3]").event_ids, None);
    let list = "<QueryList><Query Path='A'><Select>*[System[EventID=1]]</Select><Select Path='B'>*[System[EventID=2]]</Select></Query></QueryList>";
    assert_eq!(of(list).channels, Some(["A".into(), "B".into()].into()));
    assert_eq!(of(list).event_ids, Some([1, 2].into()));
}
