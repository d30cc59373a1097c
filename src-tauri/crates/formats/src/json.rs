//! JSON as a tree that keeps the order of its members and knows where each of them stands (RFC 8259). An own scanner: the usual
//! ones say what a file holds, not where, and a file that is written back has to be changed in place.

use std::ops::Range;

/// Nesting that is followed, as in `serde_json`.
const DEPTH: usize = 127;

/// A JSON value and its place: bytes of the file, those of a text without its quotes. Numbers as they are written.
#[derive(Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool, Range<usize>),
    Number(String, Range<usize>),
    Text(String, Range<usize>),
    List(Vec<Json>),
    Object(Vec<(Key, Json)>),
}

/// The name of a member and its place, without its quotes.
#[derive(Debug)]
pub(crate) struct Key {
    pub name: String,
    pub at: Range<usize>,
}

impl Json {
    /// The member of that name.
    pub fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().find(|(key, _)| key.name == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text, _) => Some(text),
            _ => None,
        }
    }

    /// The text of the member of that name.
    pub fn member(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Json::text)
    }

    /// The elements, none if it is no list.
    pub fn list(&self) -> &[Json] {
        match self {
            Json::List(list) => list,
            _ => &[],
        }
    }
}

/// The values of a text, one after another, marks of the byte order before them left out; none where it is not JSON.
pub(crate) fn values(text: &str) -> Option<Vec<Json>> {
    let mut scan = Scan { text, at: text.len() - text.trim_start_matches('\u{feff}').len() };
    let mut values = Vec::new();
    scan.space();
    while scan.at < text.len() {
        let value = scan.value(0)?;
        // What is no closed thing of its own must not run into the next.
        let open = matches!(value, Json::Null | Json::Bool(..) | Json::Number(..));
        if open && scan.peek().is_some_and(|b| !b" \t\r\n\"[{".contains(&b)) {
            return None;
        }
        values.push(value);
        scan.space();
    }
    Some(values)
}

/// The characters of a text's inside, each with the bytes that write it; none where an escape is broken.
pub(crate) fn characters(inside: &str) -> impl Iterator<Item = Option<(char, Range<usize>)>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = inside.get(at..)?;
        let first = rest.chars().next()?;
        let start = at;
        let found = if first == '\\' { escape(rest) } else { Some((first, first.len_utf8())).filter(|(c, _)| *c >= ' ' && *c != '"') };
        // After a broken one there is nothing.
        at = found.map_or(inside.len(), |(_, length)| start + length);
        Some(found.map(|(c, _)| (c, start..at)))
    })
}

