//! The words Windows puts before an event's fields, and for its levels, in the languages it is most often installed in.
//!
//! Two sources are mixed, since they differ within a language: Event Viewer's *Copy details as text* and `wevtutil /f:text`.
//! A language or label that is missing costs little: `wevtutil`'s fields, and Event Viewer's, are then known by their place.

/// A field of an event as text shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    LogName,
    Source,
    Date,
    EventId,
    Task,
    Level,
    Opcode,
    Keywords,
    User,
    UserName,
    Computer,
    Description,
    EventXml,
}

/// The fields of `wevtutil /f:text` in the order it always prints them.
pub(super) const WEVTUTIL_ORDER: [Field; 12] = [
    Field::LogName,
    Field::Source,
    Field::Date,
    Field::EventId,
    Field::Task,
    Field::Level,
    Field::Opcode,
    Field::Keywords,
    Field::User,
    Field::UserName,
    Field::Computer,
    Field::Description,
];

/// The fields of Event Viewer's copied text in the order it always prints them.
pub(super) const VIEWER_ORDER: [Field; 10] = [
    Field::LogName,
    Field::Source,
    Field::Date,
    Field::EventId,
    Field::Task,
    Field::Level,
    Field::Keywords,
    Field::User,
    Field::Computer,
    Field::Description,
];

/// Labels in lower case. In order: English, German, French, Spanish, Italian, Portuguese (Brazil), Dutch, Polish, Russian,
/// Japanese, Chinese (simplified), Korean.
const LABELS: [(Field, &[&str]); 13] = [
    (
        Field::LogName,
        &[
            "log name",
            "protokollname",
            "nom du journal",
            "nombre de registro",
            "nombre del registro",
            "nome registro",
            "nome del registro",
            "nome do log",
            "logboeknaam",
            "nazwa dziennika",
            "имя журнала",
            "имя журнала событий",
            "ログの名前",
            "ログ名",
            "日志名称",
            "日志名",
            "로그 이름",
        ],
    ),
    (
        Field::Source,
        &[
            "source",
            "quelle",
            "origen",
            "origine",
            "fonte",
            "bron",
            "źródło",
            "источник",
            "ソース",
            "来源",
            "源",
            "원본",
            "소스",
        ],
    ),
    (
        Field::Date,
        &[
            "date", "datum", "fecha", "data", "дата", "日付", "日期", "날짜",
        ],
    ),
    (
        Field::EventId,
        &[
            "event id",
            "ereignis-id",
            "ereigniskennung",
            "id de l'événement",
            "id d'événement",
            "id de l'evénement",
            "id. del evento",
            "id. de evento",
            "id del evento",
            "id de evento",
            "id evento",
            "identificação do evento",
            "id do evento",
            "gebeurtenis-id",
            "identyfikator zdarzenia",
            "код события",
            "идентификатор события",
            "イベント id",
            "事件 id",
            "事件id",
            "이벤트 id",
        ],
    ),
    (
        Field::Task,
        &[
            "task category",
            "task",
            "aufgabenkategorie",
            "aufgabe",
            "catégorie de la tâche",
            "catégorie de tâche",
            "tâche",
            "categoría de la tarea",
            "categoría de tarea",
            "tarea",
            "categoria attività",
            "attività",
            "categoria da tarefa",
            "tarefa",
            "taakcategorie",
            "taak",
            "kategoria zadania",
            "zadanie",
            "категория задачи",
            "задача",
            "タスクのカテゴリ",
            "タスク",
            "任务类别",
            "任务",
            "작업 범주",
            "작업",
        ],
    ),
    (
        Field::Level,
        &[
            "level",
            "ebene",
            "niveau",
            "nivel",
            "livello",
            "nível",
            "poziom",
            "уровень",
            "レベル",
            "级别",
            "수준",
        ],
    ),
    (
        Field::Opcode,
        &[
            "opcode",
            "vorgangscode",
            "code d'opération",
            "código de operación",
            "codice operativo",
            "código de operação",
            "kod operacji",
            "код операции",
            "オペコード",
            "操作代码",
            "操作码",
            "opcode(작업 코드)",
        ],
    ),
    (
        Field::Keywords,
        &[
            "keywords",
            "keyword",
            "schlüsselwörter",
            "schlüsselwort",
            "mots clés",
            "mots-clés",
            "mot clé",
            "mot-clé",
            "palabras clave",
            "palabra clave",
            "parole chiave",
            "parola chiave",
            "palavras-chave",
            "palavra-chave",
            "trefwoorden",
            "trefwoord",
            "sleutelwoord",
            "słowa kluczowe",
            "słowo kluczowe",
            "ключевые слова",
            "ключевое слово",
            "キーワード",
            "关键字",
            "키워드",
        ],
    ),
    (
        Field::User,
        &[
            "user",
            "benutzer",
            "utilisateur",
            "usuario",
            "utente",
            "usuário",
            "gebruiker",
            "użytkownik",
            "пользователь",
            "ユーザー",
            "用户",
            "사용자",
        ],
    ),
    (
        Field::UserName,
        &[
            "user name",
            "benutzername",
            "nom d'utilisateur",
            "nom de l'utilisateur",
            "nombre de usuario",
            "nome utente",
            "nome de usuário",
            "nome do usuário",
            "gebruikersnaam",
            "nazwa użytkownika",
            "имя пользователя",
            "ユーザー名",
            "用户名",
            "사용자 이름",
        ],
    ),
    (
        Field::Computer,
        &[
            "computer",
            "ordinateur",
            "equipo",
            "computador",
            "komputer",
            "компьютер",
            "コンピューター",
            "コンピュータ",
            "计算机",
            "컴퓨터",
        ],
    ),
    (
        Field::Description,
        &[
            "description",
            "beschreibung",
            "descripción",
            "descrizione",
            "descrição",
            "beschrijving",
            "opis",
            "описание",
            "説明",
            "描述",
            "说明",
            "설명",
        ],
    ),
    (
        Field::EventXml,
        &[
            "event xml",
            "ereignis-xml",
            "xml de l'événement",
            "xml de evento",
            "xml del evento",
            "xml evento",
            "xml do evento",
            "gebeurtenis-xml",
            "kod xml zdarzenia",
            "xml zdarzenia",
            "xml события",
            "イベント xml",
            "事件 xml",
            "이벤트 xml",
        ],
    ),
];

