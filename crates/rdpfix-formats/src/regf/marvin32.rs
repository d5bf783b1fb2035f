//! Marvin32, the checksum of log entries (specification: "Log entries", notes 1 to 3).

/// The seed of the registry's checksums. The specification lists it as bytes; it is this number, not those bytes read
/// little-endian, with which every entry would look corrupt.
const SEED: u64 = 0x82EF_4D88_7A4E_55C5;

/// The checksum of bytes that come in pieces.
#[derive(Debug, Clone)]
pub(super) struct Marvin32 {
    low: u32,
    high: u32,
    /// Bytes that do not fill a word yet: at most three.
    rest: Vec<u8>,
}

impl Marvin32 {
    pub(super) fn new() -> Self {
        Self {
            low: u32::try_from(SEED & u64::from(u32::MAX)).unwrap_or_default(),
            high: u32::try_from(SEED >> 32).unwrap_or_default(),
            rest: Vec::with_capacity(4),
        }
    }

    /// The checksum of all of `bytes`.
    pub(super) fn hash(bytes: &[u8]) -> u64 {
        let mut hash = Self::new();
        hash.update(bytes);
        hash.finish()
    }

    pub(super) fn update(&mut self, mut bytes: &[u8]) {
        while !self.rest.is_empty() {
            let Some((&byte, left)) = bytes.split_first() else {
                return;
            };
            bytes = left;
            self.rest.push(byte);
            if let Ok(word) = <[u8; 4]>::try_from(self.rest.as_slice()) {
                self.mix(u32::from_le_bytes(word));
                self.rest.clear();
            }
        }
        let (words, rest) = bytes.as_chunks::<4>();
        for word in words {
            self.mix(u32::from_le_bytes(*word));
        }
        self.rest.extend(rest);
    }

    pub(super) fn finish(mut self) -> u64 {
        let mut last = [0_u8; 4];
        self.rest.push(0x80);
        for (to, from) in last.iter_mut().zip(&self.rest) {
            *to = *from;
        }
        self.mix(u32::from_le_bytes(last));
        self.mix(0);
        u64::from(self.high) << 32 | u64::from(self.low)
    }

    const fn mix(&mut self, word: u32) {
        self.low = self.low.wrapping_add(word);
        self.high ^= self.low;
        self.low = self.low.rotate_left(20).wrapping_add(self.high);
        self.high = self.high.rotate_left(9) ^ self.low;
        self.low = self.low.rotate_left(27).wrapping_add(self.high);
        self.high = self.high.rotate_left(19);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hash_as_the_whole() {
        let bytes: Vec<u8> = (0..=255).collect();
        for cut in 0..16 {
            let mut hash = Marvin32::new();
            hash.update(&bytes[..cut]);
            hash.update(&bytes[cut..cut + 1]);
            hash.update(&bytes[cut + 1..]);
            assert_eq!(hash.finish(), Marvin32::hash(&bytes));
        }
    }

    /// Computed with an independent implementation of the published algorithm.
    #[test]
    fn known_values() {
        assert_eq!(Marvin32::hash(b""), MARVIN_EMPTY);
        assert_eq!(Marvin32::hash(b"HvLE"), MARVIN_HVLE);
        assert_eq!(Marvin32::hash(b"registry"), MARVIN_REGISTRY);
    }

    const MARVIN_EMPTY: u64 = 0xb39e_fca4_0396_6e08;
    const MARVIN_HVLE: u64 = 0x9145_2793_2cf3_36dd;
    const MARVIN_REGISTRY: u64 = 0x1e61_6461_fd98_d02a;
}
