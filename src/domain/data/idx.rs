//! IDX files, the format of MNIST and its relatives, from bytes to a [`Dataset`]; plain or gzip.
//!
//! An IDX file is `00 00, element type, number of dimensions`, one big-endian `u32` a dimension, then the elements,
//! the last dimension fastest (<http://yann.lecun.com/exdb/mnist/>). Images have three dimensions of bytes, labels
//! one. The files are the visitor's own, so nothing in them is believed: sizes are checked before memory is taken,
//! and every fault is told in words. Never here: where the bytes came from.

mod stream;

use super::room::Room;
use super::{Dataset, Features, SampleShape};
use crate::error::{Code, Error, Result};
use std::fmt;
use stream::{Fault, Stream};

/// The largest number of samples in one pair of files.
pub const MAX_SAMPLES: usize = 1 << 20;
/// The longest side of an image, in pixels.
pub const MAX_SIDE: usize = 256;

/// The kind of an IDX file; two files make a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdxKind {
    /// Magic number `0x00000803`: bytes in three dimensions, sample by row by column.
    Images,
    /// Magic number `0x00000801`: bytes in one dimension, a label a sample.
    Labels,
}

impl IdxKind {
    fn magic(self) -> [u8; 4] {
        match self {
            Self::Images => [0, 0, UNSIGNED_BYTE, 3],
            Self::Labels => [0, 0, UNSIGNED_BYTE, 1],
        }
    }

    fn of_magic(magic: [u8; 4]) -> Option<Self> {
        [Self::Images, Self::Labels].into_iter().find(|kind| kind.magic() == magic)
    }
}

impl fmt::Display for IdxKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Images => "images",
            Self::Labels => "labels",
        })
    }
}

const UNSIGNED_BYTE: u8 = 0x08;

/// The kind that a file claims to be in its first four bytes, through gzip if need be; `None` for anything that
/// [`parse`] would not take. So files that were dropped together can be told apart whatever their names and order.
pub fn looks_like(bytes: &[u8]) -> Option<IdxKind> {
    stream::first_bytes(bytes).and_then(IdxKind::of_magic)
}

/// Makes a data set as [`parse_within`] does, in the usual room.
///
/// # Errors
/// As [`parse_within`].
pub fn parse(name: &str, images: &[u8], labels: &[u8]) -> Result<Dataset> {
    parse_within(name, images, labels, &Room::usual())
}

/// Makes a data set called `name` from the bytes of an images file and a labels file, each plain or gzip. Classes are
/// named by their numbers, 0 to the largest label; from 1 on where labels count from 1, as EMNIST's letters do: a class 0
/// that has no samples would only be one more output to learn away.
///
/// # Errors
/// [`Code::InvalidData`] when a file is not what it should be, is damaged, cut short or too long, when the limits
/// above or `room` are exceeded, and when the files do not belong together.
pub fn parse_within(name: &str, images: &[u8], labels: &[u8], room: &Room) -> Result<Dataset> {
    let mut parsing = Parsing::begin(name, images, labels, room)?;
    while parsing.advance(usize::MAX)? {}
    parsing.finish()
}

/// A pair of files that is being read as [`parse_within`] reads it, some bytes at a time, so that a worker can give way in between.
pub struct Parsing<'a> {
    name: String,
    images: Opened<'a>,
    labels: Opened<'a>,
}

impl<'a> Parsing<'a> {
    /// The pair with the headers read.
    ///
    /// # Errors
    /// As [`parse`], where a header is wrong or the files do not belong together.
    pub fn begin(name: &str, images: &'a [u8], labels: &'a [u8], room: &Room) -> Result<Self> {
        // Labels first: they are small, so that a wrong pair fails before megabytes are unpacked.
        let labels = open(labels, IdxKind::Labels, room).map_err(|error| error.at(name))?;
        let images = open(images, IdxKind::Images, room).map_err(|error| error.at(name))?;
        if images.dims[0] != labels.dims[0] {
            return Err(invalid(
                format!("{} images, but {} labels", images.dims[0], labels.dims[0]),
                "take both files from the same part of the set: train-images with train-labels, t10k-images with t10k-labels",
            )
            .at(name));
        }
        Ok(Self { name: name.to_owned(), images, labels })
    }

