//! Texts as people send them.

use super::*;
use crate::event::render::{self, EventView};
use crate::event::{Event, Note};
use crate::reading::{Reading, Reason};

fn export(text: &str) -> TextExport {
    read(text.as_bytes()).unwrap()
}

fn one(text: &str) -> LocatedEvent {
    let mut events = export(text).events;
    assert_eq!(events.len(), 1, "{events:#?}");
    events.remove(0).unwrap()
}

fn view(event: &LocatedEvent) -> EventView {
    EventView::of(&event.event)
}

const RCM: &str = "Microsoft-Windows-TerminalServices-RemoteConnectionManager";

const WEVTUTIL: &str = "Event[0]:\r\n  Log Name: System\r\n  Source: Microsoft-Windows-TerminalServices-RemoteConnectionManager\r\n  Date: 2023-05-29T06:15:19.719\r\n  Event ID: 1058\r\n  Task: N/A\r\n  Level: Error\r\n  Opcode: N/A\r\n  Keyword: Classic\r\n  User: N/A\r\n  User Name: N/A\r\n  Computer: web01.contoso.com\r\n  Description: \r\nThe RD Session Host Server has failed to replace the expired self signed certificate.\r\nThe relevant status code was Access is denied.\r\n\r\n\r\n";

#[test]
fn wevtutil_text() {
    let event = one(WEVTUTIL);
    let seen = view(&event);
    assert_eq!(seen.channel.as_deref(), Some("System"));
    assert_eq!(seen.provider.as_deref(), Some(RCM));
    assert_eq!(seen.event_id, Some(1058));
    assert_eq!(seen.level, Some(2));
    assert_eq!(seen.computer.as_deref(), Some("web01.contoso.com"));
    assert_eq!(
        seen.time_created.as_deref(),
        Some("2023-05-29T06:15:19.7190000Z")
    );
    assert_eq!(
        seen.message.as_deref(),
        Some(
            "The RD Session Host Server has failed to replace the expired self signed certificate.\nThe relevant status code was Access is denied."
        )
    );
    assert_eq!(event.offset, 0);
    assert!(matches!(event.notes[..], [Note::ZoneUnknown(_)]));
}

#[test]
fn what_text_lost_is_unreadable_not_absent() {
    let Event { root } = one(WEVTUTIL).event;
    let event = Event { root };
    assert_eq!(
        event.system().record_id(),
        Reading::Unreadable(Reason::LostInText)
    );
    assert_eq!(
        event.system().provider_guid(),
        Reading::Unreadable(Reason::LostInText)
    );
    assert_eq!(event.payload(), Reading::Unreadable(Reason::LostInText));
    assert_eq!(event.system().user(), Reading::Absent);
    let written = render::xml(&event);
    let again = crate::event::xml::events(written.as_bytes()).next();
    assert_eq!(again.unwrap().unwrap().event, event);
}

#[test]
fn several_blocks_and_one_that_is_cut() {
    let second = WEVTUTIL
        .replace("Event[0]:", "Event[1]")
        .replace("1058", "1057");
    let cut = "Event[2]:\r\n  Log Name: System\r\n  Sou";
    let events = export(&format!("{WEVTUTIL}{second}{cut}")).events;
    assert_eq!(events.len(), 3);
    assert_eq!(view(events[0].as_ref().unwrap()).event_id, Some(1058));
    let second = events[1].as_ref().unwrap();
    assert_eq!(view(second).event_id, Some(1057));
    assert_eq!(second.offset, WEVTUTIL.len() as u64);
    let error = events[2].as_ref().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("expected the event's source, found none"),
        "{error}"
    );
}

/// Cuts text as a console of 80 columns does.
fn cut(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut column = 0;
        for char in line.chars() {
            let wide = if console::is_wide(char) { 2 } else { 1 };
            if column + wide > 80 {
                out.push_str("\r\n");
                column = 0;
            }
            out.push(char);
            column += wide;
        }
        out.push_str("\r\n");
    }
    out
}

