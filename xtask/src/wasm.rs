//! The export section of a WebAssembly module, read without a dependency: the format is small and the build needs no
//! more of it. Never here: the rest of the format.

/// The names of a module's exports.
pub fn export_names(module: &[u8]) -> Result<Vec<String>, String> {
    let mut input = module.strip_prefix(b"\0asm\x01\0\0\0").ok_or("it does not start like a WebAssembly 1.0 module")?;
    while !input.is_empty() {
        let id = byte(&mut input)?;
        let section = sized(&mut input)?;
        if id == EXPORT_SECTION {
            return exports(section);
        }
    }
    Ok(Vec::new())
}

/// Exports that a linked program has when the linker took it for a command, which runs its constructors around every
/// single call. The page's modules live long, so such an export is a mistake in how they were linked.
pub fn command_exports(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).filter(|name| name.ends_with(".command_export")).collect()
}

const EXPORT_SECTION: u8 = 7;

fn exports(mut section: &[u8]) -> Result<Vec<String>, String> {
    let count = number(&mut section)?;
    let mut names = Vec::new();
    for _ in 0..count {
        let name = std::str::from_utf8(sized(&mut section)?).map_err(|_| "an export's name is not UTF-8")?;
        names.push(name.to_string());
        let _kind = byte(&mut section)?;
        let _index = number(&mut section)?;
    }
    Ok(names)
}

fn byte(input: &mut &[u8]) -> Result<u8, String> {
    let (&first, rest) = input.split_first().ok_or("it ends too early")?;
    *input = rest;
    Ok(first)
}

/// An unsigned LEB128 number of at most 32 bits.
fn number(input: &mut &[u8]) -> Result<usize, String> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let byte = byte(input)?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return usize::try_from(value).map_err(|_| "a number is too large".into());
        }
    }
    Err("a number is too long".into())
}

/// A length and so many bytes.
fn sized<'a>(input: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let len = number(input)?;
    let (content, rest) = input.split_at_checked(len).ok_or("it ends too early")?;
    *input = rest;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(exports: &[&str]) -> Vec<u8> {
        let mut section = vec![exports.len() as u8];
        for name in exports {
            section.push(name.len() as u8);
            section.extend(name.bytes());
            section.extend([0, 0x80, 0x01]);
        }
        let custom = [0, 3, 1, b'x', 9];
        [&b"\0asm\x01\0\0\0"[..], &custom, &[EXPORT_SECTION, section.len() as u8], &section].concat()
    }

    #[test]
    fn lists_exports_behind_other_sections() {
        let names = export_names(&module(&["memory", "main.command_export"])).unwrap();
        assert_eq!(names, ["memory", "main.command_export"]);
        assert_eq!(command_exports(&names), ["main.command_export"]);
        assert!(export_names(b"\0asm\x01\0\0\0").unwrap().is_empty());
    }

    #[test]
    fn damage_is_an_error_not_a_panic() {
        let whole = module(&["memory", "start"]);
        for len in 0..whole.len() {
            // Cut between two sections, what is left is a module without exports.
            let left = export_names(&whole[..len]);
            assert!(left.is_err() || left == Ok(Vec::new()), "{len}: {left:?}");
        }
        assert!(export_names(b"\0asm\x01\0\0\0\x07\xff\xff\xff\xff\xff\xff").is_err());
        assert!(export_names(b"<!doctype html>").is_err());
    }
}