    /// Reads at most `most` bytes of data more; false when both files are read to their ends.
    ///
    /// # Errors
    /// As [`parse`].
    pub fn advance(&mut self, most: usize) -> Result<bool> {
        let next = if self.labels.is_read { &mut self.images } else { &mut self.labels };
        next.advance(most).map_err(|error| error.at(&self.name))?;
        Ok(!self.images.is_read)
    }

    /// The set.
    ///
    /// # Errors
    /// As [`Dataset::new`].
    pub fn finish(self) -> Result<Dataset> {
        let [_, height, width] = self.images.dims;
        let labels = self.labels.elements;
        let (least, most) = labels.iter().fold((u8::MAX, 0), |(least, most), &label| (least.min(label), most.max(label)));
        let first = u8::from(least == 1 && most > 1);
        let classes = (usize::from(first)..=usize::from(most.max(1))).map(|class| class.to_string()).collect();
        let labels = labels.into_iter().map(|label| u32::from(label - first)).collect();
        let shape = SampleShape::Image { channels: 1, height, width };
        Dataset::new(self.name, shape, classes, Features::Bytes(self.images.elements), labels)
    }
}

/// A file whose header was read and checked.
struct Opened<'a> {
    stream: Stream<'a>,
    kind: IdxKind,
    /// Number of samples, rows, columns; labels count as images of one by one.
    dims: [usize; 3],
    /// The product of the dimensions, within the room for it.
    size: usize,
    /// The elements that are read so far.
    elements: Vec<u8>,
    /// Whether all of them are, and the file is at its end.
    is_read: bool,
}

fn open<'a>(file: &'a [u8], kind: IdxKind, room: &Room) -> Result<Opened<'a>> {
    if file.is_empty() {
        return Err(invalid(format!("the {kind} file is empty"), "choose the file again, or download it again"));
    }
    let mut stream = Stream::open(file);
    let magic = stream.array().map_err(|fault| unreadable(kind, "header", 4, fault))?;
    if magic != kind.magic() {
        return Err(wrong_magic(magic, kind));
    }
    let mut dims = [1; 3];
    for dim in &mut dims[..usize::from(magic[3])] {
        let value = u32::from_be_bytes(stream.array().map_err(|fault| unreadable(kind, "header", 4, fault))?);
        // A dimension beyond the address space is beyond every limit below, so saturating loses nothing.
        *dim = usize::try_from(value).unwrap_or(usize::MAX);
    }
    let size = checked_size(dims, kind, room)?;
    Ok(Opened { stream, kind, dims, size, elements: Vec::new(), is_read: false })
}

impl Opened<'_> {
    /// Reads at most `most` elements more; an error when the file ends early or goes on after them.
    fn advance(&mut self, most: usize) -> Result<()> {
        let has_more = self.stream.append(&mut self.elements, self.size, most);
        if has_more.map_err(|fault| unreadable(self.kind, "data", self.size, fault))? {
            return Ok(());
        }
        match self.stream.at_end() {
            Ok(true) => {
                self.is_read = true;
                Ok(())
            }
            Ok(false) => Err(invalid(
                format!("the {} file goes on after the {} bytes of data that its header announces", self.kind, self.size),
                "the file is damaged or two files were joined; download it again",
            )),
            // The elements are all there, so what is missing is the end of the gzip data, with its checksum.
            Err(Fault::Short(_)) => Err(invalid(
                format!("the {} file ends before its gzip data does", self.kind),
                "the file was cut short, perhaps by a broken download; download it again",
            )),
            Err(fault) => Err(unreadable(self.kind, "data", self.size, fault)),
        }
    }
}

