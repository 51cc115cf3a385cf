//! The fuzzer's program: makes and reads inputs in child processes, one a processor, so that a reader that kills its process
//! is found out, and prints what came of it. `cargo xtask fuzz` runs it.

mod child;
mod parent;

use emberscope_fuzz::memory::Counting;
use std::process::ExitCode;

#[global_allocator]
static MEMORY: Counting = Counting;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match &arguments[..] {
        ["child", reader, numbers @ ..] => child::run(reader, numbers),
        ["file", reader, path] => child::file(reader, path),
        options => parent::run(options),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