#[test]
fn a_serial_console_session() {
    let name = "Microsoft-Windows-TerminalServices-SessionBroker-Client";
    let long = format!(
        "Event[0]:\n  Log Name: {name}/Operational\n  Source: {name}\n  Date: 2023-05-29T06:15:19.7190000Z\n  Event ID: 1296\n  \
         Task: RD Connection Broker Client processes request from a user\n  Level: Error\n  Opcode: This is the event opcode that is very long and goes on and on until cut\n  \
         Keyword: N/A\n  User: S-1-5-20\n  User Name: NT AUTHORITY\\NETWORK SERVICE\n  Computer: broker-0001.a-rather-long-domain-name.internal.corporation.example.com\n  Description: \n\
         Remote Desktop Connection Broker Client failed while getting redirection packet from Connection Broker.\nUser : CONTOSO\\bob\nError: Element not found.\n"
    );
    let second = WEVTUTIL.replace("Event[0]:", "Event[1]:");
    let noise = format!(
        "\u{1b}[2J\u{1b}[1;1H\r\nComputer is booting, SAC started and initialized.\r\n\r\nUse the \"ch -?\" command for information about using channels.\r\n\
         SAC>cmd\r\nEVENT:   A new channel has been created.  Use \"ch -?\" for channel help.\r\nChannel: Cmd0001\r\nSAC>ch -si 1\r\n\
         Microsoft Windows [Version 10.0.17763.1]\r\n(c) 2018 Microsoft Corporation. All rights reserved.\r\n\r\n{}{}{}C:\\Windows\\system32>exit\r\nLog Name: x\r\n",
        cut(
            "C:\\Windows\\system32>wevtutil qe System /c:2 /f:text /q:\"Event[System[Provider[@Name='Microsoft-Windows-TerminalServices-RemoteConnectionManager'] and EventID=1058]]\" | more"
        ),
        cut(&long).replace(
            "  Level: Error",
            "-- More  -- \r             \r\u{1b}[31m  Level: Errot\u{8}r\u{1b}[0m"
        ),
        cut(&second),
    );
    let events = export(&noise).events;
    assert_eq!(events.len(), 2, "{events:#?}");
    let seen = view(events[0].as_ref().unwrap());
    assert_eq!(seen.channel, Some(format!("{name}/Operational")));
    assert_eq!(seen.provider.as_deref(), Some(name));
    assert_eq!(seen.event_id, Some(1296));
    assert_eq!(seen.level, Some(2));
    assert_eq!(
        seen.computer.as_deref(),
        Some("broker-0001.a-rather-long-domain-name.internal.corporation.example.com")
    );
    assert_eq!(
        seen.message.as_deref(),
        Some(
            "Remote Desktop Connection Broker Client failed while getting redirection packet from Connection Broker.\nUser : CONTOSO\\bob\nError: Element not found."
        )
    );
    let user = events[0].as_ref().unwrap().event.system().user();
    assert_eq!(user.present().unwrap().to_string(), "S-1-5-20");
    let seen = view(events[1].as_ref().unwrap());
    assert_eq!(seen.event_id, Some(1058));
    assert_eq!(
        seen.message.as_deref(),
        Some(
            "The RD Session Host Server has failed to replace the expired self signed certificate.\nThe relevant status code was Access is denied."
        )
    );
}

#[test]
fn an_unknown_language_is_read_by_place() {
    let finnish = "Tapahtuma[0]:\n  Lokin nimi: System\n  Lähde: Schannel\n  Päivämäärä: 2023-05-29T06:15:19.719\n  Tapahtuman tunnus: 36870\n  Tehtävä: Ei mitään\n  Taso: Virhe\n  Toimintokoodi: Tiedot\n  Avainsana: Ei mitään\n  Käyttäjä: S-1-5-18\n  Käyttäjänimi: NT AUTHORITY\\SYSTEM\n  Tietokone: web01\n  Kuvaus:\nVakava virhe: 0x8009030D.\n";
    let event = one(finnish);
    let seen = view(&event);
    assert_eq!(seen.channel.as_deref(), Some("System"));
    assert_eq!(seen.provider.as_deref(), Some("Schannel"));
    assert_eq!(seen.event_id, Some(36870));
    assert_eq!(seen.level, None);
    assert_eq!(seen.computer.as_deref(), Some("web01"));
    assert_eq!(seen.message.as_deref(), Some("Vakava virhe: 0x8009030D."));
    assert!(matches!(
        event.event.system().level(),
        Reading::Unreadable(Reason::LostInText)
    ));

    let viewer = "Lokin nimi:    System\nLähde:         Schannel\nPäiväys:       29.5.2023 8.15.19\nTapahtumatunnus: 36870\nTehtäväluokka: Ei mitään\nTaso:          Virhe\nAvainsanat:    \nKäyttäjä:      SYSTEM\nTietokone:     web01\nKuvaus:\nVakava virhe.\n";
    let seen = view(&one(viewer));
    assert_eq!(seen.event_id, Some(36870));
    assert_eq!(seen.computer.as_deref(), Some("web01"));
    assert_eq!(seen.message.as_deref(), Some("Vakava virhe."));
}