fn checked_size(dims: [usize; 3], kind: IdxKind, room: &Room) -> Result<usize> {
    let [count, height, width] = dims;
    let shape = match kind {
        IdxKind::Images => format!("{count} images of {height}×{width}"),
        IdxKind::Labels => format!("{count} labels"),
    };
    if dims.contains(&0) {
        return Err(invalid(format!("the {kind} file announces {shape}: nothing to learn from"), "choose a file with data in it"));
    }
    if count > MAX_SAMPLES {
        return Err(invalid(
            format!("the {kind} file announces {shape}, more than the limit of {MAX_SAMPLES} samples"),
            "the file may be damaged; if it is not, cut it into smaller sets",
        ));
    }
    if height.max(width) > MAX_SIDE {
        return Err(invalid(
            format!("the {kind} file announces {shape}, larger than the limit of {MAX_SIDE}×{MAX_SIDE} pixels"),
            "the file may be damaged; if it is not, scale the images down",
        ));
    }
    match count.checked_mul(height).and_then(|rows| rows.checked_mul(width)) {
        Some(size) if size <= room.bytes => Ok(size),
        _ => Err(invalid(format!("the {kind} file announces {shape}, {}", room.words()), room.remedy)),
    }
}

fn wrong_magic(magic: [u8; 4], expected: IdxKind) -> Error {
    let [zero_a, zero_b, element, dimensions] = magic;
    let bytes = magic.map(|byte| format!("{byte:02x}")).join(" ");
    if let Some(other) = IdxKind::of_magic(magic) {
        return invalid(format!("the {expected} file holds {other}"), "the two files are swapped, or the same file was given twice");
    }
    if (zero_a, zero_b) != (0, 0) {
        let hint = if magic.starts_with(b"PK") {
            "this is a ZIP archive: unpack it and choose the files in it"
        } else if magic.starts_with(&[0x1f, 0x8b]) {
            "the file was compressed twice: unpack it once"
        } else {
            "choose a file in IDX format (such as train-images-idx3-ubyte), plain or gzip; tables and pictures cannot be read"
        };
        return invalid(format!("the {expected} file is not IDX: it starts with the bytes {bytes}"), hint);
    }
    let element_name = match element {
        UNSIGNED_BYTE => {
            let wanted = expected.magic()[3];
            return invalid(
                format!("the {expected} file has {dimensions} dimensions, not {wanted} (it starts with the bytes {bytes})"),
                "images must be grey, with the dimensions sample, row, column; labels have the one dimension sample",
            );
        }
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floats",
        0x0e => "64-bit floats",
        _ => {
            return invalid(
                format!("the {expected} file has the unknown element type 0x{element:02x} (it starts with the bytes {bytes})"),
                "choose a file in IDX format with unsigned bytes",
            );
        }
    };
    invalid(
        format!("the {expected} file holds {element_name} (type 0x{element:02x}); only unsigned bytes (type 0x08) are read"),
        "convert it to unsigned bytes: brightness 0 to 255, labels 0 to 255",
    )
}

fn unreadable(kind: IdxKind, part: &str, expected: usize, fault: Fault) -> Error {
    match fault {
        Fault::Short(found) => invalid(
            format!("the {kind} file ends inside its {part}: {expected} bytes expected, {found} found"),
            "the file was cut short, perhaps by a broken download; download it again",
        ),
        Fault::Damaged(why) => {
            invalid(format!("the {kind} file's gzip data is damaged ({why})"), "download it again, or unpack it elsewhere to see more")
        }
        Fault::Memory => invalid(
            format!("there is not enough memory for the {kind} file's {expected} bytes"),
            "close other tabs, or take a smaller part of the set",
        ),
    }
}

