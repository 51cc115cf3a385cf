//! The names of the workers' files, and the id of the build. Trunk gives the page's own files names with a hash, but not
//! the workers', so that a page could meet the workers of another build: on a host that has been given a new one, or
//! out of a cache.
//!
//! After [`seal`] each worker's module and script has the hash of its content in its name, so it may be kept for ever. Its loader
//! has the id of the build in its name and tells it; the page has the id in a `<meta>` (`src/web/build.rs`). The id
//! follows from all modules and scripts: the same code is the same build. Never here: what Trunk makes.

use crate::layers::{CPU, GPU, NDARRAY, STORE};
use crate::process::Result;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// The `<meta>` of `index.html` that the id goes into.
const META: &str = "<meta name=\"build\" content=\"\">";

/// Gives the workers' files in `dist` their names, and returns the id of the build.
pub fn seal(dist: &Path) -> Result<String> {
    let mut sealed = Vec::new();
    for program in [CPU, NDARRAY, GPU, STORE].map(|layer| layer.bin) {
        // One that Trunk was told to skip.
        if dist.join(format!("{program}_loader.js")).is_file() {
            sealed.push((program, seal_worker(dist, program)?));
        }
    }
    let build = id(dist)?;
    for (program, script) in sealed {
        let loader = loader(&script, &build);
        write(&dist.join(format!("{program}-{build}_loader.js")), loader.as_bytes())?;
    }
    Ok(build)
}

/// Puts the id into the page.
pub fn put_id(html: &str, build: &str) -> Result<String> {
    match html.matches(META).count() {
        1 => Ok(html.replace(META, &META.replace("\"\"", &format!("\"{build}\"")))),
        count => Err(format!("the page has {count} times {META}, but needs it once")),
    }
}

/// Whether the file `name` has the hash of what is in it, or the id of the build, in its name.
pub fn is_hashed(name: &str) -> bool {
    name.split(['-', '.', '_']).any(|part| part.len() == HASH_LENGTH && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// As long as Trunk's.
const HASH_LENGTH: usize = 16;

/// Renames a worker's module and script, removes its loader, and returns the script's new name.
fn seal_worker(dist: &Path, program: &str) -> Result<String> {
    let module = format!("{program}_bg.wasm");
    let content = read(&dist.join(&module))?;
    let sealed_module = format!("{program}-{}_bg.wasm", hash(&content));
    rename(dist, &module, &sealed_module)?;
    let script = format!("{program}.js");
    let text = String::from_utf8(read(&dist.join(&script))?).map_err(|_| format!("{script} is not UTF-8"))?;
    if !text.contains(&module) {
        return Err(format!("{script} does not name {module}; wasm-bindgen has changed, and so must names.rs"));
    }
    let text = text.replace(&module, &sealed_module);
    let sealed_script = format!("{program}-{}.js", hash(text.as_bytes()));
    write(&dist.join(&sealed_script), text.as_bytes())?;
    for old in [script, format!("{program}_loader.js")] {
        fs::remove_file(dist.join(&old)).map_err(|error| format!("{old}: {error}"))?;
    }
    Ok(sealed_script)
}

/// The loader of a worker: the id first, since the program asks for it as soon as it runs.
fn loader(script: &str, build: &str) -> String {
    format!("import init from './{script}';\nself.emberscopeBuild = '{build}';\nawait init();\n")
}

/// The id of the modules and scripts in `dist`.
fn id(dist: &Path) -> Result<String> {
    let mut all = Vec::new();
    for name in file_names(dist)?.iter().filter(|name| name.ends_with(".js") || name.ends_with(".wasm")) {
        all.push(format!("{name} {}\n", hash(&read(&dist.join(name))?)));
    }
    Ok(hash(all.concat().as_bytes()))
}

/// The names of the files in `folder`, in their order.
pub fn file_names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let files = entries.filter_map(|entry| entry.ok().filter(|entry| entry.path().is_file())?.file_name().into_string().ok());
    let mut names: Vec<String> = files.collect();
    names.sort();
    Ok(names)
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(HASH_LENGTH / 2).map(|byte| format!("{byte:02x}")).collect()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).map_err(|error| format!("{}: {error}", path.display()))
}

fn rename(dist: &Path, from: &str, to: &str) -> Result<()> {
    fs::rename(dist.join(from), dist.join(to)).map_err(|error| format!("{from}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder as Trunk leaves it, with a CPU worker of this `code`; gone at the end.
    struct Dist(std::path::PathBuf);

    impl Dist {
        fn new(test: &str, code: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("emberscope-names-{test}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            for (name, content) in [
                ("emberscope-0011223344556677.js", "page"),
                ("worker_cpu_bg.wasm", code),
                ("worker_cpu.js", "new URL('worker_cpu_bg.wasm', import.meta.url)"),
                ("worker_cpu_loader.js", "import init from './worker_cpu.js';await init();"),
            ] {
                fs::write(folder.join(name), content).unwrap();
            }
            Self(folder)
        }

        fn names(&self) -> Vec<String> {
            file_names(&self.0).unwrap()
        }
    }

    impl Drop for Dist {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    #[test]
    fn a_workers_files_name_each_other_by_their_hashes() {
        let dist = Dist::new("chain", "code");
        let build = seal(&dist.0).unwrap();
        let names = dist.names();
        let [_, workers @ ..] = &names[..] else { panic!("{names:?}") };
        let find = |is: &dyn Fn(&str) -> bool| workers.iter().find(|name| is(name)).unwrap_or_else(|| panic!("{names:?}"));
        let loader = find(&|name| name.ends_with("_loader.js"));
        let script = find(&|name| name.ends_with(".js") && !name.ends_with("_loader.js"));
        let module = find(&|name| name.ends_with(".wasm"));
        assert!(names.iter().all(|name| is_hashed(name)), "{names:?}");
        assert_eq!(*loader, format!("worker_cpu-{build}_loader.js"));
        let text = |name: &str| fs::read_to_string(dist.0.join(name)).unwrap();
        assert!(text(loader).contains(&format!("'./{script}'")) && text(loader).contains(&format!("= '{build}'")), "{}", text(loader));
        assert!(text(script).contains(&format!("'{module}'")), "{}", text(script));
        assert_eq!(*module, format!("worker_cpu-{}_bg.wasm", hash(b"code")));
    }

    #[test]
    fn the_same_code_is_the_same_build_and_other_code_another() {
        let build = |test, code| seal(&Dist::new(test, code).0).unwrap();
        assert_eq!(build("same-1", "code"), build("same-2", "code"));
        assert_ne!(build("same-3", "code"), build("same-4", "other code"));
    }

    #[test]
    fn the_id_has_its_place_in_the_page() {
        let sealed = put_id(include_str!("../../index.html"), "0123").unwrap();
        assert!(sealed.contains("<meta name=\"build\" content=\"0123\">"));
        assert!(put_id("<html>", "0123").unwrap_err().contains("0 times"));
    }

    #[test]
    fn a_hash_is_told_from_a_word() {
        assert!(is_hashed("style-37b373fc81f27f8b.css") && is_hashed("worker_cpu-37b373fc81f27f8b_bg.wasm"));
        assert!(!is_hashed("index.html") && !is_hashed("worker_cpu_loader.js") && !is_hashed("deadbeef.js"));
    }
}
