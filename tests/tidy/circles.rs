//! No circles among files: a file may use another one only if that one does not come to use it, on whatever way.
//!
//! Read from the text, since nothing else tells: `use` trees and paths in code (in macros too) become edges of a graph of
//! files, whose strongly connected components of two or more are circles. A path is followed through re-exports to the file
//! that defines the item. Not an edge: a module's re-export of its own children, and what only tests use.

use super::Source;
use std::collections::{BTreeMap, BTreeSet};

/// A module's path below the crate: `["charts", "axis"]`.
type Path = Vec<String>;

/// Module: its file, and what its text says.
#[derive(Default)]
struct Module {
    file: String,
    /// The text of the file without comments, literals and tests.
    text: String,
    /// Re-exports: the name, and the path that it stands for.
    exports: BTreeMap<String, Path>,
}

/// All modules of the library.
struct Crate {
    modules: BTreeMap<Path, Module>,
}

/// The circles among these files: each a list of paths, in order.
pub fn circles(sources: &[Source]) -> Vec<Vec<String>> {
    let library = Crate::read(sources);
    let edges: BTreeMap<&Path, BTreeSet<&Path>> = library.modules.keys().map(|path| (path, library.uses(path))).collect();
    let mut circles: Vec<Vec<String>> = components(&edges)
        .into_iter()
        .filter(|component| component.len() > 1)
        .map(|component| {
            let mut files: Vec<String> = component.iter().map(|path| library.modules[*path].file.clone()).collect();
            files.sort();
            files
        })
        .collect();
    circles.sort();
    circles
}

impl Crate {
    fn read(sources: &[Source]) -> Self {
        let mut modules = BTreeMap::new();
        let mut only_for_tests = BTreeSet::new();
        for source in sources {
            let Some(path) = module_path(&source.path) else { continue };
            let text = without_tests(&without_comments_and_literals(&source.text), |module| {
                only_for_tests.insert([&path[..], &[module.to_owned()]].concat());
            });
            modules.insert(path, Module { file: source.path.clone(), text, exports: BTreeMap::new() });
        }
        modules.retain(|path, _| !only_for_tests.contains(path));
        let exports: Vec<(Path, BTreeMap<String, Path>)> = modules
            .iter()
            .map(|(path, module)| {
                let each = use_trees(&module.text).filter(|(is_public, _)| *is_public).flat_map(|(_, tree)| leaves(tree));
                let named = each.filter_map(|leaf| {
                    let (target, alias) = leaf.split_once(" as ").unwrap_or((&leaf, ""));
                    let target = absolute(path, target.trim(), true)?;
                    let name = if alias.is_empty() { target.last()?.clone() } else { alias.trim().to_owned() };
                    Some((name, target))
                });
                (path.clone(), named.collect())
            })
            .collect();
        for (path, exports) in exports {
            if let Some(module) = modules.get_mut(&path) {
                module.exports = exports;
            }
        }
        Self { modules }
    }

    /// The modules, in files of their own, whose items `module` uses.
    fn uses(&self, module: &Path) -> BTreeSet<&Path> {
        let text = &self.modules[module].text;
        let children: BTreeSet<&str> = self
            .modules
            .keys()
            .filter(|path| path.len() == module.len() + 1 && path.starts_with(module))
            .filter_map(|path| path.last().map(String::as_str))
            .collect();
        let mut used = Vec::new();
        // What a name stands for that was brought in by `use`.
        let mut names: BTreeMap<String, Path> = BTreeMap::new();
        let mut code = String::new();
        let mut rest = text.as_str();
        // `use` trees for themselves: what stands within their braces is no path of its own.
        while let Some((start, end)) = next_use(rest) {
            code.push_str(&rest[..start]);
            let is_public = is_public(&rest[..start]);
            for leaf in leaves(&rest[start + 4..end]) {
                let (written, alias) = leaf.split_once(" as ").unwrap_or((&leaf, ""));
                let first = written.split("::").next().unwrap_or_default().trim();
                let is_of_child = first == "self" || children.contains(first);
                if is_public && is_of_child {
                    continue;
                }
                let Some(path) = absolute(module, written, is_of_child) else { continue };
                let alias = Some(alias.trim().to_owned()).filter(|alias| !alias.is_empty()).or(path.last().cloned());
                names.extend(alias.map(|alias| (alias, path.clone())));
                used.push(path);
            }
            rest = &rest[end..];
        }
        code.push_str(rest);
        for written in paths_in(&code) {
            let (first, inner) = written.split_once("::").unwrap_or((&written, ""));
            let path = match names.get(first) {
                Some(path) => Some(path.iter().cloned().chain(inner.split("::").map(str::to_owned)).collect()),
                None => absolute(module, &written, children.contains(first)),
            };
            used.extend(path);
        }
        used.iter().filter_map(|path| self.owner(path, 0)).filter(|owner| *owner != module).collect()
    }

