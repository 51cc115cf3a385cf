//! Names in a list: tidied, and never given twice.

/// The longest name of a run, in characters.
pub const LONGEST_NAME: usize = 60;

/// Turns `text` into a name: without space around it, in one line, not too long; `None` when nothing is left.
pub fn clean_name(text: &str) -> Option<String> {
    let words: Vec<&str> =
        text.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty()).collect();
    let name: String = words.join(" ").chars().take(LONGEST_NAME).collect();
    let name = name.trim_end().to_owned();
    (!name.is_empty()).then_some(name)
}

/// The name `wish` if it is free, else `wish (2)`, `wish (3)` and so on.
pub fn free_name(wish: &str, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(wish) {
        return wish.to_owned();
    }
    (2..).map(|number: u64| format!("{wish} ({number})")).find(|name| !is_taken(name)).expect("there are more numbers than runs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tidied_and_never_given_twice() {
        assert_eq!(clean_name("  wide \n net\t"), Some("wide net".to_owned()));
        assert_eq!(clean_name(" \n\u{7}"), None);
        assert_eq!(clean_name(&"ä".repeat(100)).map(|name| name.chars().count()), Some(LONGEST_NAME));
        let taken = ["wide", "wide (2)"];
        assert_eq!(free_name("wide", |name| taken.contains(&name)), "wide (3)");
        assert_eq!(free_name("deep", |name| taken.contains(&name)), "deep");
    }
}
