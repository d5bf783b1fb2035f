//! Public keys, in the one form in which that of a certificate and that of a key file can be compared.

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PublicKey {
    /// RSA.
    Rsa(RsaPublicKey),
    /// An elliptic curve.
    Ec {
        /// The curve's name, or its OID.
        curve: String,
        /// The point.
        point: Vec<u8>,
    },
    /// Another algorithm, or a key of these that cannot be read.
    Other {
        /// The algorithm's OID.
        algorithm: String,
    },
}

impl PublicKey {
    /// `RSA 2048`, `EC P-256`, or the algorithm's OID.
    pub fn describe(&self) -> String {
        match self {
            Self::Rsa(key) => format!("RSA {}", key.bits()),
            Self::Ec { curve, .. } => format!("EC {curve}"),
            Self::Other { algorithm } => algorithm.clone(),
        }
    }

    /// The key's size in bits, where that can be said.
    pub fn bits(&self) -> Option<usize> {
        match self {
            Self::Rsa(key) => Some(key.bits()),
            // An uncompressed point: a mark, and two coordinates.
            Self::Ec { point, .. } => match point.split_first() {
                Some((4, coordinates)) => Some(coordinates.len().saturating_mul(4)),
                Some((2 | 3, coordinate)) => Some(coordinate.len().saturating_mul(8)),
                _ => None,
            },
            Self::Other { .. } => None,
        }
    }

    /// The RSA key, if it is one.
    pub const fn rsa(&self) -> Option<&RsaPublicKey> {
        match self {
            Self::Rsa(key) => Some(key),
            Self::Ec { .. } | Self::Other { .. } => None,
        }
    }
}

/// An RSA public key. Two are equal when their numbers are, however they were written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RsaPublicKey {
    exponent: u64,
    modulus: Vec<u8>,
}

impl RsaPublicKey {
    /// From the exponent and the modulus, big-endian; zeros in front are left away.
    pub fn new(exponent: u64, modulus: &[u8]) -> Self {
        let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
        Self {
            exponent,
            modulus: modulus.get(zeros..).unwrap_or_default().to_vec(),
        }
    }

    /// The exponent, nearly always 65537.
    pub const fn exponent(&self) -> u64 {
        self.exponent
    }

    /// The modulus, big-endian without zeros in front.
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The length of the modulus in bits.
    pub fn bits(&self) -> usize {
        let Some(first) = self.modulus.first() else {
            return 0;
        };
        let zeros = usize::try_from(first.leading_zeros()).unwrap_or(0);
        self.modulus.len().saturating_mul(8).saturating_sub(zeros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_in_front_are_no_part_of_a_number() {
        let key = RsaPublicKey::new(65537, &[0, 0, 0x81, 2]);
        assert_eq!(key, RsaPublicKey::new(65537, &[0x81, 2]));
        assert_ne!(key, RsaPublicKey::new(3, &[0x81, 2]));
        assert_eq!(key.bits(), 16);
        assert_eq!(RsaPublicKey::new(3, &[0x7F, 2]).bits(), 15);
        assert_eq!(RsaPublicKey::new(3, &[0]).bits(), 0);
        assert_eq!(PublicKey::Rsa(key).describe(), "RSA 16");
    }
}
