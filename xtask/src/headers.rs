//! The headers that a host should send with the page's files, in the two forms that hosts read: `_headers` (Netlify,
//! Cloudflare Pages) and a piece of nginx's configuration. Both are made from [`rules`], and lie in `dist/`.
//!
//! The page keeps its policy without any header. What headers add: the policy of a worker that is started without the page, who may
//! put the page into a frame, and how long a copy is good. Never here: the page's own policy, which is in its `<meta>`.

use crate::csp;
use crate::names::is_hashed;

/// Headers of every file. No `X-Frame-Options`: `DENY` would keep the page from its own sandboxed frames, which have no
/// origin, and so would `SAMEORIGIN`; `frame-ancestors` says the same with the difference.
const ALL: [(&str, &str); 2] = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer")];

/// The policy of what is neither a document nor a worker's program.
const INERT: &str = "default-src 'none'; frame-ancestors 'none'";
/// The policy of a worker that is started from its file.
const WORKER: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'";

/// A hashed file never changes; any other is asked for again each time.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASKED_AGAIN: &str = "no-cache";

/// The headers of one file beside those of all.
#[derive(Debug, PartialEq)]
pub struct Rule {
    /// The file below the page's folder.
    file: String,
    policy: String,
    cache: &'static str,
}

/// The rules for `files`, each with the text of those that are documents. A file's name is below the page's folder.
pub fn rules(files: &[(String, Option<String>)]) -> Result<Vec<Rule>, String> {
    let rule = |(file, html): &(String, Option<String>)| {
        let policy = match html {
            Some(html) => {
                let own = csp::policy(html).map_err(|error| format!("{file}: {error}"))?;
                let framed_by = if file.starts_with("sandbox/") { "'self'" } else { "'none'" };
                format!("{own}; frame-ancestors {framed_by}")
            }
            None if file.starts_with("worker_") && file.ends_with(".js") => WORKER.to_owned(),
            None => INERT.to_owned(),
        };
        Ok(Rule { file: file.clone(), policy, cache: if is_hashed(file) { FOR_EVER } else { ASKED_AGAIN } })
    };
    files.iter().map(rule).collect()
}

/// The rules as `_headers`. Rules that match the same file add up there, and two policies both hold: so each file is named.
pub fn underscore_headers(rules: &[Rule]) -> String {
    let headers = |headers: &[(&str, &str)]| headers.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect::<String>();
    let mut text = String::from("# For a page at the root of its host; in a folder put its path before each address.\n");
    text += &format!("/*\n{}", headers(&ALL));
    for Rule { file, policy, cache } in rules {
        let own = headers(&[("Content-Security-Policy", policy), ("Cache-Control", cache)]);
        if file == "index.html" {
            text += &format!("/\n{own}");
        }
        text += &format!("/{file}\n{own}");
    }
    text + &format!("/data/*\n{}", headers(&[("Content-Security-Policy", INERT), ("Cache-Control", ASKED_AGAIN)]))
}

/// The rules as two maps of nginx, for its `http` block, and the lines that use them.
pub fn nginx(rules: &[Rule]) -> String {
    let pattern = |file: &str| {
        let end = file.replace('.', "\\.");
        if file == "index.html" { format!("\"~/({end})?$\"") } else { format!("\"~/{end}$\"") }
    };
    let map = |name: &str, default: &str, value: &dyn Fn(&Rule) -> String| {
        let lines = rules.iter().filter(|rule| value(rule) != default);
        let lines: String = lines.map(|rule| format!("    {} \"{}\";\n", pattern(&rule.file), value(rule))).collect();
        format!("map $uri ${name} {{\n    default \"{default}\";\n{lines}}}\n")
    };
    let uses = ALL.iter().map(|(name, value)| format!("#     add_header {name} \"{value}\" always;\n"));
    format!(
        "# Include this file in the http block, and put these lines into the location of the page:\n#\n\
         #     add_header Content-Security-Policy $emberscope_policy always;\n\
         #     add_header Cache-Control $emberscope_cache always;\n{}#\n\
         # nginx forgets them in a block that has an add_header of its own. No X-Frame-Options: it breaks the sandboxed frames.\n\n{}{}",
        uses.collect::<String>(),
        map("emberscope_policy", INERT, &|rule| rule.policy.clone()),
        map("emberscope_cache", ASKED_AGAIN, &|rule| rule.cache.to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(policy: &str) -> Option<String> {
        Some(format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">"))
    }

    fn example() -> Vec<Rule> {
        let files = [
            ("index.html", page("default-src 'self'")),
            ("sandbox/frame.html", page("worker-src blob:")),
            ("worker_cpu-0123456789abcdef_loader.js", None),
            ("style-0123456789abcdef.css", None),
            ("_headers", None),
        ];
        rules(&files.map(|(file, html)| (file.to_owned(), html))).unwrap()
    }

    #[test]
    fn each_file_has_one_policy_and_hashed_ones_are_kept_for_ever() {
        let rules = example();
        let said: Vec<(&str, &str, &str)> = rules.iter().map(|rule| (&*rule.file, &*rule.policy, rule.cache)).collect();
        assert_eq!(
            said,
            [
                ("index.html", "default-src 'self'; frame-ancestors 'none'", ASKED_AGAIN),
                ("sandbox/frame.html", "worker-src blob:; frame-ancestors 'self'", ASKED_AGAIN),
                ("worker_cpu-0123456789abcdef_loader.js", WORKER, FOR_EVER),
                ("style-0123456789abcdef.css", INERT, FOR_EVER),
                ("_headers", INERT, ASKED_AGAIN),
            ]
        );
        let text = underscore_headers(&rules);
        // A policy for all files would hold beside that of each.
        assert!(!text.split("/*\n").nth(1).unwrap().split("\n/").next().unwrap().contains("Content-Security-Policy"), "{text}");
        for address in ["/", "/index.html", "/sandbox/frame.html", "/style-0123456789abcdef.css", "/data/*"] {
            assert_eq!(text.lines().filter(|line| *line == address).count(), 1, "{address} in\n{text}");
        }
    }

    #[test]
    fn nginx_has_the_same() {
        let text = nginx(&example());
        assert!(text.contains("\"~/(index\\.html)?$\" \"default-src 'self'; frame-ancestors 'none'\";"), "{text}");
        assert!(text.contains("\"~/style-0123456789abcdef\\.css$\" \"public, max-age=31536000, immutable\";"), "{text}");
        assert_eq!(text.matches('{').count(), text.matches('}').count());
        assert!(text.contains("add_header X-Content-Type-Options \"nosniff\" always;"), "{text}");
    }

    #[test]
    fn a_document_without_a_policy_is_refused() {
        assert!(rules(&[("index.html".to_owned(), Some("<p>".to_owned()))]).unwrap_err().starts_with("index.html: "));
    }
}
