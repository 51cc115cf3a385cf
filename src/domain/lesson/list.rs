//! The list of lessons beside the page: `index.txt`, a file's name a line, in the order in which they are taught.

use crate::error::{Code, Error, Result};

/// The most bytes of the list.
pub const MOST_BYTES: usize = 1 << 16;
/// The most lessons of a list.
pub const MOST_LESSONS: usize = 200;
/// The longest name of a file, in bytes.
const MOST_NAME: usize = 80;
/// The ending of a lesson's file.
const ENDING: &str = ".md";

/// Whether `name`, without an ending, can be that of a lesson: small letters, digits and hyphens. It stands in addresses.
pub fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MOST_NAME
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// The names of the lessons in the list `text`, without `.md`. Lines that are empty or begin with `#` count for nothing.
///
/// # Errors
/// [`Code::InvalidLesson`], naming the line.
pub fn names(text: &str) -> Result<Vec<String>> {
    let fault = |line: usize, what: String, hint: &str| Error::new(Code::InvalidLesson, format!("index.txt, line {line}: {what}"), hint);
    if text.len() > MOST_BYTES {
        return Err(Error::new(Code::InvalidLesson, format!("index.txt has {} bytes", text.len()), format!("use at most {MOST_BYTES}")));
    }
    let mut names: Vec<String> = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let file = line.trim();
        if file.is_empty() || file.starts_with('#') {
            continue;
        }
        let hint = "write the name of a file beside it, as xor.md: small letters, digits and hyphens";
        let name = file.strip_suffix(ENDING).filter(|name| is_name(name));
        let name =
            name.ok_or_else(|| fault(index + 1, format!("{} is not the name of a lesson's file", super::fault::quoted(file)), hint))?;
        if names.iter().any(|known| known == name) {
            return Err(fault(index + 1, format!("{file} is listed twice"), "take one of the lines away"));
        }
        if names.len() == MOST_LESSONS {
            return Err(fault(index + 1, format!("there are more than {MOST_LESSONS} lessons"), "take some away"));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

/// The name of the lesson in the fragment of an address, with or without `#`: `lesson=NAME`, alone or beside others.
pub fn in_fragment(fragment: &str) -> Option<&str> {
    let parts = fragment.trim_start_matches('#').split('&');
    // Some programs that pass links on write `=` as `%3D`.
    let mut named = parts.filter_map(|part| ["lesson=", "lesson%3D", "lesson%3d"].iter().find_map(|key| part.strip_prefix(key)));
    named.next().filter(|name| is_name(name))
}

/// The part of a fragment that names the lesson `name`, as [`in_fragment`] reads it.
pub fn of_lesson(name: &str) -> String {
    format!("lesson={name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_is_found_in_an_address() {
        for (fragment, name) in [
            ("#lesson=xor", Some("xor")),
            ("lesson%3Dxor-2", Some("xor-2")),
            ("#c=1.abc&lesson=xor", Some("xor")),
            ("#lesson=", None),
            ("#lesson=../x", None),
            ("#c=1.abc", None),
            ("", None),
        ] {
            assert_eq!(in_fragment(fragment), name, "{fragment}");
        }
    }

    #[test]
    fn files_are_listed_in_their_order() {
        let text = "\u{feff}# my class\nfirst-run.md\r\n\n  xor.md\n";
        assert_eq!(names(text).unwrap(), ["first-run", "xor"]);
        assert_eq!(names("").unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_no_file_beside_the_list_is_refused_with_its_line() {
        for (text, says) in [
            ("a.md\n../b.md", "index.txt, line 2: \"../b.md\" is not the name"),
            ("a.txt", "line 1: \"a.txt\" is not"),
            ("A.md", "line 1"),
            (".md", "line 1"),
            ("http://x/y.md", "line 1"),
            ("a.md\n\na.md", "index.txt, line 3: a.md is listed twice"),
        ] {
            let error = names(text).unwrap_err();
            assert!(error.message().contains(says), "{error}");
        }
        let many: String = (0..=MOST_LESSONS).map(|at| format!("l{at}.md\n")).collect();
        assert!(names(&many).unwrap_err().message().contains("more than 200"));
        assert!(names(&"#".repeat(MOST_BYTES + 1)).is_err());
    }
}