fn invalid(message: String, hint: &str) -> Error {
    Error::new(Code::InvalidData, message, hint)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::data::class_notes;
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    /// `content` as one gzip member.
    pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    /// An IDX file with any header.
    fn encode(magic: [u8; 4], dims: &[u32], elements: &[u8]) -> Vec<u8> {
        let mut file = magic.to_vec();
        file.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
        file.extend_from_slice(elements);
        file
    }

    /// An images file.
    pub(crate) fn encode_images(dims: [u32; 3], pixels: &[u8]) -> Vec<u8> {
        encode(IdxKind::Images.magic(), &dims, pixels)
    }

    /// A labels file.
    pub(crate) fn encode_labels(labels: &[u8]) -> Vec<u8> {
        encode(IdxKind::Labels.magic(), &[labels.len() as u32], labels)
    }

    fn pair() -> (Vec<u8>, Vec<u8>) {
        (encode_images([3, 2, 2], &(0..12).collect::<Vec<u8>>()), encode_labels(&[0, 3, 1]))
    }

    fn fails(images: &[u8], labels: &[u8]) -> String {
        let error = parse("mine", images, labels).unwrap_err();
        assert_eq!(error.code(), Code::InvalidData);
        assert!(error.message().starts_with("mine: "), "{error}");
        assert!(!error.hint().is_empty() && !error.hint().ends_with('.'), "{error}");
        error.to_string()
    }

    #[track_caller]
    fn says(images: &[u8], labels: &[u8], text: &str) {
        let error = fails(images, labels);
        assert!(error.contains(text), "{error}");
        // Compressed, the same fault reads the same.
        let error = fails(&gzip(images), &gzip(labels));
        assert!(error.contains(text), "{error}");
    }

    #[test]
    fn reads_images_and_labels() {
        let (images, labels) = pair();
        let data = parse("mine", &images, &labels).unwrap();
        assert_eq!(data.name(), "mine");
        assert_eq!(data.shape(), SampleShape::Image { channels: 1, height: 2, width: 2 });
        assert_eq!(data.classes(), ["0", "1", "2", "3"]);
        assert_eq!(data.labels(), [0, 3, 1]);
        assert_eq!(data.features(), &Features::Bytes((0..12).collect()));
    }

    #[test]
    fn one_label_value_still_makes_two_classes() {
        let data = parse("mine", &encode_images([2, 1, 1], &[1, 2]), &encode_labels(&[0, 0])).unwrap();
        assert_eq!(data.classes().len(), 2);
        let data = parse("mine", &encode_images([2, 1, 1], &[1, 2]), &encode_labels(&[255, 0])).unwrap();
        assert_eq!(data.classes().len(), 256);
    }

    #[test]
    fn labels_that_count_from_one_make_no_class_without_samples() {
        let images = encode_images([4, 1, 1], &[1, 2, 3, 4]);
        let data = parse("letters", &images, &encode_labels(&[1, 3, 2, 3])).unwrap();
        assert_eq!((data.classes(), data.labels()), (&["1", "2", "3"].map(String::from)[..], &[0, 2, 1, 2][..]));
        assert_eq!(class_notes(data.classes(), &data.class_counts()), "labels count from 1: there is no class 0");
        // Any other gap may be the next part's class: it stays, and is told.
        let data = parse("gap", &images, &encode_labels(&[2, 4, 4, 2])).unwrap();
        assert_eq!((data.classes().len(), data.labels()), (5, &[2, 4, 4, 2][..]));
        assert_eq!(class_notes(data.classes(), &data.class_counts()), "no samples of 0, 1, 3");
        let data = parse("ones", &images, &encode_labels(&[1; 4])).unwrap();
        assert_eq!((data.classes(), data.labels()), (&["0", "1"].map(String::from)[..], &[1; 4][..]));
        let data = parse("usual", &images, &encode_labels(&[0, 1, 1, 0])).unwrap();
        assert_eq!(class_notes(data.classes(), &data.class_counts()), "");
    }

    #[test]
    fn tells_the_files_apart() {
        let (images, labels) = pair();
        for (bytes, kind) in [(&images, Some(IdxKind::Images)), (&labels, Some(IdxKind::Labels)), (&b"a,b\n1,2".to_vec(), None)] {
            assert_eq!(looks_like(bytes), kind);
            assert_eq!(looks_like(&gzip(bytes)), kind);
        }
        assert_eq!(looks_like(&[]), None);
        assert_eq!(looks_like(&gzip(&[])), None);
        assert_eq!(looks_like(&[0x1f, 0x8b]), None);
        // The first bytes are enough: a file may be sniffed before it has arrived in full.
        let noise =
            encode_images([1000, 28, 28], &(0..784_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>());
        assert_eq!(looks_like(&gzip(&noise)[..4096]), Some(IdxKind::Images));
    }

    #[test]
    fn says_what_is_wrong_with_the_header() {
        let (images, labels) = pair();
        says(&labels, &images, "the labels file holds images; the two files are swapped");
        says(&labels, &labels, "the images file holds labels");
        says(b"PK\x03\x04....", &labels, "ZIP archive");
        says(b"label,x\n", &labels, "not IDX: it starts with the bytes 6c 61 62 65");
        says(&gzip(&gzip(&images)), &labels, "compressed twice");
        says(&encode([0, 0, 0x0d, 3], &[3, 2, 2], &[0; 48]), &labels, "holds 32-bit floats (type 0x0d)");
        says(&images, &encode([0, 0, 0x0c, 1], &[3], &[0; 12]), "the labels file holds 32-bit integers");
        says(&encode([0, 0, 0x42, 3], &[3, 2, 2], &[0; 12]), &labels, "unknown element type 0x42");
        says(&encode([0, 0, 0x08, 4], &[3, 2, 2, 3], &[0; 36]), &labels, "has 4 dimensions, not 3");
    }

    #[test]
    fn says_what_is_wrong_with_the_sizes() {
        let (images, labels) = pair();
        says(&encode_images([3, 0, 2], &[]), &labels, "3 images of 0×2: nothing to learn from");
        says(&images, &encode_labels(&[]), "0 labels: nothing to learn from");
        says(&encode_images([u32::MAX; 3], &[]), &labels, "limit of 1048576 samples");
        says(&images, &encode([0, 0, 8, 1], &[u32::MAX], &[]), "limit of 1048576 samples");
        says(&encode_images([3, 2, 257], &[]), &labels, "limit of 256×256 pixels");
        says(&encode_images([1 << 20, 256, 256], &[]), &labels, "more than the limit of 537 MB");
        says(&images, &encode_labels(&[0, 1]), "3 images, but 2 labels");
        says(&encode_images([1, 2, 2], &[0; 4]), &encode_labels(&[0]), "too few to learn from");
    }

    #[test]
    fn says_what_is_wrong_with_the_length() {
        let (images, labels) = pair();
        assert!(fails(&[], &labels).contains("the images file is empty"));
        assert!(fails(&images, &[]).contains("the labels file is empty"));
        says(&images[..3], &labels, "the images file ends inside its header: 4 bytes expected, 3 found");
        says(&images[..20], &labels, "the images file ends inside its data: 12 bytes expected, 4 found");
        says(&images, &labels[..9], "the labels file ends inside its data: 3 bytes expected, 1 found");
        says(&[&images[..], &[0]].concat(), &labels, "goes on after the 12 bytes of data");
        says(&images, &[&labels[..], &labels[..]].concat(), "goes on after the 3 bytes of data");
    }

    #[test]
    fn damaged_gzip_is_an_error() {
        let (images, labels) = pair();
        let mut wrong_checksum = gzip(&images);
        let crc = wrong_checksum.len() - 8;
        wrong_checksum[crc] ^= 1;
        assert!(fails(&wrong_checksum, &labels).contains("gzip data is damaged"));
        let whole = gzip(&images);
        assert!(fails(&whole[..whole.len() - 1], &labels).contains("ends before its gzip data does"));
        assert!(fails(&[&whole[..], b"junk"].concat(), &labels).contains("the images file"));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        // 64 MiB of zeros behind a header that announces 12 bytes: refused at the thirteenth byte.
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&encode_images([3, 2, 2], &[])).unwrap();
        let zeros = vec![0; 1 << 20];
        (0..64).for_each(|_| encoder.write_all(&zeros).unwrap());
        let bomb = encoder.finish().unwrap();
        assert!(fails(&bomb, &pair().1).contains("goes on after the 12 bytes of data"));
        // A header that announces the most that is allowed, and nothing behind it: no memory is taken for it.
        let promise = encode_images([1 << 13, 256, 256], &[7; 10]);
        let labels = encode_labels(&vec![0; 1 << 13]);
        says(&promise, &labels, "536870912 bytes expected, 10 found");
    }

    fn sets() -> impl Strategy<Value = ([u32; 3], Vec<u8>, Vec<u8>)> {
        (2_u32..8, 1_u32..6, 1_u32..6).prop_flat_map(|(count, height, width)| {
            let pixels = prop::collection::vec(any::<u8>(), (count * height * width) as usize);
            (Just([count, height, width]), pixels, prop::collection::vec(any::<u8>(), count as usize))
        })
    }

    proptest! {
        #[test]
        fn round_trips((dims, pixels, labels) in sets(), zip_images: bool, zip_labels: bool) {
            let wrap = |file: Vec<u8>, zip| if zip { gzip(&file) } else { file };
            let data = parse("any", &wrap(encode_images(dims, &pixels), zip_images), &wrap(encode_labels(&labels), zip_labels)).unwrap();
            prop_assert_eq!(data.features(), &Features::Bytes(pixels));
            let named: Vec<String> = data.labels().iter().map(|&label| data.classes()[label as usize].clone()).collect();
            prop_assert_eq!(named, labels.iter().map(u8::to_string).collect::<Vec<_>>());
            prop_assert_eq!(data.shape(), SampleShape::Image { channels: 1, height: dims[1] as usize, width: dims[2] as usize });
        }

        #[test]
        fn read_in_pieces_of_any_size_it_is_the_same((dims, pixels, labels) in sets(), zip: bool, most in 1_usize..40) {
            let wrap = |file: Vec<u8>| if zip { gzip(&file) } else { file };
            let (images, labels) = (wrap(encode_images(dims, &pixels)), wrap(encode_labels(&labels)));
            let mut parsing = Parsing::begin("any", &images, &labels, &Room::usual()).unwrap();
            let mut pieces = 1;
            while parsing.advance(most).unwrap() {
                pieces += 1;
            }
            prop_assert_eq!(pieces, (dims[0] as usize).div_ceil(most) + pixels.len().div_ceil(most));
            prop_assert_eq!(parsing.finish().unwrap(), parse("any", &images, &labels).unwrap());
        }

        #[test]
        fn any_bytes_give_a_set_or_an_error(images: Vec<u8>, labels: Vec<u8>, zip: bool) {
            let headed = |kind: IdxKind, tail: &[u8]| [&kind.magic()[..], tail].concat();
            let wrap = |file: Vec<u8>| if zip { gzip(&file) } else { file };
            for (images, labels) in [
                (images.clone(), labels.clone()),
                (wrap(images.clone()), wrap(labels.clone())),
                (wrap(headed(IdxKind::Images, &images)), wrap(headed(IdxKind::Labels, &labels))),
                ([&[0x1f, 0x8b][..], &images].concat(), [&[0x1f, 0x8b, 8, 0][..], &labels].concat()),
            ] {
                let _ = (looks_like(&images), looks_like(&labels), parse("any", &images, &labels));
            }
        }

        #[test]
        fn cut_anywhere_is_an_error((dims, pixels, labels) in sets(), zip: bool, cut: prop::sample::Index) {
            let wrap = |file: Vec<u8>| if zip { gzip(&file) } else { file };
            let (images, labels) = (wrap(encode_images(dims, &pixels)), wrap(encode_labels(&labels)));
            prop_assert!(parse("any", &images[..cut.index(images.len())], &labels).is_err());
            prop_assert!(parse("any", &images, &labels[..cut.index(labels.len())]).is_err());
        }

        #[test]
        fn a_flipped_bit_never_passes_gzip_unseen((dims, pixels, labels) in sets(), at: prop::sample::Index, bit in 0_u8..8) {
            let labels = encode_labels(&labels);
            let mut images = gzip(&encode_images(dims, &pixels));
            let at = at.index(images.len());
            images[at] ^= 1 << bit;
            // Only the member's own header (flags, time, system) may differ without changing the content.
            if let Ok(data) = parse("any", &images, &labels) {
                prop_assert_eq!(data.features(), &Features::Bytes(pixels));
            }
        }
    }
}