/// The character of an escape and the escape's length, a pair of surrogates being one.
fn escape(text: &str) -> Option<(char, usize)> {
    let simple = |c| Some((c, 2));
    match text.as_bytes().get(1)? {
        b'"' => simple('"'),
        b'\\' => simple('\\'),
        b'/' => simple('/'),
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'u' => {
            let unit = |at: usize| {
                let digits = text.get(at..at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
                u32::from_str_radix(digits, 16).ok()
            };
            let high = unit(2)?;
            if !(0xd800..0xe000).contains(&high) {
                return char::from_u32(high).map(|c| (c, 6));
            }
            let low = text.get(6..8).filter(|s| *s == "\\u").and_then(|_| unit(8)).filter(|u| (0xdc00..0xe000).contains(u))?;
            // Checked: the first is a high one, or the sum is no character.
            let code = high.checked_sub(0xd800).filter(|h| *h < 0x400)? << 10 | (low - 0xdc00);
            char::from_u32(code + 0x1_0000).map(|c| (c, 12))
        }
        _ => None,
    }
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|b| b" \t\r\n".contains(&b)) {
            self.at += 1;
        }
    }

    fn take(&mut self, word: &str) -> Option<Range<usize>> {
        let start = self.at;
        self.text.get(start..)?.starts_with(word).then(|| self.at += word.len())?;
        Some(start..self.at)
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > DEPTH {
            return None;
        }
        self.space();
        match self.peek()? {
            b'n' => self.take("null").map(|_| Json::Null),
            b't' => self.take("true").map(|at| Json::Bool(true, at)),
            b'f' => self.take("false").map(|at| Json::Bool(false, at)),
            b'"' => self.string().map(|(text, at)| Json::Text(text, at)),
            b'[' => {
                let mut list = Vec::new();
                self.members(b']', |scan| scan.value(depth + 1).map(|value| list.push(value)))?;
                Some(Json::List(list))
            }
            b'{' => {
                let mut members = Vec::new();
                self.members(b'}', |scan| {
                    let (name, at) = scan.string()?;
                    scan.space();
                    scan.take(":")?;
                    members.push((Key { name, at }, scan.value(depth + 1)?));
                    Some(())
                })?;
                Some(Json::Object(members))
            }
            _ => self.number(),
        }
    }

    /// What stands between an opening sign and its closing one, parted by commas.
    fn members(&mut self, close: u8, mut one: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.space();
        if self.peek()? == close {
            self.at += 1;
            return Some(());
        }
        loop {
            self.space();
            one(self)?;
            self.space();
            let sign = self.peek()?;
            self.at += 1;
            if sign == close {
                return Some(());
            }
            (sign == b',').then_some(())?;
        }
    }

    fn string(&mut self) -> Option<(String, Range<usize>)> {
        self.take("\"")?;
        let start = self.at;
        let rest = self.text.as_bytes().get(start..)?;
        let mut escaped = false;
        let length = rest.iter().position(|b| {
            let closes = *b == b'"' && !escaped;
            escaped = *b == b'\\' && !escaped;
            closes
        })?;
        let inside = self.text.get(start..start + length)?;
        let text = characters(inside).map(|c| c.map(|(c, _)| c)).collect::<Option<String>>()?;
        self.at = start + length + 1;
        Some((text, start..start + length))
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.at;
        let _ = self.take("-");
        let digits = |scan: &mut Self| {
            let begun = scan.at;
            while scan.peek().is_some_and(|b| b.is_ascii_digit()) {
                scan.at += 1;
            }
            (scan.at > begun).then_some(())
        };
        if self.take("0").is_none() {
            digits(self)?;
        }
        if self.take(".").is_some() {
            digits(self)?;
        }
        if self.peek().is_some_and(|b| b"eE".contains(&b)) {
            self.at += 1;
            if self.peek().is_some_and(|b| b"+-".contains(&b)) {
                self.at += 1;
            }
            digits(self)?;
        }
        Some(Json::Number(self.text.get(start..self.at)?.to_owned(), start..self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The tree as `serde_json` would say it, places checked on the way.
    fn plain(json: &Json, file: &str) -> serde_json::Value {
        use serde_json::Value;
        let whole = |at: &Range<usize>| file.get(at.start - 1..at.end + 1).unwrap();
        match json {
            Json::Null => Value::Null,
            Json::Bool(value, at) => {
                assert_eq!(file.get(at.clone()), Some(value.to_string().as_str()));
                Value::Bool(*value)
            }
            Json::Number(text, at) => {
                assert_eq!(file.get(at.clone()), Some(text.as_str()));
                serde_json::from_str(text).unwrap()
            }
            Json::Text(text, at) => {
                assert_eq!(serde_json::from_str::<String>(whole(at)).unwrap(), *text);
                Value::String(text.clone())
            }
            Json::List(list) => list.iter().map(|v| plain(v, file)).collect(),
            Json::Object(members) => members
                .iter()
                .map(|(key, value)| {
                    assert_eq!(serde_json::from_str::<String>(whole(&key.at)).unwrap(), key.name);
                    (key.name.clone(), plain(value, file))
                })
                .collect(),
        }
    }

    fn agree(text: &str) {
        let theirs: Option<Vec<serde_json::Value>> = serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().ok();
        let ours = values(text).map(|found| found.iter().map(|v| plain(v, text)).collect::<Vec<_>>());
        assert_eq!(ours, theirs, "{text:?}");
    }

    #[test]
    fn it_takes_what_is_json_and_nothing_else() {
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        for text in [
            r#"{"a":[1,-0.5e+3,"\ud83d\ude00\u00e9\"\\\/\n",true,null,{}],"":[]}"#,
            " {} \n[] \"x\" 1 2",
            "1 2",
            "01",
            "-",
            "1.",
            "1e",
            ".5",
            "+1",
            "nulll",
            "truefalse",
            "\"\\ud83d\"",
            "\"\\ude00\\ud83d\"",
            "\"\\u00g0\"",
            "\"\\x\"",
            "\"a\nb\"",
            "\"open",
            "\"open\\\"",
            "[1,]",
            "[,1]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "[1 2]",
            "[1}",
            "{}x",
            "",
            &deep(127),
            &deep(200),
        ] {
            agree(text);
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_parser_that_everyone_uses(text in "[\\[\\]{},:\"\\\\ud8301eE.+\\-ntrl a-f\\n]{0,24}") {
            agree(&text);
        }
    }
}
