//! Sealing the built page: its content security policy allows the scripts that are in it, by hash, and no others.
//!
//! Trunk writes an inline loader whose text differs from build to build, and marks it with a nonce placeholder. A nonce
//! is worth something only where a server makes a fresh one for every response; a static host cannot, so the
//! placeholder gives way to the hashes of what is there. Never here: files.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// The placeholder, as set in `Trunk.toml`.
pub const NONCE: &str = "EMBERSCOPE_NONCE";

/// The page with hashes in its policy and without nonces.
pub fn seal(html: &str) -> Result<String, String> {
    let tags = tags(html);
    let policies: Vec<&Tag> =
        tags.iter().filter(|tag| tag.is("meta") && tag.value("http-equiv").is_some_and(|it| it.eq_ignore_ascii_case(POLICY))).collect();
    let [policy] = policies[..] else {
        return Err(format!("the page has {} <meta http-equiv=\"{POLICY}\"> tags, but needs exactly one", policies.len()));
    };
    let scripts: Vec<&Tag> = tags.iter().filter(|tag| tag.is("script")).collect();
    if scripts.first().is_some_and(|script| script.range.start < policy.range.start) {
        return Err("a <script> stands before the policy's <meta>, where the policy does not reach it".into());
    }
    let mut hashes = Vec::new();
    for script in scripts.iter().filter(|tag| tag.value("src").is_none()) {
        let hash = format!("'{}'", hash_source(script.content(html)?));
        if !hashes.contains(&hash) {
            hashes.push(hash);
        }
    }
    let content = policy.value("content").ok_or("the policy's <meta> has no content")?;
    let sealed = seal_policy(content, &hashes.join(" "))?;
    let tag = &html[policy.range.clone()];
    let page = [&html[..policy.range.start], &tag.replacen(content, &sealed, 1), &html[policy.range.end..]].concat();
    let page = page.replace(&format!(" nonce=\"{NONCE}\""), "");
    if page.contains(NONCE) {
        return Err(format!("{NONCE} stands in the page where no nonce belongs"));
    }
    Ok(page)
}

/// Values of attributes and imports that start at the host's root: such a page works under `/` only.
pub fn rooted_urls(html: &str) -> Vec<&str> {
    let starts = ["=\"/", "='/", "from '/", "from \"/", ": '/"];
    starts.iter().flat_map(|start| html.match_indices(start).map(|(at, _)| html[at..].lines().next().unwrap_or_default())).collect()
}

const POLICY: &str = "Content-Security-Policy";

/// A CSP source for an inline script of that text. The browser hashes what its parser made of the bytes, and that has
/// only `\n` for line ends.
fn hash_source(script: &str) -> String {
    let script = script.replace("\r\n", "\n").replace('\r', "\n");
    format!("sha256-{}", STANDARD.encode(Sha256::digest(script.as_bytes())))
}

fn seal_policy(policy: &str, hashes: &str) -> Result<String, String> {
    let nonce = format!("'nonce-{NONCE}'");
    let mut replaced = false;
    let mut directives = Vec::new();
    for directive in policy.split(';') {
        let name = directive.split_whitespace().next().unwrap_or_default();
        if !directive.contains(&nonce) {
            directives.push(directive.to_string());
        } else if name == "script-src" {
            replaced = true;
            directives.push(directive.replace(&nonce, hashes));
        } else {
            return Err(format!("the policy's {name} has the nonce; only script-src may"));
        }
    }
    if replaced { Ok(directives.join(";")) } else { Err(format!("the policy's script-src lacks the source {nonce}")) }
}

/// A start tag in a page.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    range: Range<usize>,
}

impl<'a> Tag<'a> {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    fn value(&self, attribute: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute)).map(|(_, value)| *value)
    }

    /// What stands between a raw-text element's tags.
    fn content<'h>(&self, html: &'h str) -> Result<&'h str, String> {
        let rest = &html[self.range.end..];
        let end = find_ignoring_case(rest, &format!("</{}", self.name)).ok_or(format!("a <{}> is not closed", self.name))?;
        Ok(&rest[..end])
    }
}

/// The start tags of a page, comments and the insides of scripts and styles left out. Enough of HTML for a page of our
/// own that Trunk has already parsed and written.
fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        let start = at + found;
        if html[start..].starts_with("<!--") {
            at = html[start..].find("-->").map_or(html.len(), |end| start + end + 3);
            continue;
        }
        let Some(tag) = tag_at(html, start) else {
            at = start + 1;
            continue;
        };
        at = tag.range.end;
        if tag.is("script") || tag.is("style") {
            at += find_ignoring_case(&html[at..], &format!("</{}", tag.name)).unwrap_or(0);
        }
        tags.push(tag);
    }
    tags
}

