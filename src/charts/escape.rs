//! Text inside other text: in XML and HTML, as an id there, as a cell of a table. Never here: whole documents.

/// The text as content of XML or HTML, or as the value of a quoted attribute there.
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

/// The text as a cell of a CSV file (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe before it, and
/// so does each part of it behind a semicolon, a tab or the end of a line: where semicolons divide cells, quotes in the middle of a
/// line do not keep a cell together.
pub fn csv(text: &str) -> String {
    let guarded: String = text
        .split_inclusive([';', '\t', '\n', '\r'])
        .flat_map(|part| {
            // Spreadsheets overlook spaces and quotes before a sign.
            let is_formula = part.trim_start_matches([' ', '"', '\'']).starts_with(['=', '+', '-', '@', '\t', '\r']);
            [if is_formula { "'" } else { "" }, part]
        })
        .collect();
    if text.contains([',', ';', '"', '\t', '\n', '\r']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}

/// `text` as an element's id, or a part of it: letters and digits as they are, `/` as `-`, all others by their numbers. Two
/// texts never have the same id.
pub fn id(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '/' => out.push('-'),
            letter if letter.is_ascii_alphanumeric() => out.push(letter),
            letter => out.push_str(&format!("_{:x}_", u32::from(letter))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_differ_by_a_sign_have_ids_of_their_own() {
        assert_eq!(["my/x", "my-x", "my_x", "my x", "größe"].map(id), ["my-x", "my_2d_x", "my_5f_x", "my_20_x", "gr_f6__df_e"]);
    }

    proptest! {
        /// Whichever of these a spreadsheet divides cells by, and however it takes quotes, no cell begins with a sign.
        #[test]
        fn no_part_of_a_cell_is_a_formula(text in "[a=+@ ;\t\n\"-]{0,12}") {
            let cell = csv(&text);
            for part in cell.split([';', '\t', '\n', '\r']) {
                prop_assert!(!part.trim_start_matches([' ', '"']).starts_with(['=', '+', '-', '@']), "{:?}: {:?}", text, cell);
            }
        }

        #[test]
        fn no_two_texts_have_the_same_id(a in "[a_/ -]{0,6}", b in "[a_/ -]{0,6}") {
            prop_assert_eq!(a == b, id(&a) == id(&b), "{} {}", a, b);
            prop_assert!(!id(&a).contains(char::is_whitespace));
        }
    }

    #[test]
    fn marks_of_the_language_become_letters() {
        assert_eq!(xml("a<b> & 'c' \"d\""), "a&lt;b&gt; &amp; &#39;c&#39; &quot;d&quot;");
        assert_eq!(csv("plain"), "plain");
        assert_eq!(csv("a,b"), "\"a,b\"");
        assert_eq!(csv("say \"x\""), "\"say \"\"x\"\"\"");
        assert_eq!(csv("=1+1"), "'=1+1");
        assert_eq!(csv("-a,b"), "\"'-a,b\"");
        assert_eq!(csv("my/x;=1+1"), "\"my/x;'=1+1\"");
        assert_eq!(csv("my/x; \"=1+1"), "\"my/x;' \"\"=1+1\"");
        assert_eq!(csv("a;b;c"), "\"a;b;c\"");
        assert_eq!(csv("a-b"), "a-b");
    }
}
