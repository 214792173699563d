//! Gradient noise in space: smooth, the same on every machine.

/// A point in space.
pub type Point = [f64; 3];

/// Noise of about −1…1 that varies over a distance of 1.
pub fn gradient(point: Point, seed: u32) -> f64 {
    let cell = point.map(f64::floor);
    let [x, y, z] = [point[0] - cell[0], point[1] - cell[1], point[2] - cell[2]];
    let [i, j, k] = cell.map(|v| v as i64 as u32);
    let corner = |di: u32, dj: u32, dk: u32| {
        let hash = scramble(i.wrapping_add(di), j.wrapping_add(dj), k.wrapping_add(dk), seed);
        slope(hash, x - f64::from(di), y - f64::from(dj), z - f64::from(dk))
    };
    let (u, v, w) = (fade(x), fade(y), fade(z));
    let plane = |dk| {
        let near = mix(corner(0, 0, dk), corner(1, 0, dk), u);
        let far = mix(corner(0, 1, dk), corner(1, 1, dk), u);
        mix(near, far, v)
    };
    mix(plane(0), plane(1), w)
}

/// Sum of octaves `octaves`: octave `n` has the frequency `frequency × 2ⁿ` and the amplitude 2⁻ⁿ.
pub fn fractal(point: Point, frequency: f64, octaves: std::ops::Range<u32>, seed: u32) -> f64 {
    octaves
        .map(|octave| {
            let scale = f64::from(1u32 << octave);
            gradient(point.map(|v| v * frequency * scale), seed.wrapping_add(octave)) / scale
        })
        .sum()
}

/// Dot product with one of twelve edge directions of a cube, as in Perlin's noise.
fn slope(hash: u32, x: f64, y: f64, z: f64) -> f64 {
    let (a, b) = match hash % 12 / 4 {
        0 => (x, y),
        1 => (x, z),
        _ => (y, z),
    };
    let (a, b) = (if hash & 1 == 0 { a } else { -a }, if hash & 2 == 0 { b } else { -b });
    a + b
}

fn fade(t: f64) -> f64 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

fn mix(a: f64, b: f64, t: f64) -> f64 {
    a + (b - a) * t
}

/// A 32-bit hash of a lattice point.
fn scramble(i: u32, j: u32, k: u32, seed: u32) -> u32 {
    let mut hash = seed.wrapping_mul(0x9E37_79B9);
    for part in [i, j, k] {
        hash = (hash ^ part).wrapping_mul(0x85EB_CA6B);
        hash ^= hash >> 15;
    }
    hash = hash.wrapping_mul(0xC2B2_AE35);
    hash ^ (hash >> 16)
}
