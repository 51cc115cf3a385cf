//! A reader of JSON that goes piece by piece: each value is checked and handed on as text, so that a number keeps every
//! digit and a line of a million needs no tree. Whole structures go on to serde from there. Never here: writing.

use serde_json::Value;
use std::borrow::Cow;

/// The deepest nesting of lists and objects.
const DEEPEST: u32 = 48;

/// The fault of a text, in words.
pub type Problem = String;

/// A place in a text.
pub struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    /// Starts at the beginning of `text`.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn problem<T>(&self, what: &str) -> Result<T, Problem> {
        Err(format!("{what} at column {}", self.at + 1))
    }

    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> bool {
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    /// Checks that the text ends here.
    ///
    /// # Errors
    /// When more text follows.
    pub fn end(mut self) -> Result<(), Problem> {
        if self.peek().is_none() { Ok(()) } else { self.problem("something follows the end") }
    }

    /// Goes through an object; `each` gets every key and must take its value.
    ///
    /// # Errors
    /// When there is no object, or `each` refuses.
    pub fn object(&mut self, mut each: impl FnMut(&str, &mut Self) -> Result<(), Problem>) -> Result<(), Problem> {
        if !self.take(b'{') {
            return self.problem("an object is missing");
        }
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let key = self.string()?;
            if !self.take(b':') {
                return self.problem("a colon is missing");
            }
            each(&key, self)?;
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return self.problem("a comma is missing");
            }
        }
    }

    /// Goes through a list; `each` must take every value.
    ///
    /// # Errors
    /// When there is no list, or `each` refuses.
    pub fn list(&mut self, mut each: impl FnMut(&mut Self) -> Result<(), Problem>) -> Result<(), Problem> {
        if !self.take(b'[') {
            return self.problem("a list is missing");
        }
        if self.take(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return self.problem("a comma is missing");
            }
        }
    }

    /// Reads a string.
    ///
    /// # Errors
    /// When there is none.
    pub fn string(&mut self) -> Result<Cow<'a, str>, Problem> {
        if self.peek() != Some(b'"') {
            return self.problem("a text is missing");
        }
        let begin = self.at;
        let bytes = self.text.as_bytes();
        self.at += 1;
        let mut is_plain = true;
        loop {
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    is_plain = false;
                    self.at += 2;
                }
                Some(0..0x20) | None => return self.problem("a text does not end"),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        if is_plain {
            return Ok(Cow::Borrowed(&self.text[begin + 1..self.at - 1]));
        }
        let text = self.text.get(begin..self.at).unwrap_or_default();
        serde_json::from_str(text).map(Cow::Owned).or_else(|_| self.problem("a text has a wrong escape"))
    }

    /// Reads a number as text, or a word (`true`, `false`, `null`).
    fn token(&mut self) -> Result<&'a str, Problem> {
        self.peek();
        let rest = &self.text.as_bytes()[self.at..];
        let length =
            rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'E' | b'+' | b'-' | b'.')).unwrap_or(rest.len());
        let token = &self.text[self.at..self.at + length];
        let is_word = matches!(token, "true" | "false" | "null");
        if !is_word && !is_number(token) {
            return self.problem("a value is missing");
        }
        self.at += length;
        Ok(token)
    }

    /// Reads a number, `null` (then `None`), or one of the texts that stand for NaN and infinities.
    ///
    /// # Errors
    /// When there is something else.
    pub fn number<T: std::str::FromStr>(&mut self) -> Result<Option<T>, Problem> {
        let begin = self.at;
        let text = if self.peek() == Some(b'"') {
            match &*self.string()? {
                "NaN" => "NaN",
                "Infinity" => "Infinity",
                "-Infinity" => "-Infinity",
                _ => "",
            }
        } else {
            match self.token()? {
                "null" => return Ok(None),
                token => token,
            }
        };
        text.parse().map(Some).or_else(|_| {
            self.at = begin;
            self.problem("a number is missing")
        })
    }

    /// Reads any value as text, and checks it.
    ///
    /// # Errors
    /// When it is damaged, or nested too deeply.
    pub fn raw(&mut self) -> Result<&'a str, Problem> {
        self.peek();
        let begin = self.at;
        self.skip(0)?;
        Ok(&self.text[begin..self.at])
    }

    /// Reads any value as a tree whose numbers are exact, while serde_json's own reader of text is off by up to one
    /// unit in a number's last place.
    ///
    /// # Errors
    /// As [`Scan::raw`].
    pub fn value(&mut self) -> Result<Value, Problem> {
        let mut depths = Self::new(self.text);
        depths.at = self.at;
        depths.raw()?;
        self.tree()
    }

    fn tree(&mut self) -> Result<Value, Problem> {
        Ok(match self.peek() {
            Some(b'{') => {
                let mut map = serde_json::Map::new();
                self.object(|key, scan| {
                    map.insert(key.to_owned(), scan.tree()?);
                    Ok(())
                })?;
                Value::Object(map)
            }
            Some(b'[') => {
                let mut list = Vec::new();
                self.list(|scan| {
                    list.push(scan.tree()?);
                    Ok(())
                })?;
                Value::Array(list)
            }
            Some(b'"') => Value::String(self.string()?.into_owned()),
            _ => match self.token()? {
                "null" => Value::Null,
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                number => number.parse::<u64>().map(Value::from).unwrap_or_else(|_| Value::from(number.parse::<f64>().unwrap_or(f64::NAN))),
            },
        })
    }

    fn skip(&mut self, depth: u32) -> Result<(), Problem> {
        if depth > DEEPEST {
            return self.problem("values are nested too deeply");
        }
        match self.peek() {
            Some(b'{') => self.object(|_, scan| scan.skip(depth + 1)),
            Some(b'[') => self.list(|scan| scan.skip(depth + 1)),
            Some(b'"') => self.string().map(|_| ()),
            _ => self.token().map(|_| ()),
        }
    }
}

