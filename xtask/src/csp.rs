//! The content security policy of the built page: it allows the scripts that are in the page, by hash, and no others.
//!
//! Trunk writes an inline loader whose text differs from build to build, and marks it with a nonce placeholder. A nonce
//! is worth something only where a server makes a fresh one for every response; a static host cannot, so the
//! placeholder gives way to the hashes of what is there. Never here: files.

use base64::{Engine, engine::general_purpose::STANDARD};
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use sha2::{Digest, Sha256};

/// The placeholder, as set in `Trunk.toml`.
pub const NONCE: &str = "EMBERSCOPE_NONCE";

/// The policy of a document.
pub fn policy(html: &str) -> Result<String, String> {
    content(the_policy(&elements(html))?)
}

/// Seals the page: hashes in its policy, and no nonces.
pub fn seal(html: &str) -> Result<String, String> {
    let elements = elements(html);
    let policy = the_policy(&elements)?;
    let scripts: Vec<&Element> = elements.iter().filter(|element| element.is("script")).collect();
    if scripts.first().is_some_and(|script| script.tag.span.start < policy.tag.span.start) {
        return Err("a <script> stands before the policy's <meta>, where the policy does not reach it".into());
    }
    if scripts.iter().any(|script| !script.is_closed) {
        return Err("a <script> is not closed".into());
    }
    let mut hashes = Vec::new();
    for script in scripts.iter().filter(|script| script.value("src").is_none()) {
        let hash = format!("'{}'", hash_source(&script.text));
        if !hashes.contains(&hash) {
            hashes.push(hash);
        }
    }
    let content = content(policy)?;
    let sealed = seal_policy(&content, &hashes.join(" "))?;
    let (before, rest) = html.split_at(policy.tag.span.start);
    if !rest.contains(&content) {
        return Err("the policy's <meta> has character references, such as &amp;, in its content; write the characters".into());
    }
    let page = before.to_string() + &rest.replacen(&content, &sealed, 1);
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

fn the_policy(elements: &[Element]) -> Result<&Element, String> {
    let policies: Vec<&Element> = elements.iter().filter(|element| element.is_policy()).collect();
    let [policy] = policies[..] else {
        return Err(format!("the page has {} <meta http-equiv=\"{POLICY}\"> tags, but needs exactly one", policies.len()));
    };
    Ok(policy)
}

fn content(policy: &Element) -> Result<String, String> {
    policy.value("content").ok_or_else(|| "the policy's <meta> has no content".to_owned())
}

/// A CSP source for an inline script: the hash of its text.
fn hash_source(script: &str) -> String {
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

/// A start tag and the text behind it, up to the next tag.
struct Element {
    tag: StartTag<usize>,
    text: String,
    is_closed: bool,
}

impl Element {
    fn is(&self, name: &str) -> bool {
        *self.tag.name == name.as_bytes()
    }

    fn is_policy(&self) -> bool {
        self.is("meta") && self.value("http-equiv").is_some_and(|it| it.eq_ignore_ascii_case(POLICY))
    }

    fn value(&self, attribute: &str) -> Option<String> {
        self.tag.attributes.get(attribute.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
    }
}

/// The elements of a page as a browser's tokenizer finds them; the text of scripts is what browsers hash.
fn elements(html: &str) -> Vec<Element> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    // Without it the insides of scripts would be taken for markup.
    emitter.naively_switch_states(true);
    let mut elements: Vec<Element> = Vec::new();
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match (token, elements.last_mut()) {
            (Token::StartTag(tag), _) => elements.push(Element { tag, text: String::new(), is_closed: false }),
            (Token::String(text), Some(last)) if !last.is_closed => last.text += &String::from_utf8_lossy(&text),
            (Token::EndTag(end), Some(last)) if last.tag.name == end.name => last.is_closed = true,
            _ => {}
        }
    }
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    const META: &str = r#"<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src 'self' 'nonce-EMBERSCOPE_NONCE'; style-src 'self'">"#;

    #[test]
    fn hashes_are_what_browsers_compute() {
        // The example of the CSP specification, section 8.4.
        assert_eq!(hash_source("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
        // They hash what their parser made of the bytes, and that has only `\n` for line ends.
        assert_eq!(elements("<script>a\r\nb\rc</script>")[0].text, "a\nb\nc");
    }

    #[test]
    fn each_frame_allows_its_one_script_and_one_other_thing() {
        for (html, other) in [
            (include_str!("../../www/sandbox/frame.html"), "worker-src blob:"),
            (include_str!("../../www/sandbox/fetch.html"), "connect-src https: http://127.0.0.1:* http://localhost:*"),
        ] {
            let elements = elements(html);
            let scripts: Vec<&Element> = elements.iter().filter(|element| element.is("script")).collect();
            let [script] = scripts[..] else { panic!("the frame has {} scripts", scripts.len()) };
            assert_eq!(policy(html), Ok(format!("default-src 'none'; script-src '{}'; {other}", hash_source(&script.text))));
        }
    }

    #[test]
    fn the_page_asks_its_own_host_only() {
        let policy = policy(include_str!("../../index.html")).unwrap();
        assert!(policy.contains("; connect-src 'self';"), "{policy}");
        let elsewhere = policy.split([' ', ';']).filter(|source| source.contains("http") || source.contains('*') || *source == "https:");
        assert_eq!(elsewhere.count(), 0, "{policy}");
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
            (META.replace("'self'", "&apos;self&apos;"), "character references"),
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
