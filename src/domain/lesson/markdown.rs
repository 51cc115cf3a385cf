//! The part of Markdown that lessons use, as plain data: paragraphs, small headings, lists, code; strong, emphasised and code
//! words; links within the page. There is no HTML: `<` is a letter like any other.
//!
//! Marks that nothing closes are letters, as everywhere in Markdown. By hand, since a reader of all of Markdown is many times as
//! large as this.

use super::fault::{Fault, Read};

/// A block of text.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A small heading: `### …`.
    Heading(Vec<Span>),
    /// A paragraph: lines up to an empty one.
    Paragraph(Vec<Span>),
    /// A list: lines that begin with `-`, or with a number and a dot.
    List {
        /// Whether its items are counted.
        ordered: bool,
        /// The items.
        items: Vec<Vec<Span>>,
    },
    /// Lines between two fences of three backticks, as they are.
    Code(String),
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// Plain text.
    Text(String),
    /// `**strong**`.
    Strong(String),
    /// `*emphasis*`.
    Emphasis(String),
    /// `` `code` ``.
    Code(String),
    /// `[words](#target)`: an element of the page, or another lesson.
    Link {
        /// The words.
        words: String,
        /// The target, without `#`.
        target: String,
    },
}

/// A line of the file with its number.
pub type Line<'a> = (usize, &'a str);

/// The item of a list that begins with `line`: whether it is counted, and its text.
fn item(line: &str) -> Option<(bool, &str)> {
    if let Some(rest) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some((false, rest));
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = line[digits..].strip_prefix(". ")?;
    (1..=3).contains(&digits).then_some((true, rest))
}

/// The block that is being gathered: lines that belong together, and the line at which they begin.
enum Open {
    Nothing,
    Paragraph(usize, String),
    List(bool, Vec<(usize, String)>),
    Code(usize, String),
}

impl Open {
    fn close(self, blocks: &mut Vec<Block>) -> Read<()> {
        match self {
            Self::Nothing => {}
            Self::Paragraph(line, text) => blocks.push(Block::Paragraph(spans(line, &text)?)),
            Self::List(ordered, items) => {
                let items = items.iter().map(|(line, text)| spans(*line, text)).collect::<Read<_>>()?;
                blocks.push(Block::List { ordered, items });
            }
            Self::Code(line, _) => return Err(Fault::new(line, "this code has no end", "close it with a line of three backticks")),
        }
        Ok(())
    }
}

/// The blocks of `lines`.
pub fn blocks(lines: &[Line]) -> Read<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut open = Open::Nothing;
    for &(number, raw) in lines {
        if let Open::Code(begin, mut text) = open {
            if raw.trim() == "```" {
                blocks.push(Block::Code(text));
                open = Open::Nothing;
            } else {
                text.push_str(raw);
                text.push('\n');
                open = Open::Code(begin, text);
            }
            continue;
        }
        let line = raw.trim();
        let is_indented = raw.starts_with([' ', '\t']);
        open = match open {
            open if line.is_empty() => {
                open.close(&mut blocks)?;
                Open::Nothing
            }
            open if line.starts_with("```") => {
                open.close(&mut blocks)?;
                Open::Code(number, String::new())
            }
            open if line.starts_with("### ") => {
                open.close(&mut blocks)?;
                blocks.push(Block::Heading(spans(number, &line[4..])?));
                Open::Nothing
            }
            open => match (item(line), open) {
                (Some((ordered, text)), Open::List(same, mut items)) if same == ordered => {
                    items.push((number, text.to_owned()));
                    Open::List(same, items)
                }
                (Some((ordered, text)), open) => {
                    open.close(&mut blocks)?;
                    Open::List(ordered, vec![(number, text.to_owned())])
                }
                (None, Open::List(ordered, mut items)) if is_indented => {
                    if let Some((_, text)) = items.last_mut() {
                        text.push(' ');
                        text.push_str(line);
                    }
                    Open::List(ordered, items)
                }
                (None, Open::Paragraph(begin, mut text)) => {
                    text.push(' ');
                    text.push_str(line);
                    Open::Paragraph(begin, text)
                }
                (None, open) => {
                    open.close(&mut blocks)?;
                    Open::Paragraph(number, line.to_owned())
                }
            },
        };
    }
    open.close(&mut blocks)?;
    Ok(blocks)
}

/// The marks that something may stand between. Of each it is remembered whether one is still to come, so that text full of marks
/// that nothing closes is read once and not once for each.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Code,
    Strong,
    Emphasis,
}

