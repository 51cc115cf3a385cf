//! Guards in loops: `__tick(LINE)` goes into every loop of a script, so that one without end is stopped at its time
//! budget, and its line can be told. Lines stay where they are, so those of errors are right too.
//!
//! | loop | becomes |
//! |---|---|
//! | `while (c) …`, `do … while (c)` | `while (__tick(7),c) …` |
//! | `for (a; c; b) …`, `for (;;) …` | `for (a;__tick(7),c; b) …`, `for (;__tick(7),1;) …` |
//! | `for (x of y) { … }`, `in` too | `for (x of y) {__tick(7); … }` |
//! | `for (x of y) …;` | `for (x of y)if(__tick(7),1) …;` where no `else` can be taken away by it |
//!
//! Where the [`lexer`](super::lexer) is not sure, the text stays as it is: nothing may change a script's meaning. The
//! watchdog then ends such a loop, without its line; likewise endless work without a loop: recursion, a regular
//! expression that goes back and forth, `Array(1e9).fill().map(…)`.

use super::lexer::{Brace, Kind, Token, tokens};
use crate::domain::order::order_by;

/// The name of the guard function. A text that uses the name itself is left alone.
pub const TICK: &str = "__tick";

/// A script's text with guards in its loops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    /// The text, with as many lines as before.
    pub text: String,
    /// Number of loops with a guard.
    pub loops: usize,
    /// Whether the text was understood; if not, it is unchanged.
    pub sure: bool,
}

/// Puts guards into the loops of `text`.
pub fn guard(text: &str) -> Guarded {
    let plain = || Guarded { text: text.to_owned(), loops: 0, sure: false };
    if text.contains(TICK) {
        return plain();
    }
    let Some(insertions) = tokens(text).and_then(|tokens| insertions(&tokens)) else { return plain() };
    let mut guarded = String::with_capacity(text.len() + 16 * insertions.len());
    let mut from = 0;
    for (at, insertion) in &insertions {
        guarded.push_str(&text[from..*at]);
        guarded.push_str(insertion);
        from = *at;
    }
    guarded.push_str(&text[from..]);
    Guarded { text: guarded, loops: insertions.len(), sure: true }
}

/// The line of the first `import(…)` in `text`. It is refused before it is read: the sandbox loads nothing, but each try is
/// a way to run code when no hook does. Where the lexer is not sure, the word alone counts.
pub fn line_of_import(text: &str) -> Option<u32> {
    if let Some(tokens) = tokens(text) {
        let is_import = |(index, token): &(usize, &Token)| {
            let after_dot = *index > 0 && matches!(tokens[index - 1].text, "." | "?.");
            token.kind == Kind::Word
                && token.text == "import"
                && !after_dot
                && tokens.get(index + 1).is_some_and(|next| matches!(next.text, "(" | "."))
        };
        return tokens.iter().enumerate().find(is_import).map(|(_, token)| token.line);
    }
    let has_word = |line: &str| line.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$')).any(|word| word == "import");
    text.lines().position(has_word).map(|index| index as u32 + 1)
}

/// The guards to insert, each with its byte offset, in the order of the text.
fn insertions(tokens: &[Token]) -> Option<Vec<(usize, String)>> {
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_loop = token.kind == Kind::Word && matches!(token.text, "while" | "for");
        let after_dot = index > 0 && matches!(tokens[index - 1].text, "." | "?.");
        if !is_loop || after_dot {
            continue;
        }
        let mut head = index + 1;
        if token.text == "for" && tokens.get(head).is_some_and(|next| next.text == "await") {
            head += 1;
        }
        if tokens.get(head).is_none_or(|next| next.text != "(") {
            continue;
        }
        // Statements stand in blocks only: elsewhere this is a method that is called like a loop.
        match token.inside.map_or(Brace::Block, |open| tokens[open].brace) {
            Brace::Block => {}
            Brace::Unclear => return None,
            _ => continue,
        }
        let close = tokens[head].partner?;
        found.extend(if token.text == "while" {
            Some((tokens[head].end(), format!("{TICK}({}),", token.line))).filter(|_| close > head + 1)
        } else {
            of_for(tokens, index, head, close)?
        });
    }
    // Heads are found before what is in them, but a `do` … `while` inside a `for`'s head may come out of order.
    let order = order_by(found.len(), &|a, b| found[a].0.cmp(&found[b].0));
    Some(order.into_iter().map(|index| std::mem::take(&mut found[index])).collect())
}

