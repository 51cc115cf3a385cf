//! Files to load: MNIST's test images where `EMBERSCOPE_MNIST` names them, else drawn digits in the same format; and writers
//! of IDX and gzip, apart from the code under test.

use emberscope::domain::data::Features;
use emberscope::domain::data::source::DataSpec;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The files of a data set.
pub struct Pair {
    /// The name of the data.
    pub name: &'static str,
    /// The images' file.
    pub images: Vec<u8>,
    /// The labels' file.
    pub labels: Vec<u8>,
}

/// The 10 000 test images of MNIST, if `EMBERSCOPE_MNIST` names the folder of their files; else as many drawn digits, which
/// take the same way through the page, and the log says so. Nothing else is looked for: what a test sees must not depend
/// on what happens to lie beside the clone.
pub fn mnist() -> Pair {
    if let Some(folder) = std::env::var_os("EMBERSCOPE_MNIST").map(PathBuf::from) {
        let read = |part: &str| {
            let packed = std::fs::read(folder.join(format!("{part}.gz"))).or_else(|_| std::fs::read(folder.join(part)));
            packed.unwrap_or_else(|error| panic!("EMBERSCOPE_MNIST is {}, but its {part}(.gz): {error}", folder.display()))
        };
        return Pair { name: "MNIST t10k", images: read("t10k-images-idx3-ubyte"), labels: read("t10k-labels-idx1-ubyte") };
    }
    println!("NOT TESTED: MNIST itself; EMBERSCOPE_MNIST, which names the folder of its t10k files, is not set. Drawn digits stand in.");
    let data = DataSpec::Digits { samples: 10_000 }.generate(1).expect("digits can be drawn");
    let Features::Bytes(pixels) = data.features() else { panic!("digits are bytes") };
    let labels: Vec<u8> = data.labels().iter().map(|&label| label as u8).collect();
    Pair { name: "drawn digits", images: gzip(&images_file(10_000, 28, 28, pixels)), labels: gzip(&labels_file(10_000, &labels)) }
}

/// An IDX file of images; the header may promise what it likes.
pub fn images_file(count: u32, height: u32, width: u32, pixels: &[u8]) -> Vec<u8> {
    let dims = [count, height, width].map(u32::to_be_bytes).concat();
    [&[0, 0, 8, 3], &dims[..], pixels].concat()
}

/// An IDX file of labels.
pub fn labels_file(count: u32, labels: &[u8]) -> Vec<u8> {
    [&[0, 0, 8, 1], &count.to_be_bytes()[..], labels].concat()
}

/// `content` in gzip.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// Writes `content` to a file called `name` and gives its path, for the browser's file field.
pub fn on_disk(name: &str, content: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("e2e-files");
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    path
}
