//! Changes of bytes: what a broken download, a text editor or an attacker does to a file that was good.

use super::draw::Draw;

/// The longest input that is made by repeating.
const MOST: usize = 4 << 20;

/// Changes `bytes` in one to four places.
pub fn damage(bytes: &mut Vec<u8>, draw: &mut Draw) {
    for _ in 0..1 + draw.below(4) {
        once(bytes, draw);
    }
}

fn once(bytes: &mut Vec<u8>, draw: &mut Draw) {
    let at = draw.below(bytes.len() + 1);
    let length = 1 + draw.below(8);
    let end = (at + length).min(bytes.len());
    match draw.below(12) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << draw.below(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = draw.byte();
            }
        }
        2 => drop(bytes.splice(at..at, draw.bytes(length))),
        3 => drop(bytes.drain(at..end)),
        4 => bytes.truncate(at),
        // A number of two, four or eight bytes.
        5 | 6 => {
            let (value, width) = (draw.whole(), *draw.pick(&[2_usize, 4, 8]));
            let number = if draw.one_in(2) { value.to_le_bytes()[..width].to_vec() } else { value.to_be_bytes()[8 - width..].to_vec() };
            let end = (at + width).min(bytes.len());
            drop(bytes.splice(at..end, number));
        }
        // A part once more, at another place.
        7 | 8 => {
            let from = draw.below(bytes.len() + 1);
            let to = (from + draw.below(64)).min(bytes.len());
            let part = bytes[from..to].to_vec();
            drop(bytes.splice(at..at, part));
        }
        9 => {
            let part = bytes[at..end].to_vec();
            let times = draw.count(30).min(MOST / (part.len() + 1));
            drop(bytes.splice(at..at, part.repeat(times)));
        }
        // Two parts that change places.
        10 => bytes.rotate_left(at),
        _ => bytes.extend(draw.bytes(length)),
    }
}

/// Changes the order, the number or the ends of `lines`.
pub fn damage_lines(lines: &mut Vec<String>, draw: &mut Draw) {
    if lines.is_empty() {
        return;
    }
    let (from, to) = (draw.below(lines.len()), draw.below(lines.len()));
    match draw.below(5) {
        0 => drop(lines.remove(from)),
        1 => lines.swap(from, to),
        2 => {
            let copy = lines[from].clone();
            lines.insert(to, copy);
        }
        3 => {
            let cut = (0..=lines[from].len()).rev().find(|&cut| lines[from].is_char_boundary(cut) && draw.one_in(4)).unwrap_or(0);
            lines[from].truncate(cut);
        }
        _ => lines.truncate(from),
    }
}
