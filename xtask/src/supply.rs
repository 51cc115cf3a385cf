//! What the project depends on: licences, origins, doubles, versions that were taken back, known vulnerabilities, by
//! cargo-deny and the rules in `deny.toml`. Never here: the rules.

use crate::process::{Result, command, find, run, typed};
use crate::tools;
use std::process::Command;

/// The words of cargo-deny when it cannot get the database of vulnerabilities.
const NO_DATABASE: &str = "failed to fetch advisory database";

/// The result of the search for known vulnerabilities.
#[derive(Debug, PartialEq)]
enum Advisories {
    Clean,
    /// The database could not be reached, so nothing was looked at.
    NotLookedAt,
    Found,
}

/// Reads the end of cargo-deny and its words.
fn advisories(succeeded: bool, words: &str) -> Advisories {
    match succeeded {
        true => Advisories::Clean,
        false if words.contains(NO_DATABASE) => Advisories::NotLookedAt,
        false => Advisories::Found,
    }
}

fn deny(checks: &[&str]) -> Result<Command> {
    let program = find("cargo-deny").ok_or("cargo-deny is not where it was installed")?;
    let mut deny = command(program);
    // Features of all layers: each is built by somebody.
    deny.args(["--all-features", "--locked", "check", "--hide-inclusion-graph"]).args(checks);
    Ok(deny)
}

/// Holds the rules of `deny.toml`. What needs no network fails where it is broken; vulnerabilities are looked for where the
/// database can be had, and where it cannot the step says so and goes on.
pub fn check() -> Result<()> {
    tools::cargo_deny()?;
    run(&mut deny(&["licenses", "sources", "bans"])?)?;
    let mut search = deny(&["advisories"])?;
    println!("$ {}", typed(&search));
    let output = search.output().map_err(|error| format!("cargo-deny cannot be started: {error}"))?;
    let words = String::from_utf8_lossy(&output.stderr);
    match advisories(output.status.success(), &words) {
        Advisories::Clean => println!("{words}no advisory, nothing yanked"),
        Advisories::NotLookedAt => {
            println!(
                "NOT LOOKED AT: advisories and yanked versions; the database (github.com/RustSec/advisory-db) cannot be reached from here"
            );
        }
        Advisories::Found => return Err(format!("cargo-deny found advisories, or could not look for them:\n{words}")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_database_out_of_reach_is_passed_over() {
        let unreachable =
            "2026-11-27 [ERROR] failed to fetch advisory database https://github.com/RustSec/advisory-db with cli: failed to clone";
        assert_eq!(advisories(false, unreachable), Advisories::NotLookedAt);
        assert_eq!(advisories(false, "error[vulnerability]: a buffer overflow"), Advisories::Found);
        assert_eq!(advisories(false, "error[yanked]: detected yanked crate"), Advisories::Found);
        assert_eq!(advisories(false, ""), Advisories::Found);
        assert_eq!(advisories(true, "advisories ok"), Advisories::Clean);
    }
}
