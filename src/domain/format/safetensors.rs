//! The safetensors format: the length of a header, the header as JSON with each array's name, shape and place, then the
//! arrays' bytes without gaps.
//!
//! By hand and for `f32` alone: the format's own crate reads a dozen types and is many times this size; the tests
//! compare the two. Never here: the arrays' meaning.

use super::json::{Problem, Scan};
use crate::domain::model::ArrayHead;
use crate::domain::order::order_by;
use std::fmt::Write;

/// The longest header, in bytes: thousands of arrays, and a configuration with scripts.
const MOST_HEADER: u64 = 4 << 20;
/// The most arrays: several times those of the largest model.
const MOST_ARRAYS: usize = 4_000;
/// The most sides of one array.
const MOST_SIDES: usize = 8;
/// The longest name of an array, in bytes.
const MOST_NAME: usize = 200;
/// The most texts of the metadata.
const MOST_TEXTS: usize = 1_000;
const METADATA: &str = "__metadata__";

/// The content of a file.
#[derive(Debug, Default, PartialEq)]
pub struct Content<'a> {
    /// The texts by name.
    pub metadata: Vec<(String, String)>,
    /// The arrays with their bytes, by name.
    pub arrays: Vec<(ArrayHead, &'a [u8])>,
}

struct Entry {
    head: ArrayHead,
    begin: usize,
    end: usize,
}

/// Number of bytes of an `f32` array of this shape; `None` where no computer can hold it.
fn bytes_of(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(4_usize, |bytes, &side| bytes.checked_mul(side))
}

/// The header of `bytes`, of at most `most` bytes, and the data behind it.
fn split(bytes: &[u8], most: u64) -> Result<(&[u8], &[u8]), Problem> {
    let (length, rest) = bytes.split_first_chunk().ok_or("the file is cut off")?;
    let length = u64::from_le_bytes(*length);
    if length > most {
        return Err(format!("its header would have {length} bytes, and at most {most} are read; it may be no safetensors file"));
    }
    rest.split_at_checked(length as usize).ok_or_else(|| "the file is cut off, or is none of this kind".to_owned())
}

/// Puts a value where none is yet: a key may come once.
fn put<T>(place: &mut Option<T>, value: T) -> Result<(), Problem> {
    if place.replace(value).is_none() { Ok(()) } else { Err("a key is there twice".to_owned()) }
}

fn numbers(scan: &mut Scan<'_>) -> Result<Vec<usize>, Problem> {
    let mut numbers = Vec::new();
    scan.list(|scan| {
        if numbers.len() == MOST_SIDES {
            return Err(format!("an array has more than {MOST_SIDES} sides"));
        }
        numbers.push(scan.number()?.ok_or("a number is missing")?);
        Ok(())
    })?;
    Ok(numbers)
}

fn entry(name: &str, scan: &mut Scan<'_>) -> Result<Entry, Problem> {
    let (mut kind, mut shape, mut place) = (None, None, None);
    scan.object(|key, scan| match key {
        "dtype" => put(&mut kind, scan.string()?.into_owned()),
        "shape" => put(&mut shape, numbers(scan)?),
        "data_offsets" => put(&mut place, numbers(scan)?),
        _ => scan.raw().map(drop),
    })?;
    match (kind, shape, place.as_deref()) {
        (Some(kind), ..) if kind != "F32" => Err(format!("{name:?} has numbers of type {kind}, not F32")),
        (Some(_), Some(shape), Some(&[begin, end])) => {
            // Each by itself: two sizes that no computer can hold are not equal.
            let (Some(length), Some(bytes)) = (end.checked_sub(begin), bytes_of(&shape)) else {
                return Err(format!("{name:?} ends before it begins, or its shape {shape:?} is larger than any memory"));
            };
            if length != bytes {
                return Err(format!("{name:?} has {length} bytes, not the {bytes} of its shape {shape:?}"));
            }
            Ok(Entry { head: ArrayHead { name: name.to_owned(), shape }, begin, end })
        }
        _ => Err(format!("{name:?} is not described in full")),
    }
}

/// Reads a file.
///
/// # Errors
/// When it is not safetensors, is cut off or damaged, or has numbers of another type than `f32`.
pub fn read(bytes: &[u8]) -> Result<Content<'_>, Problem> {
    read_within(bytes, MOST_HEADER)
}

