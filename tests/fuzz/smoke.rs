//! The fuzz targets without a fuzzer: seeds, changed at random but the same on every machine, for a few seconds each.
//! `COGRID_FUZZ_SECONDS` gives each target longer.

#[expect(dead_code, reason = "what GDAL reads of them is for the native tests")]
mod codec_files;
mod container;
mod random;
mod seeds;
mod targets;

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use random::Random;

#[test]
fn header() {
    smoke("header");
}

#[test]
fn geokeys() {
    smoke("geokeys");
}

#[test]
fn codec() {
    smoke("codec");
}

#[test]
fn open_read() {
    smoke("open_read");
}

/// The corpora that fuzzing starts from, a folder for each target.
#[test]
#[ignore = "writes below the folder that COGRID_FUZZ_CORPUS names"]
fn write_seeds() {
    let folder = std::env::var_os("COGRID_FUZZ_CORPUS").expect("COGRID_FUZZ_CORPUS names a folder");
    for (target, seeds) in seeds::all() {
        let place = std::path::Path::new(&folder).join(target);
        std::fs::create_dir_all(&place).expect("a folder can be made");
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(place.join(format!("seed-{number:03}")), seed).expect("a seed can be written");
        }
        eprintln!("{target}: {} seeds", seeds.len());
    }
}

/// Seeds as they are, then mutants of them until the time or the number is over.
fn smoke(name: &str) {
    // One after the other, so that memory is one target's.
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let target = targets::ALL.iter().find(|(known, _)| *known == name).expect("a target of this name").1;
    let seeds: HashMap<_, _> = seeds::all().into_iter().collect();
    let seeds = &seeds[name];
    assert!(!seeds.is_empty(), "{name} has nothing to start from");
    let seconds = std::env::var("COGRID_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(SECONDS));
    let mut random = Random(0x5eed ^ name.len() as u64);
    let (mut runs, mut most) = (0_u64, 0);
    for seed in seeds {
        most = most.max(run(name, target, seed));
        runs += 1;
    }
    while Instant::now() < until && (seconds.is_some() || runs < RUNS) {
        let mutant = mutate(seeds, &mut random);
        most = most.max(run(name, target, &mutant));
        runs += 1;
    }
    eprintln!("{name}: {runs} inputs from {} seeds, at most {} KiB at once", seeds.len(), most >> 10);
}

/// Runs one input; gives the bytes that it had allocated at once at most.
fn run(name: &str, target: targets::Target, input: &[u8]) -> usize {
    let before = ALLOCATOR.now.load(Ordering::Relaxed);
    ALLOCATOR.peak.store(before, Ordering::Relaxed);
    let started = Instant::now();
    let outcome = std::panic::catch_unwind(|| target(input));
    let took = started.elapsed();
    let peak = ALLOCATOR.peak.load(Ordering::Relaxed).saturating_sub(before);
    if outcome.is_err() || took > HANGS || peak > targets::MAX_ALLOCATED_BYTES {
        let path = std::env::temp_dir().join(format!("cogrid-fuzz-{name}"));
        let kept = std::fs::write(&path, input).map_or("nowhere".to_owned(), |()| path.display().to_string());
        panic!("{name}: panicked: {}, took {took:?}, {peak} bytes; the input is in {kept}", outcome.is_err());
    }
    peak
}

/// A seed with up to eight changes of the kinds that fuzzers make.
fn mutate(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(8) {
        // Most of what can go wrong is in the front: header, directory, parameters.
        let reach = if random.below(3) == 0 { bytes.len() } else { bytes.len().min(600) };
        let at = random.below(reach);
        match random.below(9) {
            0 => set(&mut bytes, at, &[random.next() as u8]),
            1 => {
                let flipped = bytes.get(at).map_or(0, |byte| byte ^ (1 << random.below(8)));
                set(&mut bytes, at, &[flipped]);
            }
            2 => set(&mut bytes, at, &ODD[random.below(ODD.len())].to_le_bytes()[..1 << random.below(4)]),
            3 => set(&mut bytes, at, &ODD[random.below(ODD.len())].to_be_bytes()[8 - (1 << random.below(4))..]),
            4 => bytes.truncate(random.below(bytes.len() + 1)),
            5 => {
                let end = (at + random.below(64)).min(bytes.len());
                bytes.drain(at.min(end)..end);
            }
            6 => {
                let end = (at + random.below(64)).min(bytes.len());
                let part = bytes[at.min(end)..end].to_vec();
                let place = random.below(bytes.len() + 1);
                bytes.splice(place..place, part);
            }
            7 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                let part = &other[from..(from + random.below(256)).min(other.len())];
                set(&mut bytes, at, part);
            }
            _ => {
                let sum = bytes.get(at).map_or(0, |byte| byte.wrapping_add(random.below(35) as u8).wrapping_sub(17));
                set(&mut bytes, at, &[sum]);
            }
        }
    }
    bytes
}

fn set(bytes: &mut [u8], at: usize, part: &[u8]) {
    for (to, from) in bytes.iter_mut().skip(at).zip(part) {
        *to = *from;
    }
}

/// The system's allocator, and how much of it is taken.
struct Counting {
    now: AtomicUsize,
    peak: AtomicUsize,
}

impl Counting {
    fn add(&self, bytes: usize) {
        let now = self.now.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.peak.fetch_max(now, Ordering::Relaxed);
    }
}

#[expect(unsafe_code, reason = "an allocator is unsafe to implement; every call goes to the system's as it came")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.add(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.add(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.add(size);
        self.now.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.now.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting { now: AtomicUsize::new(0), peak: AtomicUsize::new(0) };

static TURN: Mutex<()> = Mutex::new(());

/// Of each target, unless it is through with its runs before.
const SECONDS: u64 = 15;
const RUNS: u64 = 30_000;
/// Far beyond what any input takes, even on a machine that does something else.
const HANGS: Duration = Duration::from_secs(20);

const ODD: [u64; 12] =
    [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x7fff_ffff_ffff_ffff, u64::MAX];
