//! A minute of new inputs for all readers, in child processes: a reader that kills its process is found out as well. The program is
//! the one that `cargo xtask fuzz` runs for longer, here as the other tests are compiled, so that nothing is built for it alone.

use std::process::Command;

#[test]
fn a_minute_of_inputs_finds_no_fault() {
    let output = Command::new(env!("CARGO_BIN_EXE_emberscope-fuzz")).args(["--minutes", "1"]).output().expect("cargo built the fuzzer");
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{told}");
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.ends_with("\n0 faults\n"), "{told}");
}
