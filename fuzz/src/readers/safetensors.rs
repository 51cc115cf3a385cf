//! Files of weights: a header of any arrays and texts, with data that fit or do not.

use super::super::check::{Gauge, Reader};
use super::super::damage::damage;
use super::super::draw::Draw;
use super::super::samples;
use super::super::tree::Tree;
use super::config::PARTS;
use emberscope::domain::model::match_arrays;
use emberscope::domain::run::preset;
use emberscope::export::weights::Weights;

/// The reader of weights.
pub struct Safetensors;

/// A file as the page writes it, with its checksum.
fn ours(draw: &mut Draw) -> Vec<u8> {
    let heads = samples::arrays();
    let values = heads.iter().map(|head| draw.bytes(4 * head.shape.iter().product::<usize>())).collect();
    let config = draw.one_in(2).then(|| preset::all().swap_remove(draw.below(3)).config);
    Weights { heads, values, step: draw.one_in(2).then_some(7), config }.to_bytes().expect("as many values as the shapes say")
}

/// A file as another program writes it.
fn foreign(draw: &mut Draw) -> Vec<u8> {
    let count = 1 + draw.count(3);
    let (mut fields, mut end) = (Vec::new(), 0);
    for index in 0..count {
        let sides = draw.below(4);
        let shape: Vec<usize> = (0..sides).map(|_| draw.count(4).min(40)).collect();
        let bytes = 4 * shape.iter().product::<usize>().min(100_000);
        let number = |value: usize| Tree::Number(value as f64);
        let mut shape: Vec<Tree> = shape.into_iter().map(number).collect();
        let mut offsets = vec![number(end), number(end + bytes)];
        end += bytes;
        if draw.one_in(25) {
            let side = draw.whole() as f64;
            shape.push(Tree::Number(side));
            shape.push(Tree::Number(side));
        }
        if draw.one_in(25) {
            offsets[draw.below(2)] = Tree::Number(draw.whole() as f64);
        }
        if draw.one_in(50) {
            offsets.swap(0, 1);
        }
        if draw.one_in(20) {
            // As many sides as nothing holds, and a place that ends before it begins: two sums that do not exist.
            shape = vec![Tree::Number(*draw.pick(&[4_294_967_295.0, 4_294_967_296.0, 9.0e15])); 2 + draw.below(2)];
            let begin = end - bytes;
            end = draw.below(begin + 1);
            offsets = vec![number(begin), number(end)];
        }
        let name = if draw.one_in(8) { draw.text() } else { format!("layer_{index}/kernel") };
        let kind = *draw.pick(&["F32", "F32", "F32", "F32", "F32", "F32", "F32", "F32", "F16", "I64"]);
        let array = [("dtype", Tree::Text(kind.into())), ("shape", Tree::List(shape)), ("data_offsets", Tree::List(offsets))];
        fields.push((name, Tree::Object(array.map(|(key, value)| (key.to_owned(), value)).into())));
    }
    if draw.one_in(3) {
        let texts = ["format", "step", "config", "version"].map(|key| (key.to_owned(), Tree::Text(draw.text())));
        fields.insert(draw.below(fields.len()), ("__metadata__".into(), Tree::Object(texts.into())));
    }
    let mut header = Tree::Object(fields);
    if draw.one_in(6) {
        header.damage(&PARTS.configs, draw);
    }
    let header = header.json(draw);
    let length = if draw.one_in(50) { draw.whole() } else { header.len() as u64 };
    let mut file = length.to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    let data = if draw.one_in(25) { draw.count(100) } else { end };
    file.extend(draw.bytes(data.min(1 << 20)));
    file
}

impl Reader for Safetensors {
    fn name(&self) -> &'static str {
        "safetensors"
    }

    fn make(&self, draw: &mut Draw) -> Vec<u8> {
        let mut file = if draw.one_in(4) { ours(draw) } else { foreign(draw) };
        if draw.one_in(5) {
            damage(&mut file, draw);
        }
        file
    }

    fn read(&self, input: &[u8], gauge: &mut Gauge) -> bool {
        let Ok(weights) = gauge.measure(|| Weights::from_bytes(input)) else { return false };
        drop(match_arrays(&samples::arrays(), &weights.heads));
        for (head, values) in weights.heads.iter().zip(&weights.values) {
            assert_eq!(Some(values.len()), head.shape.iter().try_fold(4_usize, |bytes, &side| bytes.checked_mul(side)));
        }
        let again = Weights::from_bytes(&weights.to_bytes().expect("what was read can be written")).expect("what is written is read");
        assert_eq!((&again.heads, &again.values, again.step), (&weights.heads, &weights.values, weights.step));
        true
    }
}
