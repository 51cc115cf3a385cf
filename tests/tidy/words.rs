//! Holds the rule that comments speak plainly: the first sentence of each names its subject.

use super::sources;

/// Words that hide what a sentence is about when it begins with them ("What is kept", "Of this run", "As above").
/// "Whether" is not one of them: it is how a boolean begins.
const HIDES_ITS_SUBJECT: [&str; 48] = [
    "After", "Although", "And", "As", "At", "Because", "Before", "Behind", "Between", "But", "By", "Does", "During", "For", "From", "Had",
    "Has", "Have", "How", "If", "In", "Is", "It", "Its", "Likewise", "Nobody", "Nothing", "Of", "On", "Or", "Over", "So", "Such", "That",
    "Then", "There", "These", "This", "Those", "Under", "What", "When", "Where", "Which", "Who", "Whose", "Why", "With",
];

#[test]
fn the_first_sentence_of_a_doc_comment_names_its_subject() {
    let mut found: Vec<String> = Vec::new();
    for source in sources("src") {
        let mut before = "";
        for (index, line) in source.program().lines().map(str::trim_start).enumerate() {
            let text = ["/// ", "//! "].iter().find(|mark| line.starts_with(**mark) && !before.starts_with(mark.trim_end()));
            let first = text.and_then(|mark| line[mark.len()..].split_whitespace().next()).unwrap_or_default();
            if HIDES_ITS_SUBJECT.contains(&first.trim_end_matches([',', '.', ':', ';'])) {
                found.push(format!("{}:{}: {line}", source.path, index + 1));
            }
            before = line;
        }
    }
    assert!(found.is_empty(), "name the subject first, with the field's noun (\"Number of …\", \"The loss of …\"):\n{}", found.join("\n"));
}