/// Level words in lower case and what they stand for ([`crate::event::System::level`]). Level 0 is shown as information too.
const LEVELS: [(u8, &[&str]); 5] = [
    (
        1,
        &[
            "critical",
            "kritisch",
            "critique",
            "crítico",
            "critico",
            "kritiek",
            "krytyczny",
            "krytyczne",
            "критический",
            "критическое",
            "重大",
            "关键",
            "严重",
            "위험",
        ],
    ),
    (
        2,
        &[
            "error",
            "fehler",
            "erreur",
            "errore",
            "erro",
            "fout",
            "błąd",
            "ошибка",
            "エラー",
            "错误",
            "오류",
        ],
    ),
    (
        3,
        &[
            "warning",
            "warnung",
            "avertissement",
            "advertencia",
            "avviso",
            "aviso",
            "waarschuwing",
            "ostrzeżenie",
            "предупреждение",
            "警告",
            "경고",
        ],
    ),
    (
        4,
        &[
            "information",
            "informationen",
            "informations",
            "información",
            "informazioni",
            "informações",
            "informatie",
            "informacje",
            "informacja",
            "сведения",
            "情報",
            "信息",
            "정보",
        ],
    ),
    (
        5,
        &[
            "verbose",
            "ausführlich",
            "commentaires",
            "detallado",
            "dettagliato",
            "detalhado",
            "uitgebreid",
            "pełne",
            "подробности",
            "подробно",
            "詳細",
            "详细",
            "자세히",
            "자세한 정보 표시",
        ],
    ),
];