    /// The module whose file defines what is at `path`, through re-exports.
    fn owner(&self, path: &[String], depth: usize) -> Option<&Path> {
        (0..=path.len()).rev().find_map(|len| {
            let (found, module) = self.modules.get_key_value(&path[..len])?;
            match path.get(len).and_then(|name| module.exports.get(name)) {
                Some(target) if depth < 8 => self.owner(&[&target[..], &path[len + 1..]].concat(), depth + 1),
                _ => Some(found),
            }
        })
    }
}

/// `src/charts/axis.rs` and `src/charts/axis/mod.rs`: `charts::axis`. Programs' own files are nobody's modules.
fn module_path(file: &str) -> Option<Path> {
    let inner = file.strip_prefix("src/")?.strip_suffix(".rs")?;
    if inner == "main" || inner.starts_with("bin/") {
        return None;
    }
    let mut path: Path = inner.split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|last| last == "mod" || last == "lib") {
        path.pop();
    }
    Some(path)
}

/// A path as written in `module`, from the crate's root. `is_local`: without `crate` or `super` it begins in the module.
fn absolute(module: &Path, written: &str, is_local: bool) -> Option<Path> {
    let mut parts = written.split("::").map(str::trim).filter(|part| !part.is_empty()).peekable();
    let mut path = match *parts.peek()? {
        "crate" => {
            parts.next();
            Vec::new()
        }
        "self" => {
            parts.next();
            module.clone()
        }
        "super" => module.clone(),
        _ if is_local => module.clone(),
        _ => return None,
    };
    while parts.next_if_eq(&"super").is_some() {
        path.pop()?;
    }
    path.extend(parts.map(str::to_owned));
    Some(path)
}

/// The begin of the next `use …;` and the place of its `;`.
fn next_use(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find("use ")?;
        let is_word = !text[..start].ends_with(|before: char| before.is_alphanumeric() || before == '_');
        let end = start + text[start..].find(';')?;
        let tree = &text[start + 4..end];
        // Also `impl Trait + use<'a>` and words in macros: a tree has nothing but names.
        if is_word && tree.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "_:{},*#".contains(c)) {
            return Some((start, end));
        }
        from = start + 4;
    }
}

/// All `use` trees of a text, and whether they are re-exports.
fn use_trees(mut text: &str) -> impl Iterator<Item = (bool, &str)> {
    std::iter::from_fn(move || {
        let (start, end) = next_use(text)?;
        let found = (is_public(&text[..start]), &text[start + 4..end]);
        text = &text[end..];
        Some(found)
    })
}

/// Whether a `use` after this text is a re-export.
fn is_public(before: &str) -> bool {
    let before = before.trim_end();
    ["pub", "pub(crate)", "pub(super)"].iter().any(|word| before.ends_with(word))
}

/// The single paths of a `use` tree: `a::{b, c::{d as e}}` has `a::b` and `a::c::d as e`.
fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(open) = tree.find('{') else { return if tree.is_empty() { vec![] } else { vec![tree] } };
    let (stem, inner) = (&tree[..open], &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())]);
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in inner.chars() {
        match c {
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts.iter().flat_map(|part| leaves(part.trim())).map(|leaf| format!("{stem}{leaf}").trim_end_matches("::self").to_owned()).collect()
}

/// All paths of two or more names in code, as written.
fn paths_in(code: &str) -> impl Iterator<Item = String> {
    let words = code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    words.filter(|word| word.contains("::")).map(|word| word.trim_matches(':').to_owned()).filter(|word| word.contains("::"))
}

/// The text with comments left out and strings and characters emptied.
fn without_comments_and_literals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after_word = out.ends_with(|before: char| before.is_alphanumeric() || before == '_');
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            rest = &rest[rest.find("*/").map_or(rest.len(), |end| end + 2)..];
        } else if let Some(hashes) = rest.strip_prefix('r').filter(|_| !after_word).map(|raw| raw.len() - raw.trim_start_matches('#').len())
            && rest[1 + hashes..].starts_with('"')
        {
            let end = format!("\"{}", "#".repeat(hashes));
            let from = 2 + hashes;
            rest = &rest[rest[from..].find(&end).map_or(rest.len(), |at| from + at + end.len())..];
        } else if c == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            rest = &rest[end.map_or(rest.len(), |at| at + 2)..];
        } else if c == '\'' && is_character(rest) {
            let from = if rest[1..].starts_with('\\') { 3 } else { 1 };
            let skip = rest[from..].find('\'').map_or(rest.len(), |at| from + at + 1);
            rest = &rest[skip..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// Whether a text that begins with `'` begins with a character, and not with a lifetime.
fn is_character(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => true,
        (Some(_), Some(second)) => second == '\'',
        _ => false,
    }
}

/// The text without items under `#[cfg(test)]`; tells of modules there that have a file of their own.
fn without_tests(text: &str, mut is_test_module: impl FnMut(&str)) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        out.push_str(&rest[..at]);
        rest = &rest[at + MARK.len()..];
        let open = rest.find('{').unwrap_or(rest.len());
        let semicolon = rest.find(';').unwrap_or(rest.len());
        if semicolon < open {
            let item = &rest[..semicolon];
            if let Some(name) = item.split("mod ").nth(1) {
                is_test_module(name.trim());
            }
            rest = &rest[(semicolon + 1).min(rest.len())..];
        } else {
            let mut depth = 0;
            let end = rest.find(|c| {
                depth += i32::from(c == '{') - i32::from(c == '}');
                c == '}' && depth == 0
            });
            rest = &rest[end.map_or(rest.len(), |at| at + 1)..];
        }
    }
    out + rest
}

