//! The language: what it takes, what it refuses, and what it says then.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test helper that fails is a failing test"
)]

use rdpfix_query::{CompiledQuery, Query, Severity};

/// The eight queries of the article this tool began with, two of them with its stray spaces.
pub const ARTICLE: [&str; 8] = [
    "Event[System[Provider[@Name='Microsoft-Windows-TerminalServices-RemoteConnectionManager'] and EventID=1058 and TimeCreated[timediff(@SystemTime) <= 86400000]]]",
    "Event[System[Provider[@Name='Microsoft-Windows-TerminalServices-RemoteConnectionManager'] and EventID=1057 and TimeCreated[timediff(@SystemTime) <= 86400000]]]",
    "Event[System[Provider[@Name='Schannel'] and EventID=36870 and TimeCreated[timediff(@SystemTime) <= 86400000]]]",
    "Event[System[Provider[@Name='Schannel'] and EventID=36872 and TimeCreated[timediff(@SystemTime) <= 86400000]]]",
    "Event[System[Provider[@Name='Schannel'] and EventID=36871 and TimeCreated[timediff(@SystemTime) <= 86400000]]]",
    "Event[System[Provider[@Name=' Microsoft-Windows-TerminalServices-SessionBroker '] and EventID=2056 and TimeCreated[timediff(@SystemTime) <= 86400000]]]",
    "Event[System[Provider[@Name=' Microsoft-Windows-TerminalServices-SessionBroker-Client '] and EventID=1296 and TimeCreated[timediff(@SystemTime) <= 86400000]]]",
    "*[System[Provider[@Name='Schannel']]]",
];

#[track_caller]
fn normal(text: &str) -> String {
    let query = Query::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let normal = query.to_string();
    let again = Query::parse(&normal).unwrap_or_else(|errors| panic!("{normal}\n{errors}"));
    assert_eq!(again.to_string(), normal);
    normal
}

#[track_caller]
fn refused(text: &str) -> String {
    Query::parse(text).expect_err(text).to_string()
}

#[test]
fn the_articles_queries_parse() {
    for query in ARTICLE {
        normal(query);
    }
}

#[test]
fn microsofts_examples_parse() {
    for query in [
        "*",
        "*[UserData/LowOnMemory]",
        "*[System/Level=1]",
        "*[UserData/*/PrinterName=\"MyPrinter\" and System/Level=1]",
        "*[System[(Level <= 3) and TimeCreated[timediff(@SystemTime) <= 86400000]]]",
        "*[System[(Level=1  or Level=2 or Level=3) and \n TimeCreated[timediff(@SystemTime) <= 86400000]]]",
        "*[System[band(Keywords, 9007199254740992)]]",
        "*[System[Band(Keywords,0x8020000000000000)]]",
        "*[EventData[Data[1]='S-1-5-18']]",
        "*[System[(EventID=4624)]] and *[EventData[Data[@Name='LogonType']='3']]",
        "*/System/EventID=3 and */EventData/Data[@Name=\"DestinationPort\"] and */EventData/Data=4444",
        "Event/System[Level<=2]",
        "Event/System/Provider[@Name='Windows Error Reporting']",
        "*[EventData[Data[@Name='a'] and (Data='v')]]",
    ] {
        normal(query);
    }
}

#[test]
fn the_normal_form() {
    for (written, printed) in [
        (
            "*[ System [ ( EventID = 0x422 ) ] ]",
            "*[System[EventID = 1058]]",
        ),
        ("*[(A or B) and (C and D)]", "*[(A or B) and C and D]"),
        ("*[(A and B) or (C or D)]", "*[A and B or C or D]"),
        ("child::*[attribute::Name=\"it's\"]", "*[@Name = \"it's\"]"),
        ("*[EventData/Data[2]]", "*[EventData/Data[position() = 2]]"),
        ("*[4624=System/EventID]", "*[4624 = System/EventID]"),
        ("*[System][EventData]", "*[System][EventData]"),
        (
            "*[System[TimeCreated[TIMEDIFF(@SystemTime)<'1000']]]",
            "*[System[TimeCreated[timediff(@SystemTime) < 1000]]]",
        ),
        (
            "*[System[TimeCreated[timediff(@SystemTime)<-1]]]",
            "*[System[TimeCreated[timediff(@SystemTime) < -1]]]",
        ),
    ] {
        assert_eq!(normal(written), printed, "{written}");
    }
}

