//! The checksum at the end of a frame: the low half of an XXH64 with seed 0 (RFC 8878, section 3.1.1; the algorithm in
//! its reference, xxHash's specification 0.1.1).

const PRIMES: [u64; 5] =
    [0x9e37_79b1_85eb_ca87, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9, 0x85eb_ca77_c2b2_ae63, 0x27d4_eb2f_1656_67c5];

pub fn checksum(bytes: &[u8]) -> u32 {
    let [p1, p2, p3, p4, p5] = PRIMES;
    let round = |sum: u64, word: u64| sum.wrapping_add(word.wrapping_mul(p2)).rotate_left(31).wrapping_mul(p1);
    let (stripes, rest) = bytes.as_chunks::<32>();
    let mut sum = p5;
    if !stripes.is_empty() {
        let mut lanes = [p1.wrapping_add(p2), p2, 0, 0_u64.wrapping_sub(p1)];
        for stripe in stripes {
            for (lane, word) in lanes.iter_mut().zip(stripe.as_chunks().0) {
                *lane = round(*lane, u64::from_le_bytes(*word));
            }
        }
        let turned = lanes.iter().zip([1, 7, 12, 18]).map(|(lane, bits)| lane.rotate_left(bits));
        sum = turned.fold(0, u64::wrapping_add);
        for lane in lanes {
            sum = (sum ^ round(0, lane)).wrapping_mul(p1).wrapping_add(p4);
        }
    }
    sum = sum.wrapping_add(bytes.len() as u64);
    let (words, rest) = rest.as_chunks();
    for &word in words {
        sum = (sum ^ round(0, u64::from_le_bytes(word))).rotate_left(27).wrapping_mul(p1).wrapping_add(p4);
    }
    let (halves, rest) = rest.as_chunks();
    for &half in halves {
        let half = u64::from(u32::from_le_bytes(half));
        sum = (sum ^ half.wrapping_mul(p1)).rotate_left(23).wrapping_mul(p2).wrapping_add(p3);
    }
    for &byte in rest {
        sum = (sum ^ u64::from(byte).wrapping_mul(p5)).rotate_left(11).wrapping_mul(p1);
    }
    sum = (sum ^ sum >> 33).wrapping_mul(p2);
    sum = (sum ^ sum >> 29).wrapping_mul(p3);
    (sum ^ sum >> 32) as u32
}
