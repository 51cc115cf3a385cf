//! A small seeded random generator: the same seed gives the same numbers on every target, for ever.
//!
//! PCG-XSH-RR 64/32 (O'Neill 2014, <https://www.pcg-random.org/paper.html>), seeded through SplitMix64. Written out
//! here, 40 lines, because a run's meaning depends on its exact stream: a library may change its algorithm with a
//! major version, this must not. Never used for anything secret.

/// A stream of random numbers that is fully determined by its seed and its name.
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
    increment: u64,
    spare_normal: Option<f64>,
}

fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Rng {
    /// The random stream `name` of `seed`. Streams of different names are independent, so that, say, more noise in the
    /// data does not change the initial weights.
    pub fn new(seed: u64, name: &str) -> Self {
        let mut mix = seed;
        for byte in name.bytes() {
            mix = splitmix64(&mut mix) ^ u64::from(byte);
        }
        let state = splitmix64(&mut mix);
        let increment = splitmix64(&mut mix) | 1;
        let mut rng = Self { state, increment, spare_normal: None };
        rng.next_u32();
        rng
    }

    /// The next 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(self.increment);
        let xorshifted = (((old >> 18) ^ old) >> 27) as u32;
        xorshifted.rotate_right((old >> 59) as u32)
    }

    /// A number uniform in `[0, 1)`, with 32 random bits.
    pub fn uniform(&mut self) -> f64 {
        f64::from(self.next_u32()) / 4_294_967_296.0
    }

    /// A number uniform in `[low, high)`.
    pub fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A whole number uniform in `0..n`, without bias (Lemire 2019). `n` must be above 0.
    pub fn below(&mut self, n: u32) -> u32 {
        assert!(n > 0, "Rng::below(0) has no value to return");
        let threshold = n.wrapping_neg() % n;
        loop {
            let product = u64::from(self.next_u32()) * u64::from(n);
            if product as u32 >= threshold {
                return (product >> 32) as u32;
            }
        }
    }

    /// A standard normal number, by the polar form of Box and Muller (Marsaglia 1964).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        loop {
            let (u, v) = (self.range(-1.0, 1.0), self.range(-1.0, 1.0));
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                let scale = (-2.0 * libm::log(s) / s).sqrt();
                self.spare_normal = Some(v * scale);
                return u * scale;
            }
        }
    }

    /// Puts `items` into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u32 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of an implementation of its own, `tests/reference/random_streams.py`. Links and records name only a seed, so
    /// another number here is other data, other weights and another curve for everybody who has one.
    #[test]
    fn the_stream_of_a_seed_never_changes() {
        let streams: [(u64, &str, [u32; 3]); 8] = [
            (42, "test", [0x8082_3978, 0x3d4b_cc2e, 0x004f_58ea]),
            (0, "", [0x01a0_e8a6, 0xa371_7e36, 0xff9f_ed17]),
            (7, "split", [0x0ecc_08ee, 0x3a25_98be, 0xaec1_7ad2]),
            (7, "order/0", [0x7f5b_fc09, 0xc042_15f1, 0xf19f_ed94]),
            (7, "digits", [0xe581_b2f6, 0x4b09_adec, 0x4114_f107]),
            (7, "planar points", [0x4b75_e068, 0xec1e_d2d0, 0x1ca5_222a]),
            (7, "dense_1/kernel", [0xe744_78b2, 0x85e9_b827, 0x819a_dc38]),
            (u64::MAX, "dropout/2/1", [0xef40_f963, 0x6e30_aee5, 0x2a7f_8757]),
        ];
        for (seed, name, expected) in streams {
            let mut rng = Rng::new(seed, name);
            assert_eq!([(); 3].map(|()| rng.next_u32()), expected, "seed {seed}, stream {name:?}");
        }
        let rng = || Rng::new(42, "test");
        let mut uniform = rng();
        assert_eq!([(); 3].map(|()| uniform.uniform()), [0.5019870679825544, 0.2394378292374313, 0.0012107440270483494]);
        let mut below = rng();
        assert_eq!([(); 12].map(|()| below.below(10)), [5, 2, 0, 8, 2, 4, 7, 9, 9, 3, 8, 2]);
        let mut normal = rng();
        for expected in [0.012312750920797819, -1.6145583020554792, -1.6395879775812399, -0.39944471525394293] {
            assert!((normal.normal() - expected).abs() < 1e-15);
        }
        let mut items: [u32; 10] = std::array::from_fn(|i| i as u32);
        rng().shuffle(&mut items);
        assert_eq!(items, [7, 6, 4, 3, 8, 1, 9, 0, 2, 5]);
    }

    #[test]
    fn uniform_and_normal_have_their_moments() {
        let mut rng = Rng::new(7, "moments");
        let n = 100_000;
        let mean = (0..n).map(|_| rng.uniform()).sum::<f64>() / f64::from(n);
        assert!((mean - 0.5).abs() < 0.005, "uniform mean {mean}");
        let normals: Vec<f64> = (0..n).map(|_| rng.normal()).collect();
        let mean = normals.iter().sum::<f64>() / f64::from(n);
        let variance = normals.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "normal mean {mean}, variance {variance}");
    }

    #[test]
    fn shuffle_keeps_every_item_once() {
        let mut items: Vec<u32> = (0..1000).collect();
        Rng::new(3, "shuffle").shuffle(&mut items);
        assert_ne!(items, (0..1000).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..1000).collect::<Vec<_>>());
    }
}