#[test]
fn entities_and_upper_case_are_taken_with_a_note() {
    let query =
        Query::parse("*[System[Level &gt;= 1 AND Level &lt;= 3 and Provider[@Name='&gt;']]]")
            .unwrap();
    assert_eq!(
        query.to_string(),
        "*[System[Level >= 1 and Level <= 3 and Provider[@Name = '&gt;']]]"
    );
    let notes: Vec<_> = query
        .notes()
        .iter()
        .map(|note| (note.severity, note.span.start))
        .collect();
    assert_eq!(
        notes,
        [
            (Severity::Note, 15),
            (Severity::Note, 33),
            (Severity::Note, 23)
        ]
    );
}

#[test]
fn an_error_shows_its_place() {
    assert_eq!(
        refused("Event[System[EventID=1058]"),
        "error: expected `]`, `and` or `or`, found end of query\n\
         \x20 Event[System[EventID=1058]\n\
         \x20                           ^"
    );
    assert_eq!(
        refused("*[System[EventID==1058]]"),
        "error: `==` is not an operator of XPath\n\
         \x20 *[System[EventID==1058]]\n\
         \x20                 ^^\n\
         \x20 help: write `=`"
    );
}

#[test]
fn all_errors_at_once() {
    let text = refused(
        "*[System[EventID= and Level==2 and contains(Channel, 'x')] and EventData[Data!5]]",
    );
    assert_eq!(text.matches("error: ").count(), 4, "{text}");
    let text = refused("*[System[(Level=1 or Level=) and Level=+3] or EventData[Data=]]");
    assert_eq!(text.matches("error: ").count(), 3, "{text}");
}

#[test]
fn what_windows_does_not_take_says_so_and_says_what_to_do() {
    for (text, what) in [
        ("*[contains(EventData/Data, 'x')]", "`contains()`"),
        (
            "*[EventData[Data[starts-with(text(), 'x')]]]",
            "`starts-with()`",
        ),
        ("*[System[not(EventID=1)]]", "`not()`"),
        ("*[EventData/Data/text()='x']", "`text()`"),
        ("*[EventData/Data[last()]]", "`last()`"),
        ("//Event", "`//`"),
        ("*[System//EventID=1]", "`//`"),
        ("/Event", "a path from the root"),
        ("*[.//Data]", "`.`"),
        ("*[../Data]", "`..`"),
        ("*[descendant::Data='x']", "the axis `descendant::`"),
        ("*[self::Event]", "the axis `self::`"),
        ("*[System/Level] | *[EventData]", "`|`"),
        ("*[System[EventID=$id]]", "a variable"),
        ("*[System[EventID=1+2]]", "`+`"),
        ("*[System[EventID * 2 = 4]]", "`*`"),
        ("*[System[EventID mod 2 = 0]]", "`mod`"),
        ("*[System[!Level]]", "`!`"),
        (
            "*[System[EventID=Level]]",
            "comparing one node with another",
        ),
        ("*[e:System]", "a namespace prefix"),
    ] {
        let errors = refused(text);
        let wanted = format!("{what} is not supported by the Windows event log");
        assert!(errors.contains(&wanted), "{text}\n{errors}");
        assert!(errors.contains("help: "), "{text}\n{errors}");
    }
}

#[test]
fn what_is_not_a_query() {
    for (text, message) in [
        (
            "",
            "expected a name, `*`, `@` or a value, found end of query",
        ),
        ("System[EventID=1]", "put it into brackets: `*[System…]`"),
        ("event[System]", "names are case-sensitive: write `Event`"),
        ("'text'", "a string is not a condition"),
        ("*[System[Level or 5]]", "a number is not a condition"),
        (
            "*[System[TimeCreated[timediff(@SystemTime)]]]",
            "`timediff()` is a number of milliseconds",
        ),
        (
            "*[System[band(Keywords, 1) = 1]]",
            "a condition is already true or false",
        ),
        (
            "*[System[band(Keywords)]]",
            "expected two arguments for `band`, found 1",
        ),
        (
            "*[System[band(Keywords, 'x')]]",
            "expected a whole number as argument of `band`",
        ),
        ("*[System[1 < Level < 3]]", "found a second comparison"),
        (
            "position()=1",
            "`position()` stands in the brackets of a step",
        ),
        (
            "*[System/Provider/@Name/x]",
            "an attribute encloses nothing",
        ),
        (
            "*[System[Provider[@Name=‘Schannel’]]]",
            "a typographic quote does not begin a string",
        ),
        (
            "*[System[Provider[@Name='Schannel]]]",
            "to close this string, found end of query",
        ),
        (
            "*[System[EventID=99999999999999999999]]",
            "expected a number of at most 64 bits",
        ),
        (
            "*[System[EventID=1 && Level=2]]",
            "`&&` is not an operator of XPath",
        ),
        (
            "*]",
            "expected `and`, `or` or the end of the query, found `]`",
        ),
        (
            "*[System[(EventID=1]]",
            "expected `)`, `and` or `or`, found `]`",
        ),
        ("*[]", "found `]`"),
    ] {
        let errors = refused(text);
        assert!(errors.contains(message), "{text}\n{errors}");
    }
}