fn tag_at(html: &str, start: usize) -> Option<Tag<'_>> {
    let inside = &html[start + 1..];
    let name = &inside[..inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '-')?];
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut attributes = Vec::new();
    let mut rest = &inside[name.len()..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return Some(Tag { name, attributes, range: start..html.len() - after.len() });
        }
        let name_len = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/'))?;
        let (attribute, after) = rest.split_at(name_len);
        let (value, after) = match after.trim_start().strip_prefix('=').map(str::trim_start) {
            None => ("", after),
            Some(after) => match after.chars().next()? {
                quote @ ('"' | '\'') => after[1..].split_once(quote)?,
                _ => after.split_at(after.find(|c: char| c.is_whitespace() || c == '>')?),
            },
        };
        if attribute.is_empty() && after.len() == rest.len() {
            return None;
        }
        attributes.push((attribute, value));
        rest = after;
    }
}

fn find_ignoring_case(text: &str, ascii: &str) -> Option<usize> {
    text.as_bytes().windows(ascii.len()).position(|window| window.eq_ignore_ascii_case(ascii.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const META: &str = r#"<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'self' 'nonce-EMBERSCOPE_NONCE'; style-src 'self'">"#;

    #[test]
    fn hashes_are_what_browsers_compute() {
        // The example of the CSP specification, section 8.4.
        assert_eq!(hash_source("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
        assert_eq!(hash_source("a\r\nb\rc"), hash_source("a\nb\nc"));
    }

    #[test]
    fn the_sandbox_allows_its_one_script_and_no_other_thing() {
        let html = include_str!("../../www/sandbox/frame.html");
        let tags = tags(html);
        let scripts: Vec<&Tag> = tags.iter().filter(|tag| tag.is("script")).collect();
        let [script] = scripts[..] else { panic!("the sandbox has {} scripts", scripts.len()) };
        let hash = hash_source(script.content(html).unwrap());
        let policy = tags.iter().find(|tag| tag.value("http-equiv") == Some(POLICY)).and_then(|tag| tag.value("content"));
        assert_eq!(policy, Some(&*format!("default-src 'none'; script-src '{hash}'; worker-src blob:")));
    }

    #[test]
    fn hashes_take_the_place_of_the_nonce() {
        let page = format!(
            "<!doctype html><html><head><!-- <script>no</script> -->{META}<link rel=\"x\" nonce=\"EMBERSCOPE_NONCE\" href=\"./a.js\"></head>\
             <body>1 < 2<script type=\"module\" nonce=\"EMBERSCOPE_NONCE\">let a = '<meta>';</script><SCRIPT>two</SCRIPT>\
             <script src=\"./a.js\"></script></body></html>"
        );
        let sealed = seal(&page).unwrap();
        let expected = format!("script-src 'self' '{}' '{}'; style-src", hash_source("let a = '<meta>';"), hash_source("two"));
        assert!(sealed.contains(&expected), "{sealed}");
        assert!(!sealed.contains("nonce"), "{sealed}");
        assert!(sealed.contains("<script type=\"module\">let a = '<meta>';</script>"), "{sealed}");
    }

    #[test]
    fn an_unsealable_page_says_why() {
        for (page, why) in [
            ("<p>".to_string(), "has 0 <meta"),
            (format!("{META}{META}"), "has 2 <meta"),
            (format!("<script>early</script>{META}"), "stands before"),
            (META.replace("'nonce-EMBERSCOPE_NONCE'", ""), "lacks the source"),
            (META.replace("script-src", "style-src"), "only script-src may"),
            (format!("{META}<script>open"), "not closed"),
            (format!("{META}<p>EMBERSCOPE_NONCE"), "where no nonce belongs"),
        ] {
            let error = seal(&page).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn urls_from_the_root_are_found() {
        assert_eq!(rooted_urls("<a href=\"./x\">\nimport a from './b.js'"), Vec::<&str>::new());
        assert_eq!(rooted_urls("<a href=\"/x\">\nimport a from '/b.js'"), ["=\"/x\">", "from '/b.js'"]);
    }

    #[test]
    fn broken_markup_never_panics() {
        let page = format!("<html a='b' c=d e>{META}<script>x</script>é<p title=\"ü\"");
        for (len, _) in page.char_indices() {
            let _ = seal(&page[..len]);
        }
    }
}