/// The strongly connected components of a graph (Tarjan, 1972).
fn components<'a>(edges: &BTreeMap<&'a Path, BTreeSet<&'a Path>>) -> Vec<Vec<&'a Path>> {
    struct Search<'a, 'g> {
        edges: &'g BTreeMap<&'a Path, BTreeSet<&'a Path>>,
        /// The number of each node found, and the lowest number that can be reached from it on the stack.
        numbers: BTreeMap<&'a Path, (usize, usize)>,
        stack: Vec<&'a Path>,
        found: Vec<Vec<&'a Path>>,
    }
    impl<'a> Search<'a, '_> {
        fn visit(&mut self, node: &'a Path) -> usize {
            let number = self.numbers.len();
            let mut low = number;
            self.numbers.insert(node, (number, number));
            self.stack.push(node);
            for &next in self.edges.get(node).into_iter().flatten() {
                match self.numbers.get(next) {
                    None => low = low.min(self.visit(next)),
                    Some((known, _)) if self.stack.contains(&next) => low = low.min(*known),
                    Some(_) => {}
                }
            }
            self.numbers.insert(node, (number, low));
            if low == number {
                let at = self.stack.iter().position(|other| *other == node).expect("the node was pushed");
                self.found.push(self.stack.split_off(at));
            }
            low
        }
    }
    let mut search = Search { edges, numbers: BTreeMap::new(), stack: Vec::new(), found: Vec::new() };
    for &node in edges.keys() {
        if !search.numbers.contains_key(node) {
            search.visit(node);
        }
    }
    search.found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let sources: Vec<Source> =
            files.iter().map(|(path, text)| Source { path: format!("src/{path}"), text: (*text).to_owned() }).collect();
        circles(&sources)
    }

    #[test]
    fn a_circle_is_found_on_every_way_of_naming() {
        let lib = ("lib.rs", "pub mod a;\npub mod b;");
        for use_of_a in [
            "use crate::a::A;",
            "use super::a::{self, A};",
            "fn f() { crate::a::f() }",
            "fn f() { view! { {super::a::f()} } }",
            "use crate::{c::C, a::{deep::D as E}};",
            "use crate as root;\nfn f() { root::a::f() }",
        ] {
            let found = circles_of(&[lib, ("a.rs", "use crate::b::B;"), ("b.rs", use_of_a)]);
            assert_eq!(found, [["src/a.rs", "src/b.rs"]], "{use_of_a}");
        }
    }

    #[test]
    fn a_circle_is_found_through_a_re_export_and_over_three_files() {
        let found = circles_of(&[
            ("lib.rs", "pub mod a; pub mod b;"),
            ("a/mod.rs", "pub mod one; pub mod two;\npub use one::One;"),
            ("a/one.rs", "use crate::b;"),
            ("a/two.rs", "use super::One;"),
            ("b.rs", "use crate::a::two::Two;"),
        ]);
        assert_eq!(found, [["src/a/one.rs", "src/a/two.rs", "src/b.rs"]]);
    }

    #[test]
    fn a_parent_and_its_child_may_not_use_each_other() {
        let parent = "mod child;\nfn f() { child::f() }\npub struct P;";
        assert_eq!(circles_of(&[("a.rs", parent), ("a/child.rs", "use super::P;")]), [["src/a.rs", "src/a/child.rs"]]);
        assert!(circles_of(&[("a.rs", "mod child;\npub use child::f;\npub struct P;"), ("a/child.rs", "use super::P;")]).is_empty());
    }

    #[test]
    fn tests_comments_and_texts_are_no_use() {
        for no_use in [
            "// crate::a::A",
            "/* crate::a::A */",
            "const X: &str = \"crate::a::A \\\" crate::a::B\";",
            "const X: &str = r#\"crate::a::A\"#;",
            "#[cfg(test)]\nmod tests { use crate::a::A; fn f() { if true { crate::a::f() } } }",
            "#[cfg(test)]\nuse crate::a::A;",
        ] {
            assert!(circles_of(&[("a.rs", "use crate::b::B;"), ("b.rs", no_use)]).is_empty(), "{no_use}");
        }
        assert!(
            circles_of(&[("a.rs", "#[cfg(test)]\nmod tests;\npub struct A;\nuse crate::b::B;"), ("a/tests.rs", ""), ("b.rs", "")])
                .is_empty()
        );
    }
}