#[test]
fn depth_and_length_are_bounded() {
    for (open, close) in [("*[", "]"), ("(", ")"), ("*[(", ")]")] {
        let deep = |n: usize| format!("*[{}*{}]", open.repeat(n), close.repeat(n));
        normal(&deep(20));
        let errors = refused(&deep(5000));
        assert!(errors.contains("nested deeper than 64 levels"), "{errors}");
        assert_eq!(errors.matches("error: ").count(), 1, "{errors}");
    }
    assert!(refused(&format!("*[A='{}']", "x".repeat(70_000))).contains("at most 65536 bytes"));
    normal(&format!("*[{}]", vec!["A=1"; 7000].join(" or ")));
}

#[test]
fn a_querylist_is_read_and_printed() {
    let list = "<?xml version='1.0'?>\n<QueryList><!-- c --><Query Id=\"0\" Path='System'>\
        <Select Path=\"Application\">*[System[(Level &lt;= 3)]]</Select>\
        <Suppress><![CDATA[*[System[Level < 2]]]]></Suppress><Select>*[EventData/Data=&quot;&amp;&#65;&quot;]</Select>\
        </Query></QueryList>";
    assert_eq!(
        normal(list),
        "<QueryList>\n  <Query Id=\"0\" Path=\"System\">\n    \
         <Select Path=\"Application\">*[System[Level &lt;= 3]]</Select>\n    \
         <Suppress>*[System[Level &lt; 2]]</Suppress>\n    \
         <Select>*[EventData/Data = '&amp;A']</Select>\n  </Query>\n</QueryList>"
    );
}

#[test]
fn querylist_errors_have_their_place() {
    let text = refused(
        "<QueryList>\n<Query Id='x'>\n<Select Path='A'>*[System[Level &lt; ]]</Select>\n</Query></QueryList>",
    );
    assert!(
        text.contains("expected a whole number as `Id`\n  (line 2)"),
        "{text}"
    );
    assert!(text.contains("  (line 3)\n  <Select Path='A'>*[System[Level &lt; ]]</Select>\n                                       ^"), "{text}");
    for (list, message) in [
        ("<QueryList></QueryList>", "needs at least one `<Query>`"),
        (
            "<QueryList><Query></Query></QueryList>",
            "needs at least one `<Select>`",
        ),
        (
            "<QueryList><Query><Select>*</Select>",
            "expected `</Query>`, found end of query",
        ),
        (
            "<QueryList><Query><Select>*</Wrong></Query></QueryList>",
            "not well-formed XML at byte",
        ),
        (
            "<QueryList><Query><Find>*</Find></Query></QueryList>",
            "expected `<Select>` or `<Suppress>`, found `<Find>`",
        ),
        (
            "<QueryList><Query><Select>*[A=1 & B]</Select></Query></QueryList>",
            "expected an entity",
        ),
        (
            "<Events></Events>",
            "expected `<QueryList>`, found `<Events>`",
        ),
        (
            "<QueryList>x<Query><Select>*</Select></Query></QueryList>",
            "expected `<Query>`, found text",
        ),
        (
            "<QueryList><Query><Select></Select></Query></QueryList>",
            "found end of query",
        ),
    ] {
        let errors = refused(list);
        assert!(errors.contains(message), "{list}\n{errors}");
    }
}

#[test]
fn names_and_requirements_of_the_first_article_query() {
    let query = CompiledQuery::parse(ARTICLE[2]).unwrap();
    let names = query.query().names();
    let texts: Vec<_> = names
        .iter()
        .map(|name| {
            (
                name.text.as_str(),
                &ARTICLE[2][name.span.start..name.span.end],
            )
        })
        .collect();
    assert_eq!(texts, [("Schannel", "'Schannel'"), ("36870", "36870")]);
    let requirements = query.requirements();
    assert_eq!(requirements.providers, Some(["Schannel".to_owned()].into()));
    assert_eq!(requirements.event_ids, Some([36870].into()));
    assert_eq!(
        (&requirements.channels, &requirements.levels),
        (&None, &None)
    );
}
