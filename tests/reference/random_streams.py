"""Reference values for src/domain/rng.rs, and what is drawn with it: an implementation of its own, after the papers.

    python tests/reference/random_streams.py

prints the numbers that the tests of `domain` (rng, sampler, first weights) and of tests/native/numerics.rs (dropout) hold. A
link or a record names only a seed; these numbers are what the seed means.
"""

import math
import struct

MASK = 2**64 - 1


def splitmix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
    return state, mixed ^ (mixed >> 31)


class Rng:
    """PCG-XSH-RR 64/32 (O'Neill 2014), seeded by a number and a name through SplitMix64."""

    def __init__(self, seed, name):
        mix = seed
        for byte in name.encode():
            mix = splitmix(mix)[1] ^ byte
        mix, self.state = splitmix(mix)
        self.increment = splitmix(mix)[1] | 1
        self.spare = None
        self.bits()

    def bits(self):
        old = self.state
        self.state = (old * 6364136223846793005 + self.increment) & MASK
        xorshifted = (((old >> 18) ^ old) >> 27) & 0xFFFFFFFF
        turn = old >> 59
        return ((xorshifted >> turn) | (xorshifted << ((32 - turn) % 32))) & 0xFFFFFFFF

    def uniform(self):
        return self.bits() / 2**32

    def range(self, low, high):
        return low + (high - low) * self.uniform()

    def below(self, n):
        """Lemire 2019."""
        while True:
            product = self.bits() * n
            if product % 2**32 >= 2**32 % n:
                return product >> 32

    def normal(self):
        """Marsaglia 1964."""
        if self.spare is not None:
            spare, self.spare = self.spare, None
            return spare
        while True:
            u, v = self.range(-1, 1), self.range(-1, 1)
            s = u * u + v * v
            if 0 < s < 1:
                scale = math.sqrt(-2 * math.log(s) / s)
                self.spare = v * scale
                return u * scale

    def shuffled(self, items):
        items = list(items)
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


def f32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


for seed, name in [(42, "test"), (0, ""), (7, "split"), (7, "order/0"), (7, "digits"), (7, "planar points"), (7, "dense_1/kernel"), (MASK, "dropout/2/1")]:
    rng = Rng(seed, name)
    print(f"{seed} {name!r}: ", [hex(rng.bits()) for _ in range(3)])
rng = Rng(42, "test")
print("uniform:", [rng.uniform() for _ in range(3)])
rng = Rng(42, "test")
print("below 10:", [rng.below(10) for _ in range(12)])
rng = Rng(42, "test")
print("normal:", [rng.normal() for _ in range(4)])
print("shuffled:", Rng(42, "test").shuffled(range(10)))

order = Rng(7, "split").shuffled(range(20))
train, validation = order[:15], order[15:]
print("split of 20, a quarter held out, seed 7:", train, validation)
for epoch in (0, 1):
    print(f"its order in epoch {epoch}:", Rng(7, f"order/{epoch}").shuffled(train))
print("five of it to evaluate:", sorted(Rng(7, "train_eval").shuffled(train)[:5]))

rng, limit = Rng(7, "dense_1/kernel"), math.sqrt(6 / 50)
print("a dense kernel of 20 by 30, seed 7:", [f32(rng.range(-limit, limit)) for _ in range(4)])
rng = Rng(7, "dropout/0/1")
print("what dropout of a half keeps of 24:", [int(rng.uniform() >= 0.5) for _ in range(24)])
