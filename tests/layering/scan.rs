//! Reads the paths a Rust source names: enough of the language to follow imports, and no more.

/// A path as written from the crate's root (`crate::store::Store`) or another crate's (`rusqlite::Row`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub line: usize,
    pub segments: Vec<String>,
}

/// What a source names outside of test-only code, and which of its modules are for tests only.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scan {
    pub paths: Vec<Named>,
    /// Modules in files of their own that only tests compile: the name, or the `#[path]` given.
    pub test_modules: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
    /// `::`
    Colons,
}

struct Tokens {
    list: Vec<(usize, Token)>,
}

impl Tokens {
    fn is_word(&self, at: usize, word: &str) -> bool {
        matches!(self.list.get(at), Some((_, Token::Word(w))) if w == word)
    }

    fn is_sign(&self, at: usize, sign: char) -> bool {
        self.list.get(at).is_some_and(|(_, t)| *t == Token::Sign(sign))
    }

    fn is_colons(&self, at: usize) -> bool {
        self.list.get(at).is_some_and(|(_, t)| *t == Token::Colons)
    }

    fn word(&self, at: usize) -> Option<&str> {
        match self.list.get(at) {
            Some((_, Token::Word(word))) => Some(word),
            _ => None,
        }
    }

    fn line(&self, at: usize) -> usize {
        self.list.get(at).map_or(0, |(line, _)| *line)
    }

    /// The place after the bracket that closes the one at `open`.
    fn after_group(&self, open: usize) -> usize {
        let mut depth = 0usize;
        for at in open..self.list.len() {
            match self.list[at].1 {
                Token::Sign('{' | '(' | '[') => depth += 1,
                Token::Sign('}' | ')' | ']') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return at + 1;
            }
        }
        self.list.len()
    }
}

