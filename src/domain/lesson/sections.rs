//! The text of a lesson below its head: four sections, each under a heading of two hashes.

use super::fault::{Fault, Read, quoted};
use super::markdown::{self, Block, Line, Span};

/// The headings, in the order of the page.
const NAMES: [&str; 4] = ["Predict", "Look", "Finding", "Next"];
/// The numbers of choices that a question may have.
const CHOICES: std::ops::RangeInclusive<usize> = 2..=6;
/// The most blocks of a section.
const MOST_BLOCKS: usize = 40;

/// An answer that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The words.
    pub words: Vec<Span>,
    /// Whether it is the right one.
    pub is_right: bool,
}

/// All text below the head.
#[derive(Clone, Debug, PartialEq)]
pub struct Sections {
    /// The question that is answered before the run.
    pub question: Vec<Block>,
    /// The answers to choose from, of which one is right.
    pub choices: Vec<Choice>,
    /// The words on what to look at.
    pub look: Vec<Block>,
    /// The finding, in plain words.
    pub finding: Vec<Block>,
    /// The words on what to change next.
    pub next: Vec<Block>,
}

/// The sections in `lines`; `end` is the number of the file's last line.
pub fn parse(lines: &[Line], end: usize) -> Read<Sections> {
    let mut parts: [Option<Vec<Line>>; 4] = [const { None }; 4];
    let mut present: Option<usize> = None;
    let mut is_in_code = false;
    let hint = format!("use ## {}", NAMES.join(", ## "));
    for &(number, line) in lines {
        is_in_code ^= line.trim_start().starts_with("```");
        if let Some(name) = line.strip_prefix("## ").filter(|_| !is_in_code) {
            let name = name.trim();
            let at = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name));
            let at = at.ok_or_else(|| Fault::new(number, format!("there is no section {}", quoted(name)), hint.clone()))?;
            if parts[at].is_some() {
                return Err(Fault::new(number, format!("the section {name} is there twice"), "take one of the two away"));
            }
            parts[at] = Some(Vec::new());
            present = Some(at);
        } else if let Some(part) = present.and_then(|at| parts[at].as_mut()) {
            part.push((number, line));
        } else if !line.trim().is_empty() {
            return Err(Fault::new(number, format!("{} stands in no section", quoted(line.trim())), hint));
        }
    }
    let [question, look, finding, next] = parts;
    let take = |lines: Option<Vec<Line<'_>>>, name: &str| -> Read<Vec<Block>> {
        let lines =
            lines.ok_or_else(|| Fault::new(end, format!("the section {name} is missing"), format!("add ## {name} and its text")))?;
        let begin = lines.first().map_or(end, |(line, _)| line.saturating_sub(1));
        let blocks = markdown::blocks(&lines)?;
        match blocks.len() {
            0 => Err(Fault::new(begin, format!("the section {name} is empty"), "write something there")),
            many if many > MOST_BLOCKS => {
                Err(Fault::new(begin, format!("the section {name} has {many} paragraphs and lists"), format!("use at most {MOST_BLOCKS}")))
            }
            _ => Ok(blocks),
        }
    };
    let begin = question.as_ref().and_then(|lines| lines.first()).map_or(end, |(line, _)| line.saturating_sub(1));
    let (choices, question) = choices(question)?;
    let question = take(question, NAMES[0])?;
    if !CHOICES.contains(&choices.len()) {
        let what = format!("the question has {} answers to choose from", choices.len());
        return Err(Fault::new(begin, what, "write 2 to 6 lines of - [ ] and an answer, the right one with - [x]"));
    }
    let right = choices.iter().filter(|choice| choice.is_right).count();
    if right != 1 {
        return Err(Fault::new(begin, format!("{right} answers are marked as right"), "mark one with - [x], the others with - [ ]"));
    }
    Ok(Sections { question, choices, look: take(look, NAMES[1])?, finding: take(finding, NAMES[2])?, next: take(next, NAMES[3])? })
}

/// The answers among `lines`, and the other lines.
fn choices(lines: Option<Vec<Line<'_>>>) -> Read<(Vec<Choice>, Option<Vec<Line<'_>>>)> {
    let Some(lines) = lines else { return Ok((Vec::new(), None)) };
    let mut found: Vec<(usize, bool, String)> = Vec::new();
    let mut others = Vec::new();
    let mut goes_on = false;
    for (number, line) in lines {
        let answer =
            line.strip_prefix("- [ ] ").map(|words| (false, words)).or_else(|| line.strip_prefix("- [x] ").map(|words| (true, words)));
        match (answer, found.last_mut()) {
            (Some((is_right, words)), _) => {
                found.push((number, is_right, words.trim().to_owned()));
                goes_on = true;
            }
            (None, Some((_, _, words))) if goes_on && line.starts_with([' ', '\t']) && !line.trim().is_empty() => {
                words.push(' ');
                words.push_str(line.trim());
            }
            _ => {
                goes_on = false;
                others.push((number, line));
            }
        }
    }
    let choice = |(line, is_right, words): (usize, bool, String)| Ok(Choice { words: markdown::spans(line, &words)?, is_right });
    Ok((found.into_iter().map(choice).collect::<Read<_>>()?, Some(others)))
}
