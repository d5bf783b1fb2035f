//! Finding an event's data again in the message a text export left of it.
//!
//! A text export loses the data and keeps the sentence Windows made of it. The sentence is localised and is never looked at; but some of the
//! values stand in it as they were: status codes, numbers, a few known words. Where the provider's catalogue says which values an event has and
//! each can be found without doubt, the event gets its data back. Anything doubtful stays lost.

use rdpfix_formats::event::{Element, Event, Node};
use rdpfix_formats::reading::{Reading, Reason};
use rdpfix_formats::value::Value;

use crate::knowledge::{EventFact, Field, FieldKind, KnowledgeBase, position_of_phrase};

/// The event with what could be found again, or `None` when it lost nothing or nothing was found.
pub(super) fn recover(event: &Event, fact: &EventFact, base: &KnowledgeBase) -> Option<Event> {
    let Reading::Unreadable(reason @ Reason::LostInText) = event.payload() else {
        return None;
    };
    let message = event.message()?;
    let tokens = Tokens::of(&message);
    let found: Vec<_> = fact
        .fields
        .iter()
        .map(|field| tokens.field(field, &fact.fields, base))
        .collect();
    if found.iter().all(Option::is_none) {
        return None;
    }
    let mut data = Element::new("EventData");
    let complete = found.iter().all(Option::is_some);
    for (field, value) in fact.fields.iter().zip(found) {
        let mut element = Element::new("Data");
        if field.at.is_none() {
            element = element.with_attribute("Name", Value::text(&field.name));
        }
        element = match value {
            Some(value) => element.with_value(Value::Text(value)),
            None => element.with_unreadable(reason.clone()),
        };
        data = data.with_child(element);
    }
    if !complete {
        data = data.with_unreadable(reason.clone());
    }
    let mut root = event.root.clone();
    root.children
        .retain(|node| !matches!(node, Node::Unreadable(_)));
    Some(Event::new(root.with_child(data)))
}

/// The pieces of a message that can be values.
struct Tokens<'a> {
    message: &'a str,
    hex: Vec<&'a str>,
    numbers: Vec<&'a str>,
}

impl<'a> Tokens<'a> {
    fn of(message: &'a str) -> Self {
        let piece = |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == ',');
        let pieces = message
            .split(piece)
            .map(|piece| piece.trim_matches(['.', ',']))
            .filter(|piece| !piece.is_empty());
        let (mut hex, mut numbers) = (Vec::new(), Vec::new());
        for piece in pieces {
            let digits = piece
                .strip_prefix("0x")
                .or_else(|| piece.strip_prefix("0X"));
            match digits {
                Some(digits)
                    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()) =>
                {
                    hex.push(piece)
                }
                _ if piece.bytes().all(|b| b.is_ascii_digit()) => numbers.push(piece),
                _ => {}
            }
        }
        Self {
            message,
            hex,
            numbers,
        }
    }

    fn field(&self, field: &Field, all: &[Field], base: &KnowledgeBase) -> Option<String> {
        let alone = all.iter().filter(|other| other.kind == field.kind).count() == 1;
        match field.kind {
            FieldKind::Hex if alone => only(&self.hex),
            FieldKind::Number if alone => only(&self.numbers),
            FieldKind::Word if alone => self.first_word(&field.words),
            FieldKind::Status if alone => {
                let text = base
                    .system_text_in(self.message)
                    .map(|text| text.text.clone());
                text.or_else(|| only(&self.hex))
            }
            _ => None,
        }
    }

    /// The word of the list that stands first. Where the sentence names both a server and a client, the credential's side comes first.
    fn first_word(&self, words: &[String]) -> Option<String> {
        let message = self.message.to_lowercase();
        let position = |word: &String| position_of_phrase(&word.to_lowercase(), &message);
        let found = words
            .iter()
            .filter_map(|word| Some((position(word)?, word)));
        found
            .min_by_key(|(at, _)| *at)
            .map(|(_, word)| word.clone())
    }
}

fn only(tokens: &[&str]) -> Option<String> {
    match tokens {
        [token] => Some((*token).to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_whole() {
        let tokens = Tokens::of(
            "Der TLS-server-Schlüssel: 0x8009030D. Der interne Fehlerstatus lautet 10001, TLS 1.2",
        );
        assert_eq!(tokens.hex, ["0x8009030D"]);
        assert_eq!(tokens.numbers, ["10001"]);
        let words = ["server".to_owned(), "client".to_owned()];
        assert_eq!(tokens.first_word(&words).as_deref(), Some("server"));
        let chinese = Tokens::of("创建 TLS 客户端 凭据时发生严重错误。内部错误状态为 10013。");
        let words = ["服务器".to_owned(), "客户端".to_owned()];
        assert_eq!(chinese.first_word(&words).as_deref(), Some("客户端"));
    }

    #[test]
    fn two_candidates_are_none() {
        assert_eq!(only(&["1", "2"]), None);
        assert_eq!(only(&["1"]).as_deref(), Some("1"));
    }
}