#[test]
fn event_viewer_in_many_languages() {
    let samples = [
        "Log Name:      System\r\nSource:        Schannel\r\nDate:          5/29/2023 8:15:19 AM\r\nEvent ID:      36870\r\nTask Category: None\r\nLevel:         Error\r\nKeywords:      \r\nUser:          SYSTEM\r\nComputer:      web01\r\nDescription:\r\nText: 0x8009030D.\r\n",
        "Protokollname: System\nQuelle:        Schannel\nDatum:         29.05.2023 08:15:19\nEreignis-ID:   36870\nAufgabenkategorie:Keine\nEbene:         Fehler\nSchlüsselwörter:\nBenutzer:      SYSTEM\nComputer:      web01\nBeschreibung:\nText: 0x8009030D.\n",
        "Nom du journal :System\nSource :       Schannel\nDate :         29/05/2023 08:15:19\nID de l’événement :36870\nCatégorie de la tâche :Aucun\nNiveau :       Erreur\nMots clés :    \nUtilisateur :  Système\nOrdinateur :   web01\nDescription :\nText: 0x8009030D.\n",
        "Nombre de registro:System\nOrigen:        Schannel\nFecha:         29/05/2023 8:15:19\nId. del evento:36870\nCategoría de la tarea:Ninguno\nNivel:         Error\nPalabras clave:\nUsuario:       SYSTEM\nEquipo:        web01\nDescripción:\nText: 0x8009030D.\n",
        "Nome registro: System\nOrigine:       Schannel\nData:          29/05/2023 08:15:19\nID evento:     36870\nCategoria attività:Nessuna\nLivello:       Errore\nParole chiave: \nUtente:        SYSTEM\nComputer:      web01\nDescrizione:\nText: 0x8009030D.\n",
        "Nome do Log:   System\nFonte:         Schannel\nData:          29/05/2023 08:15:19\nIdentificação do Evento:36870\nCategoria da Tarefa:Nenhum\nNível:         Erro\nPalavras-chave:\nUsuário:       SISTEMA\nComputador:    web01\nDescrição:\nText: 0x8009030D.\n",
        "Logboeknaam:   System\nBron:          Schannel\nDatum:         29-5-2023 08:15:19\nGebeurtenis-id:36870\nTaakcategorie: Geen\nNiveau:        Fout\nTrefwoorden:   \nGebruiker:     SYSTEM\nComputer:      web01\nBeschrijving:\nText: 0x8009030D.\n",
        "Nazwa dziennika:System\nŹródło:        Schannel\nData:          29.05.2023 08:15:19\nIdentyfikator zdarzenia:36870\nKategoria zadania:Brak\nPoziom:        Błąd\nSłowa kluczowe:\nUżytkownik:    SYSTEM\nKomputer:      web01\nOpis:\nText: 0x8009030D.\n",
        "Имя журнала:   System\nИсточник:      Schannel\nДата:          29.05.2023 8:15:19\nКод события:   36870\nКатегория задачи:Отсутствует\nУровень:       Ошибка\nКлючевые слова:\nПользователь:  СИСТЕМА\nКомпьютер:     web01\nОписание:\nText: 0x8009030D.\n",
        "ログの名前:         System\nソース:           Schannel\n日付:            2023/05/29 8:15:19\nイベント ID:       36870\nタスクのカテゴリ:      なし\nレベル:           エラー\nキーワード:         \nユーザー:          SYSTEM\nコンピューター:       web01\n説明:\nText: 0x8009030D.\n",
        "日志名称:          System\n来源:            Schannel\n日期:            2023/5/29 8:15:19\n事件 ID:         36870\n任务类别:          无\n级别:            错误\n关键字:           \n用户:            SYSTEM\n计算机:           web01\n描述:\nText: 0x8009030D.\n",
        "로그 이름:         System\n원본:            Schannel\n날짜:            2023-05-29 오전 8:15:19\n이벤트 ID:        36870\n작업 범주:         없음\n수준:            오류\n키워드:           \n사용자:           SYSTEM\n컴퓨터:           web01\n설명:\nText: 0x8009030D.\n",
    ];
    for sample in samples {
        let event = one(sample);
        let seen = view(&event);
        assert_eq!(seen.channel.as_deref(), Some("System"), "{sample}");
        assert_eq!(seen.provider.as_deref(), Some("Schannel"), "{sample}");
        assert_eq!(seen.event_id, Some(36870), "{sample}");
        assert_eq!(seen.level, Some(2), "{sample}");
        assert_eq!(seen.computer.as_deref(), Some("web01"), "{sample}");
        let time = seen.time_created.as_deref();
        assert_eq!(time, Some("2023-05-29T08:15:19.0000000Z"), "{sample}");
        assert_eq!(
            seen.message.as_deref(),
            Some("Text: 0x8009030D."),
            "{sample}"
        );
        // Named accounts are no SIDs.
        assert!(matches!(
            event.event.system().user(),
            Reading::Unreadable(_)
        ));
    }
    let all = samples.join("\r\n\r\n");
    let events = export(&all).events;
    assert_eq!(events.len(), samples.len(), "{:#?}", &events[..3]);
}

