//! Streams of deflate (RFC 1951) in gzip and zlib members, written block by block: stored and fixed blocks with matches,
//! and blocks with codes of their own by a compressor. So lengths, distances and flags can be hostile where a compressor
//! never is, and small streams are made quickly.

use super::draw::Draw;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::Write;

/// Bits, the first one lowest.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, width: u32) {
        self.held |= u64::from(value) << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push(self.held as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// Codes go highest bit first.
    fn code(&mut self, code: u32, width: u32) {
        self.put(code.reverse_bits() >> (32 - width), width);
    }

    fn align(&mut self) {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
    }

    /// A symbol of the fixed code.
    fn symbol(&mut self, symbol: u32) {
        match symbol {
            0..144 => self.code(0x30 + symbol, 8),
            144..256 => self.code(0x190 + symbol - 144, 9),
            256..280 => self.code(symbol - 256, 7),
            _ => self.code(0xc0 + symbol - 280, 8),
        }
    }

    fn stored(&mut self, bytes: &[u8], is_last: bool, draw: &mut Draw) {
        self.put(u32::from(is_last), 3);
        self.align();
        let length = if draw.one_in(300) { draw.whole() as u16 } else { bytes.len() as u16 };
        let inverse = if draw.one_in(300) { draw.whole() as u16 } else { !length };
        self.put(u32::from(length), 16);
        self.put(u32::from(inverse), 16);
        self.bytes.extend(bytes);
    }

    fn fixed(&mut self, bytes: &[u8], is_last: bool, draw: &mut Draw) {
        self.put(u32::from(is_last) | 2, 3);
        let mut at = 0;
        while at < bytes.len() {
            // A run of one byte is a match at distance 1: 258 bytes in 13 bits, as bombs are made.
            let run = bytes[at..].iter().take_while(|&&byte| at > 0 && byte == bytes[at - 1]).count();
            if run >= 258 {
                self.symbol(285);
                self.code(0, 5);
                at += 258;
            } else if run >= 3 {
                let length = run.min(10);
                self.symbol(254 + length as u32);
                self.code(0, 5);
                at += length;
            } else {
                self.symbol(u32::from(bytes[at]));
                at += 1;
            }
            if draw.one_in(2000) {
                // Any symbol and any distance, those that do not exist too.
                self.symbol(257 + draw.below(31) as u32);
                self.code(draw.below(32) as u32, 5);
            }
        }
        if !draw.one_in(500) {
            self.symbol(256);
        }
    }
}

/// `content` as a stream without a frame.
fn stream(content: &[u8], draw: &mut Draw) -> Vec<u8> {
    if draw.one_in(25) {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).expect("memory takes every write");
        return encoder.finish().expect("memory takes every write");
    }
    let mut bits = Bits::default();
    let mut rest = content;
    loop {
        let (part, left) = rest.split_at(if draw.one_in(2) { rest.len().min(60_000) } else { draw.below(rest.len().min(60_000) + 1) });
        rest = left;
        let is_last = rest.is_empty();
        if draw.one_in(3) {
            bits.stored(part, is_last, draw);
        } else {
            bits.fixed(part, is_last, draw);
        }
        if is_last {
            break;
        }
    }
    bits.align();
    bits.bytes
}

/// `content` as a zlib stream (RFC 1950).
pub fn zlib(content: &[u8], draw: &mut Draw) -> Vec<u8> {
    let mut out = vec![0x78, 0x9c];
    if draw.one_in(200) {
        out = draw.bytes(2);
    }
    out.extend(stream(content, draw));
    let (mut a, mut b) = (1_u32, 0_u32);
    for &byte in content {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let sum = if draw.one_in(200) { draw.whole() as u32 } else { b << 16 | a };
    out.extend(sum.to_be_bytes());
    out
}

/// `content` as one to three gzip members (RFC 1952) with any headers.
pub fn gzip(content: &[u8], draw: &mut Draw) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = content;
    for members_left in (0..1 + draw.below(3)).rev() {
        let (part, left) = rest.split_at(if members_left == 0 { rest.len() } else { draw.below(rest.len() + 1) });
        rest = left;
        member(part, draw, &mut out);
    }
    out
}

fn member(content: &[u8], draw: &mut Draw, out: &mut Vec<u8>) {
    let begin = out.len();
    let flags = match draw.below(4) {
        0 => draw.byte() & 0x1f,
        1 if draw.one_in(50) => draw.byte(),
        _ => 0,
    };
    let method = if draw.one_in(200) { draw.byte() } else { 8 };
    out.extend([0x1f, 0x8b, method, flags, draw.byte(), 0, 0, 0, 0, 3]);
    if flags & 4 != 0 {
        let length = draw.count(12);
        let said = if draw.one_in(60) { draw.whole() as u16 } else { length as u16 };
        out.extend(said.to_le_bytes());
        out.extend(draw.bytes(usize::from(length as u16)));
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let length = draw.count(12);
            out.extend(draw.bytes(length).iter().map(|&byte| byte.max(1)));
            if !draw.one_in(100) {
                out.push(0);
            }
        }
    }
    if flags & 2 != 0 {
        let mut crc = Crc::new();
        crc.update(&out[begin..]);
        let sum = if draw.one_in(60) { draw.whole() as u16 } else { crc.sum() as u16 };
        out.extend(sum.to_le_bytes());
    }
    out.extend(stream(content, draw));
    let mut crc = Crc::new();
    crc.update(content);
    let sum = if draw.one_in(200) { draw.whole() as u32 } else { crc.sum() };
    let length = if draw.one_in(200) { draw.whole() as u32 } else { content.len() as u32 };
    out.extend(sum.to_le_bytes());
    out.extend(length.to_le_bytes());
}
