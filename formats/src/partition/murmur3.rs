//! Murmur3, the hash behind buckets.

/// The 32-bit x86 variant with seed 0, by Austin Appleby (public domain, `MurmurHash3.cpp`).
pub(super) fn murmur3_x86_32(bytes: &[u8]) -> u32 {
    let (blocks, tail) = bytes.as_chunks::<4>();
    let mut hash = blocks.iter().fold(0_u32, |hash, block| {
        let hash = hash ^ mix(u32::from_le_bytes(*block));
        hash.rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64)
    });
    let mut last = [0; 4];
    for (slot, byte) in last.iter_mut().zip(tail) {
        *slot = *byte;
    }
    hash ^= mix(u32::from_le_bytes(last));
    // The length modulo 2^32 is what the reference takes.
    let len = (bytes.len() as u64)
        .to_le_bytes()
        .first_chunk::<4>()
        .copied()
        .unwrap_or_default();
    hash ^= u32::from_le_bytes(len);
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

fn mix(block: u32) -> u32 {
    block
        .wrapping_mul(0xcc9e_2d51)
        .rotate_left(15)
        .wrapping_mul(0x1b87_3593)
}

#[cfg(test)]
mod tests {
    use super::murmur3_x86_32;

    #[test]
    fn published_vectors() {
        // Wikipedia, "MurmurHash", test vectors with seed 0.
        assert_eq!(murmur3_x86_32(b""), 0);
        assert_eq!(murmur3_x86_32(b"test"), 0xba6b_d213);
        assert_eq!(murmur3_x86_32(b"Hello, world!"), 0xc036_3e43);
        assert_eq!(
            murmur3_x86_32(b"The quick brown fox jumps over the lazy dog"),
            0x2e4f_f723
        );
    }
}