#[test]
fn german_wevtutil_out_of_an_oem_console() {
    let text = b"Event[0]:\r\n  Protokollname: System\r\n  Quelle: Schannel\r\n  Datum: 2023-05-29T06:15:19.719\r\n  Ereignis-ID: 36870\r\n  Aufgabe: Nicht zutreffend\r\n  Ebene: Fehler\r\n  Opcode: Info\r\n  Schl\x81sselwort: Nicht zutreffend\r\n  Benutzer: S-1-5-18\r\n  Benutzername: NT-AUTORIT\x8eT\\SYSTEM\r\n  Computer: web01\r\n  Beschreibung: \r\nSchwerwiegender Fehler: Schl\x81ssel.\r\n";
    let event = read(&text[..]).unwrap().events.remove(0).unwrap();
    let seen = view(&event);
    assert_eq!(seen.event_id, Some(36870));
    assert_eq!(seen.level, Some(2));
    assert_eq!(
        seen.message.as_deref(),
        Some("Schwerwiegender Fehler: Schlüssel.")
    );
    assert!(
        event
            .notes
            .iter()
            .any(|note| matches!(note, Note::NotUtf8 { .. }))
    );
}

#[test]
fn the_xml_below_the_text_is_preferred() {
    let text = "Log Name:      System\nSource:        Schannel\nDate:          5/4/2023 8:15:19 AM\nEvent ID:      36870\nTask Category: None\nLevel:         Error\nKeywords:      \nUser:          SYSTEM\nComputer:      web01\nDescription:\nA fatal error occurred.\nEvent Xml:\n<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\n  <System>\n    <Provider Name=\"Schannel\" />\n    <EventID>36870</EventID>\n    <EventRecordID>2213</EventRecordID>\n  </System>\n  <EventData>\n    <Data Name=\"Type\">server</Data>\n  </EventData>\n</Event>\n";
    let event = one(text);
    let seen = view(&event);
    assert_eq!(seen.record_id, Some(2213));
    assert_eq!(seen.data[0].value.as_deref(), Some("server"));
    assert_eq!(seen.message.as_deref(), Some("A fatal error occurred."));
    assert_eq!(event.offset, text.find("<Event ").unwrap() as u64);
    assert_eq!(event.notes, []);
    assert_eq!(export(&text.repeat(3)).events.len(), 3);

    let damaged = text.replace("</System>", "</Sys>");
    let events = export(&damaged).events;
    assert_eq!(view(events[0].as_ref().unwrap()).event_id, Some(36870));
    assert!(matches!(
        events[1],
        Err(TextError {
            kind: TextErrorKind::Xml(_),
            ..
        })
    ));
    assert_eq!(events.len(), 2);
}