/// Reads a file whose header may have up to `most_header` bytes.
///
/// # Errors
/// As [`read`].
pub fn read_within(bytes: &[u8], most_header: u64) -> Result<Content<'_>, Problem> {
    let (header, data) = split(bytes, most_header)?;
    let header = str::from_utf8(header).map_err(|_| "its header is not text in UTF-8")?;
    let (mut metadata, mut entries) = (Vec::new(), Vec::<Entry>::new());
    let mut scan = Scan::new(header);
    scan.object(|name, scan| {
        if name == METADATA {
            return scan.object(|key, scan| {
                if metadata.len() == MOST_TEXTS {
                    return Err(format!("its metadata has more than {MOST_TEXTS} texts"));
                }
                metadata.push((key.to_owned(), scan.string()?.into_owned()));
                Ok(())
            });
        }
        if entries.len() == MOST_ARRAYS {
            return Err(format!("it has more than {MOST_ARRAYS} arrays"));
        }
        if name.len() > MOST_NAME {
            return Err(format!("the name of an array has {} bytes, more than {MOST_NAME}", name.len()));
        }
        entries.push(entry(name, scan)?);
        Ok(())
    })?;
    scan.end()?;
    let mut end = 0;
    for place in order_by(entries.len(), &|a, b| entries[a].begin.cmp(&entries[b].begin).then(entries[a].end.cmp(&entries[b].end))) {
        if entries[place].begin != end {
            return Err(format!("{:?} does not begin where the array before it ends", entries[place].head.name));
        }
        end = entries[place].end;
    }
    if end != data.len() {
        return Err(format!("the arrays take {end} bytes, but there are {}", data.len()));
    }
    let order = order_by(entries.len(), &|a, b| entries[a].head.name.cmp(&entries[b].head.name));
    if let Some(twice) = order.windows(2).find(|pair| entries[pair[0]].head.name == entries[pair[1]].head.name) {
        return Err(format!("{:?} is there twice", entries[twice[0]].head.name));
    }
    let arrays = order.into_iter().map(|place| (entries[place].head.clone(), &data[entries[place].begin..entries[place].end]));
    Ok(Content { metadata, arrays: arrays.collect() })
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text always has a JSON form")
}

