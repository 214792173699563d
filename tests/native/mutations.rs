//! Bytes changed at random: never a panic, never a bug, never long.

use std::rc::Rc;
use std::time::{Duration, Instant};

use cogrid::raster::{Dataset, Window};
use cogrid::source::MemorySource;
use cogrid::{ErrorKind, Limits};

use crate::random::Random;
use crate::shared_data;

const SEEDS_PER_FILE: u64 = 12;

#[test]
fn mutated_files_never_panic() {
    let Some(root) = shared_data::root() else { return };
    let limits = Limits { max_decoded_block_bytes: 16 << 20, max_window_bytes: 64 << 20, ..Limits::default() };
    let (mut runs, mut read) = (0, 0);
    for entry in shared_data::entries(&root, "dev/format") {
        let file = entry["file"].as_str().unwrap();
        let original = std::fs::read(root.join(file)).unwrap();
        if original.len() > 200_000 {
            continue;
        }
        for seed in 0..SEEDS_PER_FILE {
            let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ original.len() as u64);
            let mut bytes = original.clone();
            for _ in 0..1 + random.below(8) {
                // Most of what can go wrong is in the front: header, directory, arrays.
                let reach = if random.below(4) == 0 { bytes.len() } else { bytes.len().min(1200) };
                let position = random.below(reach);
                bytes[position] = match random.below(3) {
                    0 => 0xff,
                    1 => bytes[position] ^ (1 << random.below(8)),
                    _ => random.below(256) as u8,
                };
            }
            if random.below(8) == 0 {
                bytes.truncate(random.below(bytes.len()));
            }
            runs += 1;
            let started = Instant::now();
            let outcome = pollster::block_on(async {
                let dataset = Dataset::open(Rc::new(MemorySource::new(file, bytes)), limits).await?;
                let level = dataset.level_count() - 1;
                let size = *dataset.level(level)?;
                let window = Window { left: 0, top: 0, right: size.width.min(512), bottom: size.height.min(512) };
                dataset.read_window(level, &[0], window).await
            });
            assert!(started.elapsed() < Duration::from_secs(2), "{file} seed {seed} took {:?}", started.elapsed());
            match outcome {
                Ok(_) => read += 1,
                Err(error) => assert_ne!(error.kind(), ErrorKind::Bug, "{file} seed {seed}: {error}"),
            }
        }
    }
    eprintln!("{runs} mutated files: {read} still gave samples, {} a clean error", runs - read);
}