#[test]
fn xml_that_a_console_cut_is_put_together() {
    let xml = "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-TerminalServices-RemoteConnectionManager' Guid='{c76baa63-ae81-421c-b425-340b4b24157f}' EventSourceName='TermService'/><EventID Qualifiers='49152'>1058</EventID></System><EventData><Data>Access is denied.</Data></EventData></Event>";
    for padding in 0..12 {
        let text = cut(&format!(
            "C:\\>wevtutil qe System\n{}",
            xml.replace("denied.", &format!("denied.{}", "x".repeat(padding)))
        ));
        let seen = view(&one(&text));
        assert_eq!(seen.provider.as_deref(), Some(RCM));
        assert_eq!(seen.event_id, Some(1058));
        assert_eq!(
            seen.data[0].value.as_deref(),
            Some(&*format!("Access is denied.{}", "x".repeat(padding)))
        );
    }
}

#[test]
fn the_articles_samples() {
    let article = "Example Event Log (Event ID 1058 - Certificate Replacement Failure):\nLog Name: System\nSource: Microsoft-Windows-TerminalServices-RemoteConnectionManager\nDate: time\nEvent ID: 1058\nTask Category: None\nLevel: Error\nKeywords: Classic\nUser: N/A\nComputer: computer\nDescription:\nThe relevant status code was Access is denied.\nExample Event Log:\nLog Name: System\nSource: Schannel\nDate: —\nEvent ID: 36870\nTask Category: None\nLevel: Error\nKeywords:\nUser: SYSTEM\nComputer: computer\nDescription: A fatal error occurred. The error code is 0x8009030D.\nThe internal error state is 10001.\nLog Name: Microsoft-Windows-TerminalServices-SessionBroker/Operational\nSource: Microsoft-Windows-TerminalServices-SessionBroker\nDate: time\nEvent ID: 2056\nTask Category: (109)\nLevel: Error\nKeywords:\nUser: NETWORK SERVICE\nComputer: computer fqdn\nDescription:\nThe description for Event ID 2056 cannot be found.\nThe following information was included with the event:\nNULL\nNULL\nLogon to the database failed.\n";
    let events = export(article).events;
    let views: Vec<_> = events
        .iter()
        .map(|event| view(event.as_ref().unwrap()))
        .collect();
    let ids: Vec<_> = views.iter().map(|view| view.event_id.unwrap()).collect();
    assert_eq!(ids, [1058, 36870, 2056]);
    assert_eq!(views[0].time_created, None);
    assert_eq!(
        views[1].message.as_deref(),
        Some(
            "A fatal error occurred. The error code is 0x8009030D.\nThe internal error state is 10001."
        )
    );
    assert!(
        views[2]
            .message
            .as_deref()
            .unwrap()
            .ends_with("NULL\nNULL\nLogon to the database failed.")
    );
    let first = &events[0].as_ref().unwrap();
    assert_eq!(first.notes, [Note::TimeNotUnderstood("time".into())]);
    assert_eq!(
        first.event.system().time_created(),
        Reading::Unreadable(Reason::LostInText)
    );
}

