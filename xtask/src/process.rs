//! Other programs: found on one search path, named in the message when they fail. Never here: which programs.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A result whose error is told to the user as it stands.
pub type Result<T> = std::result::Result<T, String>;

/// The repository's root. Cargo says where this package lives now; the build's own answer is the fallback.
pub fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or_else(|| package.clone(), Path::to_path_buf)
}

/// Cargo's build folder. Cargo is asked, because an environment variable or any of its configuration files may have
/// moved it.
pub fn target_dir() -> Result<PathBuf> {
    let metadata = output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    json_text(&metadata, "target_directory").map(PathBuf::from).ok_or_else(|| "`cargo metadata` names no target_directory".into())
}

/// The text of the field `key` in JSON where no other text contains that key.
fn json_text(json: &str, key: &str) -> Option<String> {
    let (_, rest) = json.split_once(&format!("\"{key}\":\""))?;
    let mut text = String::new();
    let mut characters = rest.chars();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => text.push(characters.next()?),
            other => text.push(other),
        }
    }
}

/// The folder into which `cargo install` puts programs.
pub fn install_dir() -> Option<PathBuf> {
    let cargo_home = || env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    env::var_os("CARGO_INSTALL_ROOT").map(PathBuf::from).or_else(cargo_home).map(|root| root.join("bin"))
}

/// `PATH` with [`install_dir`] in front: what was just installed must win over an older copy.
fn search_path() -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(install_dir().into_iter().chain(env::split_paths(&path))).unwrap_or(path)
}

/// The program `name` on the search path.
pub fn find(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&search_path()).map(|dir| dir.join(&file)).find(|path| path.is_file())
}

/// A command that runs `program` in the repository's root with the search path of [`find`].
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).env("PATH", search_path());
    command
}

/// The cargo that runs this program.
pub fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The text of `command` as one would type it, for messages.
pub fn typed(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Runs `command` to its end, its output passed through.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", typed(command));
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", typed(command))) }
}

/// Runs `command` to its end and returns its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| cannot_start(command, &error))?;
    if !output.status.success() {
        return Err(format!("`{}` failed ({})", typed(command), output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs `command` to its end, passing its standard output through and handing each line to `see` as well.
pub fn run_watched(command: &mut Command, mut see: impl FnMut(&str)) -> Result<()> {
    println!("$ {}", typed(command));
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| cannot_start(command, &error))?;
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        // By bytes, because a test may print anything; an unreadable line must not end the run.
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line);
            print!("{text}");
            let _ = std::io::stdout().flush();
            see(text.trim_end());
            line.clear();
        }
    }
    let status = child.wait().map_err(|error| format!("`{}`: {error}", typed(command)))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", typed(command))) }
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` cannot be started ({error}); is it installed and on PATH?", typed(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_show_the_command_as_typed() {
        assert_eq!(typed(Command::new("/usr/bin/trunk").args(["build", "--release"])), "trunk build --release");
    }

    #[test]
    fn the_target_folder_is_found() {
        assert_eq!(json_text(r#"{"a":1,"target_directory":"C:\\b \"c\"","d":""}"#, "target_directory").as_deref(), Some(r#"C:\b "c""#));
        assert_eq!(json_text(r#"{"target_directory":"cut"#, "target_directory"), None);
        // This very program was built there.
        assert!(env::current_exe().unwrap().canonicalize().unwrap().starts_with(target_dir().unwrap().canonicalize().unwrap()));
    }

    #[test]
    fn output_and_failure_are_told_apart() {
        assert!(output(cargo().arg("--version")).unwrap().starts_with("cargo "));
        let mut lines = 0;
        run_watched(cargo().arg("--version"), |_| lines += 1).unwrap();
        assert_eq!(lines, 1);
        assert!(run(&mut command("no-such-program-here")).unwrap_err().contains("is it installed"));
    }
}