/// The guard of the `for` at `index` with its head from `head` to `close`; the outer `None` when its head makes no sense.
fn of_for(tokens: &[Token], index: usize, head: usize, close: usize) -> Option<Option<(usize, String)>> {
    let line = tokens[index].line;
    let semicolons: Vec<usize> = (head + 1..close).filter(|&at| tokens[at].text == ";" && tokens[at].inside == Some(head)).collect();
    match semicolons[..] {
        [first, second] => {
            // No condition at all means true.
            let rest = if second == first + 1 { "1" } else { "" };
            Some(Some((tokens[first].end(), format!("{TICK}({line}),{rest}"))))
        }
        [] => Some(match tokens.get(close + 1) {
            Some(body) if body.text == "{" && body.kind == Kind::Mark => Some((body.end(), format!("{TICK}({line});"))),
            Some(_) if stands_alone(tokens, index) => Some((tokens[close].end(), format!("if({TICK}({line}),1) "))),
            _ => None,
        }),
        _ => None,
    }
}

/// Whether the statement at `index` is surely not the branch of an `if`, whose `else` an `if` put into it would take.
fn stands_alone(tokens: &[Token], index: usize) -> bool {
    let Some(before) = index.checked_sub(1).map(|before| &tokens[before]) else { return true };
    match (before.kind, before.text) {
        (Kind::Mark, ";" | "{") => true,
        (Kind::Mark, "}") => before.partner.is_some_and(|open| tokens[open].brace == Brace::Block),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn guarded(text: &str) -> String {
        let guarded = guard(text);
        assert!(guarded.sure, "not sure of {text}");
        guarded.text
    }

    #[test]
    fn every_kind_of_loop_gets_its_guard_with_its_line() {
        let cases = [
            ("while (true) {}", "while (__tick(1),true) {}"),
            ("\n\nwhile (a, b) c();", "\n\nwhile (__tick(3),a, b) c();"),
            ("do { x() } while (y)", "do { x() } while (__tick(1),y)"),
            ("do x(); while (y)", "do x(); while (__tick(1),y)"),
            ("for (;;) {}", "for (;__tick(1),1;) {}"),
            ("for (let i = 0; i < 3; i++) f(i);", "for (let i = 0;__tick(1), i < 3; i++) f(i);"),
            ("for (let f = () => { a; b; };; ) f();", "for (let f = () => { a; b; };__tick(1),1; ) f();"),
            ("for (const x of y) { f(x) }", "for (const x of y) {__tick(1); f(x) }"),
            ("for (const k in o) f(k);", "for (const k in o)if(__tick(1),1)  f(k);"),
            ("for (\n x of y\n) {}", "for (\n x of y\n) {__tick(1);}"),
            ("async () => { for await (const x of y) {} }", "async () => { for await (const x of y) {__tick(1);} }"),
            ("a: for (;;) { b: while (c) continue a; }", "a: for (;__tick(1),1;) { b: while (__tick(1),c) continue a; }"),
            ("switch (a) { case 1: { while (b) c; } }", "switch (a) { case 1: { while (__tick(1),b) c; } }"),
            ("while /* not ( here */ (a) b", "while /* not ( here */ (__tick(1),a) b"),
            ("while (/[/)(]/.test(a)) b", "while (__tick(1),/[/)(]/.test(a)) b"),
            ("while (`${(() => { while (a) b; })()}`) c", "while (__tick(1),`${(() => { while (__tick(1),a) b; })()}`) c"),
            ("x = f(function () { for (;;) ; })", "x = f(function () { for (;__tick(1),1;) ; })"),
            ("x = a ? { b: 1 } : { c: 2 }; while (x) y", "x = a ? { b: 1 } : { c: 2 }; while (__tick(1),x) y"),
        ];
        for (plain, expected) in cases {
            assert_eq!(guarded(plain), expected);
        }
    }

    #[test]
    fn an_import_is_found() {
        let found = [
            ("\nimport('x')", Some(2)),
            ("f = () => import /* a */ (x)", Some(1)),
            ("x = 1;\n\nimport.defer('x')", Some(3)),
            ("'import(x)'; // import(x)\na.import(x); ({ import: 1 }); important(x)", None),
            ("a = (;\nimport /*", Some(2)),
            ("a = (;\nimportant(b)", None),
        ];
        for (text, line) in found {
            assert_eq!(line_of_import(text), line, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_loop_stays() {
        let cases = [
            "x.while(1); x?.for(2); ({ while(a) {}, for: 1, get while() { return 1 } })",
            "class A extends B { while(a) { } static for(b) { } #while() { } }",
            "'while (1) {}'; \"for (;;) {}\"; `while (1) {}`; // while (1) {}\n/* for (;;) {} */",
            "x = /while (1) {}/; y = a / b; z = 1 /* for */ / 2; w = a++ / while_ / 2",
            "if (a) for (x of y) f(x); else g();",
            "const whiles = 1, forever = { whilst: 2 };",
        ];
        for plain in cases {
            assert_eq!(guarded(plain), plain);
        }
    }

    #[test]
    fn what_is_not_sure_stays() {
        let cases = [
            "let __tick = 1; while (a) b",
            "while (1) { <!-- x\n }",
            "function f() {} /a/.test(b); while (c) d",
            "while (a { ] }",
            "while (a) 'open\n'",
            "while (`${a) b",
            "while (a) /open\n/",
            "/* open while (a)",
            "await /a/; while (b) c",
            "a\n{ while (b) {} }",
        ];
        for plain in cases {
            assert_eq!(guard(plain), Guarded { text: plain.to_owned(), loops: 0, sure: false }, "{plain}");
        }
    }

    /// A piece of a program, with its own pieces at a depth.
    fn program(depth: u32) -> BoxedStrategy<String> {
        let leaf = prop_oneof![
            Just("a = b / c / d;".to_owned()),
            Just("x = /[/'\"]{2}/g.test(`while (${a}) {`);".to_owned()),
            Just("s = 'for (;;) {}' + \"it\\\"s\";".to_owned()),
            Just("// while (true)\n".to_owned()),
            Just("o = { while: 1, if: { b: [2, { c }] } };\n".to_owned()),
            Just("i++; --j;\n\n".to_owned()),
        ];
        leaf.prop_recursive(depth, 40, 3, |inner| {
            let block = proptest::collection::vec(inner, 0..3).prop_map(|parts| format!("{{\n{} }}", parts.join(" ")));
            prop_oneof![
                block.clone().prop_map(|b| format!("for (;;) {b}\n")),
                block.clone().prop_map(|b| format!("while (a < b) {b}\n")),
                block.clone().prop_map(|b| format!("do {b} while (a);")),
                block.clone().prop_map(|b| format!("for (let i = 0; i < 3; i++) {b}")),
                block.clone().prop_map(|b| format!("for (const x of y) {b}\n")),
                block.clone().prop_map(|b| format!("if (a) {b} else {b}")),
                block.clone().prop_map(|b| format!("f(() => {b}, `a ${{(function () {b})()}} b`);")),
                block.prop_map(|b| format!("function f() {b}\n")),
            ]
        })
        .boxed()
    }

    /// The text without its guards.
    fn stripped(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(TICK) {
            out.push_str(&rest[..at]);
            rest = rest[at..].split_once(')').map_or("", |(_, rest)| rest);
            rest = rest.strip_prefix([',', ';']).unwrap_or(rest);
            rest = rest.strip_prefix("1;").map_or(rest, |_| &rest[1..]);
        }
        out + rest
    }

    proptest! {
        #[test]
        fn programs_are_understood_and_only_added_to(text in program(4)) {
            let guarded = guard(&text);
            prop_assert!(guarded.sure, "{}", text);
            prop_assert_eq!(guarded.text.matches(TICK).count(), guarded.loops);
            let quoted = text.matches("// while").count() + text.matches("`while").count();
            let loops = text.matches("while (").count() + text.matches("for (const").count() + text.matches("for (let").count()
                + text.matches("for (;;) {\n").count();
            prop_assert_eq!(guarded.loops, loops - quoted, "{}", text);
            prop_assert_eq!(stripped(&guarded.text), text);
        }

        #[test]
        fn a_guard_names_the_line_on_which_it_stands(text in program(4)) {
            for (index, line) in guard(&text).text.lines().enumerate() {
                for named in line.split("__tick(").skip(1) {
                    let number: usize = named.split(')').next().unwrap().parse().unwrap();
                    prop_assert_eq!(number, index + 1);
                }
            }
        }

        #[test]
        fn any_text_is_guarded_or_left_alone(text in "(while|for|do|[(){};:?/`'\"$\\\\\\[\\], a1.=\n])*") {
            let guarded = guard(&text);
            prop_assert_eq!(guarded.text.matches('\n').count(), text.matches('\n').count());
            if !guarded.sure {
                prop_assert_eq!(guarded.text, text);
            }
        }
    }
}