/// Cuts a source into words, strings and signs; comments and what characters spell are dropped.
fn tokens(source: &str) -> Tokens {
    let chars: Vec<char> = source.chars().collect();
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let (mut at, mut line) = (0, 1);
    let mut list = Vec::new();
    while at < chars.len() {
        let c = chars[at];
        let start = at;
        let start_line = line;
        if c == '/' && get(at + 1) == '/' {
            while at < chars.len() && chars[at] != '\n' {
                at += 1;
            }
        } else if c == '/' && get(at + 1) == '*' {
            let mut depth = 0;
            while at < chars.len() {
                match (chars[at], get(at + 1)) {
                    ('/', '*') => (depth, at) = (depth + 1, at + 2),
                    ('*', '/') => (depth, at) = (depth - 1, at + 2),
                    _ => at += 1,
                }
                if depth == 0 {
                    break;
                }
            }
        } else if let Some(end) = raw_string(&chars, at) {
            at = end;
        } else if c == '"' || (matches!(c, 'b' | 'c') && get(at + 1) == '"') {
            let open = if c == '"' { at } else { at + 1 };
            at = open + 1;
            while at < chars.len() && chars[at] != '"' {
                at += if chars[at] == '\\' { 2 } else { 1 };
            }
            list.push((start_line, Token::Text(chars[open + 1..at.min(chars.len())].iter().collect())));
            at += 1;
        } else if c == '\'' {
            // A character ('x', '\n', '\u{1F600}') or a lifetime ('a).
            if get(at + 1) == '\\' {
                at += 3;
                while at < chars.len() && chars[at] != '\'' {
                    at += 1;
                }
                at += 1;
            } else if get(at + 2) == '\'' {
                at += 3;
            } else {
                at += 1;
                while get(at).is_alphanumeric() || get(at) == '_' {
                    at += 1;
                }
            }
        } else if c.is_alphabetic() || c == '_' {
            while get(at).is_alphanumeric() || get(at) == '_' {
                at += 1;
            }
            // r#type is the word type.
            if at - start == 1 && c == 'r' && get(at) == '#' && get(at + 1).is_alphabetic() {
                at += 1;
                continue;
            }
            list.push((start_line, Token::Word(chars[start..at].iter().collect())));
        } else if c == ':' && get(at + 1) == ':' {
            list.push((start_line, Token::Colons));
            at += 2;
        } else if c.is_ascii_digit() {
            while get(at).is_alphanumeric() || get(at) == '_' {
                at += 1;
            }
        } else {
            if !c.is_whitespace() {
                list.push((start_line, Token::Sign(c)));
            }
            at += 1;
        }
        line += chars[start..at.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    Tokens { list }
}

/// The end of a raw string (`r"..."`, `br##"..."##`) that begins here.
fn raw_string(chars: &[char], at: usize) -> Option<usize> {
    let mut next = at + usize::from(matches!(chars[at], 'b' | 'c'));
    if chars.get(next) != Some(&'r') {
        return None;
    }
    next += 1;
    let hashes = chars[next..].iter().take_while(|c| **c == '#').count();
    next += hashes;
    if chars.get(next) != Some(&'"') {
        return None;
    }
    next += 1;
    while next < chars.len() {
        let closes =
            chars[next] == '"' && chars[next + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
        if closes {
            return Some(next + 1 + hashes);
        }
        next += 1;
    }
    Some(chars.len())
}

/// Scans a source that lies in this module of the crate (`["store", "log"]`).
pub fn scan(source: &str, module: &[String]) -> Scan {
    let tokens = tokens(source);
    let mut scan = Scan::default();
    let mut at = 0;
    // Inline modules we are in, each with the place where it ends.
    let mut inline: Vec<(usize, String)> = Vec::new();
    let mut modules: Vec<String> = Vec::new();
    while at < tokens.list.len() {
        inline.retain(|(end, _)| at < *end);
        if tokens.is_sign(at, '#') && tokens.is_sign(at + 1, '[') {
            let end = tokens.after_group(at + 1);
            at = if tests_only(&tokens, at + 2, end) { skip_item(&tokens, at, &mut scan) } else { end };
        } else if tokens.is_word(at, "mod") && tokens.word(at + 1).is_some() && tokens.is_sign(at + 2, '{') {
            inline.push((tokens.after_group(at + 2), tokens.word(at + 1).unwrap_or_default().to_owned()));
            modules.extend(tokens.word(at + 1).map(str::to_owned));
            at += 3;
        } else if tokens.is_word(at, "mod") && tokens.is_sign(at + 2, ';') {
            modules.extend(tokens.word(at + 1).map(str::to_owned));
            at += 3;
        } else if tokens.is_word(at, "use") || tokens.is_word(at, "extern") && tokens.is_word(at + 1, "crate") {
            let start = at + if tokens.is_word(at, "use") { 1 } else { 2 };
            let here: Vec<String> = module.iter().cloned().chain(inline.iter().map(|(_, name)| name.clone())).collect();
            at = tree(&tokens, start, &[], &here, &mut scan.paths);
        } else if tokens.word(at).is_some() && tokens.is_colons(at + 1) {
            let here: Vec<String> = module.iter().cloned().chain(inline.iter().map(|(_, name)| name.clone())).collect();
            at = tree(&tokens, at, &[], &here, &mut scan.paths);
        } else {
            at += 1;
        }
    }
    // A module of our own may be called as a crate is: `image::ImageRecord` after `mod image;` or `use super::image;`.
    let own = |named: &Named| named.segments.len() > 1 && named.segments[0] == "crate";
    modules.extend(scan.paths.iter().filter(|named| own(named)).filter_map(|named| named.segments.last().cloned()));
    for named in &mut scan.paths {
        if named.segments.first().is_some_and(|first| modules.contains(first)) {
            named.segments.splice(0..0, std::iter::once("crate".to_owned()).chain(module.iter().cloned()));
        }
    }
    scan
}

/// Whether the attribute is `test`, `cfg(test)` or `cfg(all(.., test, ..))`.
fn tests_only(tokens: &Tokens, start: usize, end: usize) -> bool {
    let words: Vec<&str> = (start..end).filter_map(|at| tokens.word(at)).collect();
    match words.as_slice() {
        ["test"] | ["cfg", "test"] => true,
        ["cfg", "all", rest @ ..] => rest.contains(&"test") && !rest.contains(&"not") && !rest.contains(&"any"),
        _ => false,
    }
}

/// The place after the item whose attributes begin here.
fn skip_item(tokens: &Tokens, mut at: usize, scan: &mut Scan) -> usize {
    let mut path = None;
    while tokens.is_sign(at, '#') && tokens.is_sign(at + 1, '[') {
        if tokens.is_word(at + 2, "path")
            && let Some((_, Token::Text(text))) = tokens.list.get(at + 4)
        {
            path = Some(text.clone());
        }
        at = tokens.after_group(at + 1);
    }
    let mut ends_at_semicolon = false;
    while at < tokens.list.len() {
        match tokens.word(at) {
            Some("use" | "const" | "static" | "type" | "let") => ends_at_semicolon |= !tokens.is_word(at + 1, "fn"),
            Some("mod") if tokens.is_sign(at + 2, ';') => {
                scan.test_modules.extend(path.take().or_else(|| tokens.word(at + 1).map(str::to_owned)));
            }
            _ => {}
        }
        if tokens.is_sign(at, ';') {
            return at + 1;
        }
        if tokens.is_sign(at, '{') && !ends_at_semicolon {
            return tokens.after_group(at);
        }
        let opens = ['{', '(', '['].into_iter().any(|sign| tokens.is_sign(at, sign));
        at = if opens { tokens.after_group(at) } else { at + 1 };
    }
    at
}

/// Reads the path (or `use` tree) at a place and notes each full path; the place after it.
fn tree(tokens: &Tokens, mut at: usize, before: &[String], here: &[String], paths: &mut Vec<Named>) -> usize {
    let line = tokens.line(at);
    let mut segments = before.to_vec();
    // `::rusqlite::Row`
    if tokens.is_colons(at) {
        at += 1;
    }
    loop {
        if tokens.is_sign(at, '{') {
            let end = tokens.after_group(at);
            at += 1;
            while at + 1 < end {
                at = tree(tokens, at, &segments, here, paths);
                while at + 1 < end && !tokens.is_sign(at, ',') {
                    at += 1;
                }
                at += usize::from(tokens.is_sign(at, ','));
            }
            return end;
        }
        if tokens.is_sign(at, '*') {
            segments.push("*".into());
            at += 1;
        } else if let Some(word) = tokens.word(at) {
            if word != "self" || segments.is_empty() {
                segments.push(word.to_owned());
            }
            at += 1;
        }
        if !tokens.is_colons(at) {
            break;
        }
        at += 1;
        // A turbofish ends what is a path of names.
        if tokens.is_sign(at, '<') {
            break;
        }
    }
    if let Some(segments) = from_root(&segments, here) {
        paths.push(Named { line, segments });
    }
    at
}

/// Turns `self` and `super` into the path from the root; `None` for an empty path.
fn from_root(segments: &[String], here: &[String]) -> Option<Vec<String>> {
    let mut place = here.to_vec();
    let mut rest = segments;
    match rest.first()?.as_str() {
        "self" => rest = &rest[1..],
        "super" => {}
        _ => return Some(rest.to_vec()),
    }
    while rest.first().is_some_and(|segment| segment == "super") {
        place.pop();
        rest = &rest[1..];
    }
    Some(std::iter::once("crate".to_owned()).chain(place).chain(rest.iter().cloned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_followed_through_groups_comments_strings_and_tests() {
        let source = r####"
            //! use rusqlite::Row;
            /* use candle_core::Tensor; /* nested */ still a comment: anyhow::Error */
            use crate::{domain::{self, Rect as R}, store::*};
            use super::super::jobs::Jobs;
            pub(crate) fn f<'a>(c: char) -> std::fs::File { let s = "egui::Ui \" clap::Arg"; let q = '"'; g::<u8>() }
            const RAW: &str = r#"csv::Reader " image::open"#;
            mod inner { use super::super::models::Network; }
            #[cfg(test)]
            mod tests { use rusqlite::Row; fn f() { eframe::run(); } }
            #[cfg(all(test, unix))]
            use candle_nn::{Linear, Conv2d};
            #[cfg(test)]
            #[path = "x_tests.rs"]
            mod more;
            #[cfg(test)]
            mod sample;
            #[cfg(not(test))]
            use imaging_like::X;
            fn last() { ::zip::read() }
        "####;
        let here: Vec<String> = ["store", "log"].map(str::to_owned).into();
        let scan = scan(source, &here);
        let paths: Vec<String> = scan.paths.iter().map(|named| named.segments.join("::")).collect();
        let expected = [
            "crate::domain",
            "crate::domain::Rect",
            "crate::store::*",
            "crate::jobs::Jobs",
            "std::fs::File",
            "g",
            "crate::store::models::Network",
            "imaging_like::X",
            "zip::read",
        ];
        assert_eq!(paths, expected);
        assert_eq!(scan.paths[3].line, 5);
        assert_eq!(scan.test_modules, ["x_tests.rs", "sample"]);
    }
}
