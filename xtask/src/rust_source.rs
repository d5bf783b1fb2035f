//! Just enough of Rust's grammar to know which paths a source file uses outside its tests:
//! comments, strings and `#[cfg(test)]` items are left out, and `use a::{b, c::d}` is spelled out.

/// A path such as `std::fs::File`, and the line it starts on. A glob ends in `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsedPath {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Word(String),
    PathSeparator,
    Mark(char),
}

#[derive(Debug, Clone)]
struct Token {
    line: usize,
    kind: Kind,
}

impl Token {
    fn is_word(&self, wanted: &str) -> bool {
        matches!(&self.kind, Kind::Word(word) if word == wanted)
    }

    fn is_mark(&self, wanted: char) -> bool {
        self.kind == Kind::Mark(wanted)
    }
}

/// The paths of more than one segment that the file uses outside its tests.
pub(crate) fn used_paths(text: &str) -> Vec<UsedPath> {
    let tokens = without_tests(&tokens(text));
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let starts_path = matches!(tokens[at].kind, Kind::Word(_))
            && matches!(tokens.get(at + 1), Some(next) if next.kind == Kind::PathSeparator);
        if starts_path {
            at = path_tree(&tokens, at, &[], &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one path, or a tree of them, and returns where it ends.
fn path_tree(tokens: &[Token], mut at: usize, stem: &[String], found: &mut Vec<UsedPath>) -> usize {
    let mut segments = stem.to_vec();
    let line = tokens.get(at).map_or(0, |token| token.line);
    loop {
        match tokens.get(at).map(|token| &token.kind) {
            Some(Kind::Word(word)) => segments.push(word.clone()),
            Some(Kind::Mark('*')) => segments.push("*".to_owned()),
            Some(Kind::Mark('{')) => {
                at += 1;
                while let Some(token) = tokens.get(at) {
                    if token.is_mark('}') {
                        return at + 1;
                    }
                    at = match token.kind {
                        // `as Name`: what it is called here is no path.
                        Kind::Word(ref word) if word == "as" => at + 2,
                        Kind::Word(_) | Kind::Mark('*' | '{') => {
                            path_tree(tokens, at, &segments, found)
                        }
                        _ => at + 1,
                    };
                }
                return at;
            }
            // `::<` and the like: the path has ended one token earlier.
            _ => break,
        }
        at += 1;
        if !matches!(tokens.get(at), Some(next) if next.kind == Kind::PathSeparator) {
            break;
        }
        at += 1;
    }
    if segments.len() > 1 {
        found.push(UsedPath { line, segments });
    }
    at
}

/// Drops every item that is compiled for tests only.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let inner =
            tokens[at].is_mark('#') && matches!(tokens.get(at + 1), Some(t) if t.is_mark('!'));
        let bracket = at + 1 + usize::from(inner);
        let is_attribute =
            tokens[at].is_mark('#') && matches!(tokens.get(bracket), Some(t) if t.is_mark('['));
        if !is_attribute {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let end = after_closing(tokens, bracket);
        if for_tests(&tokens[bracket..end]) {
            if inner {
                return Vec::new();
            }
            at = after_item(tokens, end);
        } else {
            kept.extend_from_slice(&tokens[at..end]);
            at = end;
        }
    }
    kept
}

/// `[test]`, or a `[cfg(…)]` that asks for `test` and does not turn it round.
fn for_tests(attribute: &[Token]) -> bool {
    let has = |word| attribute.iter().any(|token| token.is_word(word));
    let is = |word| matches!(attribute.get(1), Some(token) if token.is_word(word));
    is("test") || (is("cfg") && has("test") && !has("not"))
}

/// The end of the item that starts here: its semicolon, or its closing brace.
fn after_item(tokens: &[Token], mut at: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        match token.kind {
            Kind::Mark('{') => return after_closing(tokens, at),
            Kind::Mark('(' | '[') => at = after_closing(tokens, at),
            Kind::Mark(';') => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// The position after the bracket that closes the one here.
fn after_closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let length = match rest {
            ['/', '/', ..] => rest.iter().take_while(|c| **c != '\n').count(),
            ['/', '*', ..] => block_comment(rest),
            ['"', ..] => string(rest),
            ['\'', ..] => char_or_lifetime(rest),
            [':', ':', ..] => {
                tokens.push(Token {
                    line,
                    kind: Kind::PathSeparator,
                });
                2
            }
            [c, ..] if c.is_alphanumeric() || *c == '_' => {
                let length = rest
                    .iter()
                    .take_while(|c| c.is_alphanumeric() || **c == '_')
                    .count();
                let word: String = rest[..length].iter().collect();
                match raw_string(&word, &rest[length..]) {
                    Some(raw) => length + raw,
                    None => {
                        tokens.push(Token {
                            line,
                            kind: Kind::Word(word),
                        });
                        length
                    }
                }
            }
            [c, ..] => {
                if !c.is_whitespace() {
                    tokens.push(Token {
                        line,
                        kind: Kind::Mark(*c),
                    });
                }
                1
            }
            [] => break,
        };
        let taken = length.clamp(1, rest.len());
        line += rest[..taken].iter().filter(|c| **c == '\n').count();
        at += taken;
    }
    tokens
}

/// Block comments nest.
fn block_comment(rest: &[char]) -> usize {
    let mut depth = 0usize;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// `'a'` and `'\n'` are characters; `'a` alone is a lifetime.
fn char_or_lifetime(rest: &[char]) -> usize {
    match rest {
        [_, '\\', _, tail @ ..] => 3 + tail.iter().take_while(|c| **c != '\'').count() + 1,
        [_, _, '\'', ..] => 3,
        _ => 1,
    }
}

/// The length of a raw string's hashes, quotes and content, when `word` is its prefix.
fn raw_string(word: &str, rest: &[char]) -> Option<usize> {
    if !matches!(word, "r" | "br" | "cr") {
        return None;
    }
    let hashes = rest.iter().take_while(|c| **c == '#').count();
    if rest.get(hashes) != Some(&'"') {
        return None;
    }
    let mut end = vec!['"'];
    end.extend(std::iter::repeat_n('#', hashes));
    let start = hashes + 1;
    let content = rest[start..]
        .windows(end.len())
        .position(|window| window == end)?;
    Some(start + content + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        used_paths(text)
            .into_iter()
            .map(|path| path.segments.join("::"))
            .collect()
    }

    #[test]
    fn spells_out_use_trees() {
        assert_eq!(
            paths("use std::{fs, net::{TcpStream, Ipv4Addr as A}, time::*};"),
            [
                "std::fs",
                "std::net::TcpStream",
                "std::net::Ipv4Addr",
                "std::time::*"
            ]
        );
    }

    #[test]
    fn sees_paths_in_expressions_and_types() {
        assert_eq!(
            paths("fn f(x: Vec<std::fs::File>) { ::std::fs::read(x).collect::<u8>() }"),
            ["std::fs::File", "std::fs::read"]
        );
    }

    #[test]
    fn leaves_out_comments_strings_and_lifetimes() {
        let text = r##"
            // std::fs
            /* std::fs /* std::fs */ std::fs */
            const A: &str = "std::fs \" std::fs"; const B: &str = r#"std::fs " std::fs"#;
            fn f<'a>(x: &'a str) -> char { let y = '"'; let z = '\''; '\u{41}' }
            use std::io::Read;
        "##;
        assert_eq!(paths(text), ["std::io::Read"]);
    }

    #[test]
    fn leaves_out_what_is_compiled_for_tests_only() {
        let text = "
            #[cfg(test)] mod tests { use std::fs; fn f() { { std::fs::read() } } }
            #[cfg(all(test, unix))] #[allow(unused)] use std::fs;
            #[test] fn g(x: [u8; 4]) { std::fs::read() }
            #[cfg(not(test))] use std::net::TcpStream;
            #[derive(Debug)] struct S;
            use std::io::Read;
        ";
        assert_eq!(paths(text), ["std::net::TcpStream", "std::io::Read"]);
        assert!(paths("#![cfg(test)] use std::fs::File;").is_empty());
    }

    #[test]
    fn counts_lines() {
        let found = used_paths("/* one\n two */\nconst A: &str = \"x\ny\";\nuse std::fs::File;\n");
        assert_eq!(found[0].line, 5);
    }
}