#[test]
fn get_winevent_format_list() {
    let text = "\r\nPS C:\\> Get-WinEvent -LogName System | fl *\r\n\r\n\r\nMessage              : The Terminal Server has failed to create a new self signed certificate.\r\n                       The relevant status code was Object already exists.\r\n                       \r\n                       Source : none\r\nId                   : 1057\r\nVersion              : 0\r\nQualifiers           : 49152\r\nLevel                : 2\r\nTask                 : 0\r\nOpcode               : 0\r\nKeywords             : 36028797018963968\r\nRecordId             : 65445\r\nProviderName         : Microsoft-Windows-TerminalServices-\r\n                       RemoteConnectionManager\r\nProviderId           : c76baa63-ae81-421c-b425-340b4b24157f\r\nLogName              : System\r\nProcessId            : 0\r\nThreadId             : 0\r\nMachineName          : web01\r\nUserId               : \r\nTimeCreated          : 5/29/2023 8:15:19 AM\r\nActivityId           : \r\nContainerLog         : System\r\nLevelDisplayName     : Error\r\nProperties           : {System.Diagnostics.Eventing.Reader.EventProperty}\r\n\r\nMessage              : Second.\r\nId                   : 1058\r\nProviderName         : P\r\n\r\n";
    let events = export(text).events;
    assert_eq!(events.len(), 2, "{events:#?}");
    let first = events[0].as_ref().unwrap();
    let seen = view(first);
    assert_eq!(seen.provider.as_deref(), Some(RCM));
    assert_eq!(
        (seen.event_id, seen.qualifiers, seen.record_id),
        (Some(1057), Some(49152), Some(65445))
    );
    assert_eq!(
        seen.time_created.as_deref(),
        Some("2023-05-29T08:15:19.0000000Z")
    );
    assert_eq!(
        first.event.system().keywords(),
        Reading::Present(0x80_0000_0000_0000)
    );
    assert_eq!(first.event.system().process_id(), Reading::Present(0));
    assert!(
        seen.message
            .as_deref()
            .unwrap()
            .ends_with("Object already exists.\n\nSource : none")
    );
    assert!(text[first.offset as usize..].starts_with("Message              : The"));
    let second = view(events[1].as_ref().unwrap());
    assert_eq!(
        (second.event_id, second.message.as_deref()),
        (Some(1058), Some("Second."))
    );
}

#[test]
fn get_eventlog_format_list() {
    let text = "EventID            : 36870\nMachineName        : web01\nData               : {}\nIndex              : 2213\nCategory           : (0)\nCategoryNumber     : 0\nEntryType          : Error\nMessage            : A fatal error occurred.\nSource             : Schannel\nReplacementStrings : {server, 0x8009030d, 10001}\nInstanceId         : 3221562520\nTimeGenerated      : 29.05.2023 08:15:19\nTimeWritten        : 29.05.2023 08:15:19\nUserName           : NT AUTHORITY\\SYSTEM\n";
    let seen = view(&one(text));
    assert_eq!(seen.provider.as_deref(), Some("Schannel"));
    assert_eq!(
        (seen.event_id, seen.record_id, seen.level),
        (Some(36870), Some(2213), Some(2))
    );
    assert_eq!(seen.qualifiers, Some(49157));
    assert_eq!(seen.channel, None);
}

#[test]
fn kinds_may_be_mixed() {
    let xml = "<Event><System><Provider Name='P'/><EventID>1</EventID></System></Event>";
    let text = format!(
        "{xml}{xml}\n{WEVTUTIL}{xml}\r\nC:\\>\r\nLog Name: System\r\nSource: P\r\nEvent ID: 2\r\n"
    );
    let events = export(&text).events;
    let ids: Vec<_> = events
        .iter()
        .map(|e| view(e.as_ref().unwrap()).event_id.unwrap())
        .collect();
    assert_eq!(ids, [1, 1, 1058, 1, 2]);
}

#[test]
fn what_the_renderer_writes_is_read_again() {
    let xml = "<Event><System><Provider Name='Schannel'/><EventID>36870</EventID><Level>2</Level><TimeCreated SystemTime='2023-05-29T06:15:19.7199385Z'/><Channel>System</Channel><Computer>web01</Computer><Security UserID='S-1-5-18'/></System><EventData><Data Name='Type'>server</Data></EventData></Event>";
    let event = crate::event::xml::events(xml.as_bytes())
        .next()
        .unwrap()
        .unwrap()
        .event;
    let read = one(&render::text(&event, 0));
    let (mut before, mut after) = (EventView::of(&event), view(&read));
    assert_eq!(after.message.as_deref(), Some("Type = server"));
    (before.data, after.message) = (Vec::new(), None);
    assert_eq!(before, after);
}

#[test]
fn a_file_without_events_says_so() {
    for text in [
        "",
        "\n\n",
        "Dear colleague,\nNote: the server is down.\nSource: me\n",
        "C:\\>wevtutil qe System\n\nC:\\>",
    ] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(
            matches!(error.kind, TextErrorKind::NoEvent { .. }),
            "{text}"
        );
    }
}