/// Whether `token` is a number by JSON's grammar.
fn is_number(token: &str) -> bool {
    fn digits(text: &str) -> usize {
        text.bytes().take_while(u8::is_ascii_digit).count()
    }
    let rest = token.strip_prefix('-').unwrap_or(token);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let length = digits(exponent);
        return length > 0 && length == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accepts(text: &str) -> bool {
        let mut scan = Scan::new(text);
        scan.raw().is_ok() && scan.end().is_ok()
    }

    proptest! {
        /// A parser of another hand agrees on what is JSON.
        #[test]
        fn the_same_texts_are_json_as_for_serde(text in r#"[\[\]{}",:0-9eE+.\-truefalsn \\u]{0,24}"#) {
            // serde_json refuses numbers beyond f64; here they become infinite, which no field takes in.
            let serde = serde_json::from_str::<serde_json::Value>(&text);
            let is_overflow = serde.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
            prop_assert!(is_overflow || accepts(&text) == serde.is_ok(), "{}: {:?}", text, serde);
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            prop_assert_eq!(accepts(&text), serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }

        #[test]
        fn any_value_of_serde_is_read(list in proptest::collection::vec((any::<String>(), any::<f64>(), any::<bool>()), 0..5)) {
            prop_assert!(accepts(&serde_json::to_string(&list).unwrap()));
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(accepts(&format!("{}{}", "[".repeat(48), "]".repeat(48))));
        assert!(!accepts(&"[".repeat(1_000_000)));
    }

    #[test]
    fn numbers_and_their_stand_ins() {
        let read = |text: &str| Scan::new(text).number::<f32>();
        assert_eq!(read("0.1"), Ok(Some(0.1)));
        assert_eq!(read("null"), Ok(None));
        assert!(read("\"NaN\"").unwrap().unwrap().is_nan());
        assert_eq!(read("\"-Infinity\""), Ok(Some(f32::NEG_INFINITY)));
        assert_eq!(read("\"nan\""), Err("a number is missing at column 1".into()));
        assert!(read("NaN").is_err() && read("01").is_err() && read("true").is_err());
    }
}