impl Mark {
    const ALL: [(Self, &'static str); 3] = [(Self::Code, "`"), (Self::Strong, "**"), (Self::Emphasis, "*")];

    fn span(self, text: &str) -> Span {
        let text = text.to_owned();
        match self {
            Self::Code => Span::Code(text),
            Self::Strong => Span::Strong(text),
            Self::Emphasis => Span::Emphasis(text),
        }
    }
}

/// The spans of `text`, which begins at `line`.
pub fn spans(line: usize, text: &str) -> Read<Vec<Span>> {
    let mut spans = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    let mut unclosed = [false; 4];
    while let Some(first) = rest.chars().next() {
        if first == '\\' {
            let escaped = rest[1..].chars().next().filter(char::is_ascii_punctuation);
            plain.push(escaped.unwrap_or('\\'));
            rest = &rest[1 + escaped.map_or(0, char::len_utf8)..];
            continue;
        }
        let found = if first == '[' { link(line, rest, &mut unclosed[3])? } else { marked(rest, &mut unclosed) };
        match found {
            Some((span, after)) => {
                if !plain.is_empty() {
                    spans.push(Span::Text(std::mem::take(&mut plain)));
                }
                spans.push(span);
                rest = after;
            }
            None => {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    if !plain.is_empty() {
        spans.push(Span::Text(plain));
    }
    Ok(spans)
}

/// The span between two marks with which `text` begins, and what comes after it.
fn marked<'a>(text: &'a str, unclosed: &mut [bool; 4]) -> Option<(Span, &'a str)> {
    for (index, (mark, sign)) in Mark::ALL.into_iter().enumerate() {
        let Some(inner) = text.strip_prefix(sign) else { continue };
        // `2 * 3` multiplies.
        if unclosed[index] || (mark != Mark::Code && inner.starts_with(char::is_whitespace)) {
            continue;
        }
        let Some(end) = inner.find(sign) else {
            unclosed[index] = true;
            continue;
        };
        let words = &inner[..end];
        if words.is_empty() || (mark != Mark::Code && words.ends_with(char::is_whitespace)) {
            continue;
        }
        return Some((mark.span(words), &inner[end + sign.len()..]));
    }
    None
}

/// The link with which `text` begins, and what comes after it.
fn link<'a>(line: usize, text: &'a str, unclosed: &mut bool) -> Read<Option<(Span, &'a str)>> {
    if *unclosed {
        return Ok(None);
    }
    let Some(end) = text.find(']') else {
        *unclosed = true;
        return Ok(None);
    };
    let words = &text[1..end];
    let Some(rest) = text[end + 1..].strip_prefix('(') else { return Ok(None) };
    let Some(close) = rest.find(')') else { return Ok(None) };
    let address = &rest[..close];
    let is_target = |target: &&str| {
        let known = target.strip_prefix("lesson=").unwrap_or(target);
        !known.is_empty() && known.len() <= 80 && known.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let Some(target) = address.strip_prefix('#').filter(is_target) else {
        let hint = "write #lesson=NAME for another lesson, or # and the id of a part of the page, as #chart-loss";
        return Err(Fault::new(line, format!("the link to {} leads out of the page", super::fault::quoted(address)), hint));
    };
    let span = Span::Link { words: words.replace('\\', ""), target: target.to_owned() };
    Ok(Some((span, &rest[close + 1..])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<Block> {
        let lines: Vec<Line> = text.lines().enumerate().map(|(index, line)| (index + 1, line)).collect();
        blocks(&lines).unwrap()
    }

    fn text(words: &str) -> Vec<Span> {
        vec![Span::Text(words.into())]
    }

    #[test]
    fn blocks_are_told_apart() {
        let found = read("One\nline.\n\n- a\n  goes on\n- b\n1. c\nNext\n### H\n```\n<x>\n\n  y\n```\nEnd");
        let list = |ordered, items: &[&str]| Block::List { ordered, items: items.iter().map(|item| text(item)).collect() };
        assert_eq!(
            found,
            [
                Block::Paragraph(text("One line.")),
                list(false, &["a goes on", "b"]),
                list(true, &["c"]),
                Block::Paragraph(text("Next")),
                Block::Heading(text("H")),
                Block::Code("<x>\n\n  y\n".into()),
                Block::Paragraph(text("End")),
            ]
        );
    }

    #[test]
    fn spans_are_told_apart_and_what_nothing_closes_is_text() {
        let link = |words: &str, target: &str| Span::Link { words: words.into(), target: target.into() };
        let plain = |words: &str| Span::Text(words.into());
        for (given, expected) in [
            (
                "a **b** *c* `d*` <b>e</b>",
                vec![
                    plain("a "),
                    Span::Strong("b".into()),
                    plain(" "),
                    Span::Emphasis("c".into()),
                    plain(" "),
                    Span::Code("d*".into()),
                    plain(" <b>e</b>"),
                ],
            ),
            ("2 * 3 * 4", vec![plain("2 * 3 * 4")]),
            (r"\*a\* \x", vec![plain(r"*a* \x")]),
            ("val_loss **x", vec![plain("val_loss **x")]),
            ("`", vec![plain("`")]),
            ("[see](#chart-loss) [x]", vec![link("see", "chart-loss"), plain(" [x]")]),
            ("[on](#lesson=xor)", vec![link("on", "lesson=xor")]),
            ("", vec![]),
        ] {
            assert_eq!(spans(1, given).unwrap(), expected, "{given}");
        }
    }

    #[test]
    fn links_stay_within_the_page_and_code_has_an_end() {
        for target in ["http://x", "javascript:alert(1)", "", "#", "#a b", "#lesson=", "//x"] {
            let fault = spans(7, &format!("[x]({target})")).unwrap_err().in_file("a.md");
            assert!(fault.message().starts_with("a.md, line 7: the link to"), "{fault}");
        }
        let fault = blocks(&[(3, "a"), (4, "```"), (5, "b")]).unwrap_err().in_file("a.md");
        assert!(fault.message().contains("line 4: this code has no end"), "{fault}");
    }

    proptest! {
        #[test]
        fn no_text_panics_it_and_no_letter_is_invented(text in "[a*`\\[\\]()#\\\\ \\n0-9.é-]{0,200}") {
            let lines: Vec<Line> = text.lines().enumerate().collect();
            if let Ok(blocks) = blocks(&lines) {
                let letters = format!("{blocks:?}").matches('é').count();
                prop_assert!(letters <= text.matches('é').count());
            }
        }
    }
}
