//! The safetensors format: the length of a header, the header as JSON with each array's name, shape and place, then the
//! arrays' bytes without gaps.
//!
//! By hand and for `f32` alone: the format's own crate reads a dozen types and is many times this size; the tests
//! compare the two. Never here: the arrays' meaning.

use super::json::{Problem, Scan};
use crate::domain::model::ArrayHead;
use crate::domain::order::order_by;
use std::fmt::Write;

/// The longest header, in bytes, as the format's own crate has it.
const MOST_HEADER: u64 = 100_000_000;
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

/// The header of `bytes` and the data behind it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = u64::from_le_bytes(*length);
    if length > MOST_HEADER { None } else { rest.split_at_checked(length as usize) }
}

fn entry(name: &str, scan: &mut Scan<'_>) -> Result<Entry, Problem> {
    let (mut kind, mut shape, mut place) = (None, None, None);
    let numbers = |scan: &mut Scan<'_>| {
        let mut numbers = Vec::new();
        scan.list(|scan| {
            numbers.push(scan.number::<usize>()?.ok_or("a number is missing")?);
            Ok(())
        })?;
        Ok::<_, Problem>(numbers)
    };
    scan.object(|key, scan| {
        match key {
            "dtype" => kind = Some(scan.string()?.into_owned()),
            "shape" => shape = Some(numbers(scan)?),
            "data_offsets" => place = Some(numbers(scan)?),
            _ => drop(scan.raw()?),
        }
        Ok(())
    })?;
    match (kind, shape, place.as_deref()) {
        (Some(kind), ..) if kind != "F32" => Err(format!("{name:?} has numbers of type {kind}, not F32")),
        (Some(_), Some(shape), Some(&[begin, end])) => {
            if end.checked_sub(begin) != bytes_of(&shape) {
                return Err(format!("{name:?} has not as many bytes as its shape says"));
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
    let (header, data) = split(bytes).ok_or("the file is cut off, or is none of this kind")?;
    let header = str::from_utf8(header).map_err(|_| "its header is not text in UTF-8")?;
    let (mut metadata, mut entries) = (Vec::new(), Vec::<Entry>::new());
    let mut scan = Scan::new(header);
    scan.object(|name, scan| {
        if name == METADATA {
            return scan.object(|key, scan| {
                metadata.push((key.to_owned(), scan.string()?.into_owned()));
                Ok(())
            });
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
        let file = |header: &str, data: usize| [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; data]].concat();
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
}