/// What Windows prints for a user there is none of.
const NOT_APPLICABLE: [&str; 14] = [
    "n/a",
    "nicht zutreffend",
    "non applicable",
    "no disponible",
    "n/d",
    "nd",
    "n/v",
    "n.v.t.",
    "nie dotyczy",
    "н/д",
    "なし",
    "暂缺",
    "不适用",
    "해당 없음",
];

/// The field a label names.
pub(super) fn field(label: &str) -> Option<Field> {
    let label = normalised(label);
    let entry = LABELS
        .iter()
        .find(|(_, words)| words.iter().any(|word| same(word, &label)));
    entry.map(|(field, _)| *field)
}

/// The level a word names, or a number that is one.
pub(super) fn level(word: &str) -> Option<u8> {
    let word = normalised(word);
    let entry = LEVELS
        .iter()
        .find(|(_, words)| words.iter().any(|known| same(known, &word)));
    entry.map_or_else(|| word.parse().ok(), |(level, _)| Some(*level))
}

/// Whether the text says that there is no value.
pub(super) fn is_not_applicable(text: &str) -> bool {
    NOT_APPLICABLE.contains(&normalised(text).as_str())
}

/// Lower case, plain spaces and apostrophes, no space around.
fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.trim().chars().flat_map(char::to_lowercase) {
        match char {
            '’' | 'ʼ' | '`' | '´' => out.push('\''),
            _ if char.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            '\u{200E}' | '\u{200F}' | '\u{FEFF}' => {}
            _ => out.push(char),
        }
    }
    out
}

/// Whether `seen` is the known word, also when its accented letters were lost on the way through a wrong code page.
fn same(known: &str, seen: &str) -> bool {
    if known == seen {
        return true;
    }
    // Nearly every line of a file comes by here.
    if known.is_ascii() || (seen.is_ascii() && !seen.contains('?')) {
        return false;
    }
    let ascii = known.bytes().filter(u8::is_ascii_alphabetic).count();
    let lost = |char: char| !char.is_ascii() || char == '?';
    ascii >= 3
        && ascii.saturating_mul(2) > known.chars().count()
        && known.chars().count() == seen.chars().count()
        && (known.chars().zip(seen.chars())).all(|(k, s)| k == s || (!k.is_ascii() && lost(s)))
}

/// `Label: value` taken apart. The colon may be the wide one of East Asian text, and French puts a space before it.
pub(super) fn split(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.split_once([':', '：'])?;
    let label = label.trim();
    let fits = !label.is_empty() && label.len() <= 96 && label.chars().count() <= 40;
    fits.then_some((label, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_means_one_thing() {
        let words: Vec<_> = LABELS
            .iter()
            .flat_map(|(field, words)| words.iter().map(move |word| (*word, *field)))
            .collect();
        for (word, meaning) in &words {
            assert_eq!(field(word), Some(*meaning), "{word}");
            assert_eq!(normalised(word), *word);
        }
        for (meaning, words) in LEVELS {
            for word in words {
                assert_eq!(level(word), Some(meaning), "{word}");
            }
        }
    }

    #[test]
    fn labels_as_they_really_look() {
        assert_eq!(
            split("Source :        Schannel"),
            Some(("Source", "Schannel"))
        );
        assert_eq!(
            split("Aufgabenkategorie:Integrität").unwrap().1,
            "Integrität"
        );
        assert_eq!(
            split("日付： 2023/05/29 6:15:19").unwrap().1,
            "2023/05/29 6:15:19"
        );
        assert_eq!(field("ID de l’événement"), Some(Field::EventId));
        assert_eq!(field("Mots\u{A0}clés"), Some(Field::Keywords));
        assert_eq!(field("Schl?sselw?rter"), Some(Field::Keywords));
        assert_eq!(field("Schlⁿsselw÷rter"), Some(Field::Keywords));
        assert_eq!(field("Name"), None);
        assert_eq!(level("2"), Some(2));
        assert_eq!(level("Error "), Some(2));
        assert_eq!(level("Virhe"), None);
    }
}