/// Writes a file. Arrays go in the order of their names.
///
/// # Errors
/// When an array has not as many bytes as its shape says.
pub fn write(metadata: &[(&str, &str)], arrays: &[(&ArrayHead, &[u8])]) -> Result<Vec<u8>, Problem> {
    let texts: Vec<String> = metadata.iter().map(|(key, text)| format!("{}:{}", quoted(key), quoted(text))).collect();
    let mut header = format!("{{\"{METADATA}\":{{{}}}", texts.join(","));
    let order = order_by(arrays.len(), &|a, b| arrays[a].0.name.cmp(&arrays[b].0.name));
    let mut end = 0;
    for &place in &order {
        let (ArrayHead { name, shape }, bytes) = &arrays[place];
        if bytes_of(shape) != Some(bytes.len()) {
            return Err(format!("{name:?} has {} bytes, not as many as its shape {shape:?} says", bytes.len()));
        }
        let begin = end;
        end += bytes.len();
        write!(header, ",{}:{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{begin},{end}]}}", quoted(name))
            .expect("memory takes every write");
    }
    header.push('}');
    // The arrays begin at a multiple of 8, so that a reader may use them where they are.
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    for place in order {
        file.extend(arrays[place].1);
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::safetensors::tensor::{Dtype, TensorView};
    use ::safetensors::{SafeTensors, serialize};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, HashMap};

    type Arrays = BTreeMap<String, (Vec<usize>, Vec<u8>)>;

    fn arrays() -> impl Strategy<Value = Arrays> {
        let array = proptest::collection::vec(0..4_usize, 0..3).prop_flat_map(|shape| {
            let bytes = bytes_of(&shape).unwrap();
            (Just(shape), proptest::collection::vec(any::<u8>(), bytes..=bytes))
        });
        proptest::collection::btree_map(any::<String>().prop_filter("reserved", |name| name != METADATA), array, 0..5)
    }

    fn content(arrays: &Arrays) -> Vec<(ArrayHead, &[u8])> {
        arrays.iter().map(|(name, (shape, bytes))| (ArrayHead { name: name.clone(), shape: shape.clone() }, &bytes[..])).collect()
    }

    proptest! {
        #[test]
        fn the_formats_own_crate_reads_what_is_written(arrays in arrays(), metadata: BTreeMap<String, String>) {
            let content = content(&arrays);
            let texts: Vec<(&str, &str)> = metadata.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
            let file = write(&texts, &content.iter().map(|(head, bytes)| (head, *bytes)).collect::<Vec<_>>()).unwrap();
            let read = SafeTensors::deserialize(&file).unwrap();
            prop_assert_eq!(read.len(), content.len());
            for (head, bytes) in &content {
                let view = read.tensor(&head.name).unwrap();
                prop_assert_eq!((view.dtype(), view.shape(), view.data()), (Dtype::F32, &head.shape[..], *bytes));
            }
            let (_, header) = SafeTensors::read_metadata(&file).unwrap();
            let expected: HashMap<String, String> = metadata.clone().into_iter().collect();
            prop_assert_eq!(header.metadata().clone().unwrap_or_default().into_iter().collect::<HashMap<_, _>>(), expected);
        }

        #[test]
        fn what_the_formats_own_crate_writes_is_read(arrays in arrays()) {
            let content = content(&arrays);
            let views = content.iter().map(|(head, bytes)| (&head.name, TensorView::new(Dtype::F32, head.shape.clone(), bytes).unwrap()));
            let file = serialize(views, None).unwrap();
            prop_assert_eq!(read(&file).unwrap(), Content { metadata: Vec::new(), arrays: content });
        }

        /// Whatever the format's own crate refuses is refused; the other way round, names may not come twice here.
        #[test]
        fn damage_is_refused_by_both(arrays in arrays(), at: prop::sample::Index, byte in any::<u8>()) {
            let content = content(&arrays);
            let mut file = write(&[], &content.iter().map(|(head, bytes)| (head, *bytes)).collect::<Vec<_>>()).unwrap();
            let at = at.index(file.len());
            file[at] = byte;
            if let Ok(content) = read(&file) {
                let reference = SafeTensors::deserialize(&file);
                prop_assert!(reference.is_ok(), "{:?}", reference.err());
                prop_assert_eq!(reference.unwrap().len(), content.arrays.len());
            }
        }
    }

    #[test]
    fn gaps_and_overlaps_are_refused() {
        let array =
            |name: &str, begin: usize| format!("{name:?}:{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{begin},{}]}}", begin + 4);
        for (arrays, is_good) in [
            (vec![array("a", 4), array("b", 0)], true),
            (vec![array("a", 0), array("b", 0)], false),
            (vec![array("a", 0), array("b", 8)], false),
            (vec![array("a", 0), array("a", 4)], false),
            (vec![array("a", 0)], false),
        ] {
            assert_eq!(read(&file(&format!("{{{}}}", arrays.join(",")), 8)).is_ok(), is_good, "{arrays:?}");
        }
        assert!(read(&u64::MAX.to_le_bytes()).is_err());
        assert!(read(&file("{\"a\":{\"dtype\":\"F32\",\"shape\":[18446744073709551615,2],\"data_offsets\":[0,8]}}", 8)).is_err());
    }

    fn file(header: &str, data: usize) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; data]].concat()
    }

    #[test]
    fn two_sizes_that_no_computer_can_hold_are_not_equal() {
        let header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\
             \"b\":{\"dtype\":\"F32\",\"shape\":[4294967295,4294967295],\"data_offsets\":[8,4]}}";
        let problem = read(&file(header, 4)).unwrap_err();
        assert!(problem.contains("\"b\" ends before it begins"), "{problem}");
    }

    #[test]
    fn every_length_has_a_limit_that_is_named() {
        let array = |name: &str, shape: &str| format!("{name:?}:{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":[0,0]}}");
        let empty = |name: String| array(&name, "[0]");
        let many: Vec<String> = (0..=MOST_ARRAYS).map(|n| empty(n.to_string())).collect();
        let texts: Vec<String> = (0..=MOST_TEXTS).map(|n| format!("\"{n}\":\"\"")).collect();
        for (content, says) in [
            (many.join(","), "more than 4000 arrays"),
            (format!("{METADATA:?}:{{{}}}", texts.join(",")), "more than 1000 texts"),
            (empty("n".repeat(201)), "has 201 bytes, more than 200"),
            (array("a", "[0,0,0,0,0,0,0,0,0]"), "more than 8 sides"),
            ("\"a\":{\"shape\":[1],\"shape\":[0],\"dtype\":\"F32\",\"data_offsets\":[0,0]}".to_owned(), "a key is there twice"),
        ] {
            let problem = read(&file(&format!("{{{content}}}"), 0)).unwrap_err();
            assert!(problem.contains(says), "{problem}");
        }
        let long = (MOST_HEADER + 1).to_le_bytes();
        assert!(read(&long).unwrap_err().contains("4194305 bytes, and at most 4194304"));
    }

    /// Numbers at the ends of what fits, and a few that make good files.
    fn odd_number() -> impl Strategy<Value = u64> {
        prop_oneof![0..9_u64, Just(u64::from(u32::MAX)), Just(1 << 32), Just(1 << 62), Just(u64::MAX), any::<u64>()]
    }

    proptest! {
        /// Headers by the grammar, with numbers that a flipped bit does not make: refused by the format's own crate as well, or read
        /// within the file.
        #[test]
        fn any_header_of_the_grammar_is_refused_or_read(
            arrays in prop::collection::vec((0..3_u8, prop::collection::vec(odd_number(), 0..4), odd_number(), odd_number()), 0..4), data in 0..40_usize,
        ) {
            let entries = arrays.iter().map(|(name, shape, begin, end)| {
                format!("\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{begin},{end}]}}")
            });
            let file = file(&format!("{{{}}}", entries.collect::<Vec<_>>().join(",")), data);
            if let Ok(content) = read(&file) {
                let reference = SafeTensors::deserialize(&file);
                prop_assert!(reference.is_ok(), "{:?}", reference.err());
                for (head, bytes) in content.arrays {
                    prop_assert_eq!(Some(bytes.len()), bytes_of(&head.shape));
                }
            }
        }
    }
}
