//! Corrupt files and fuzzers' finds: a result or a clean error, soon.

use std::rc::Rc;
use std::time::{Duration, Instant};

use cogrid::raster::{Dataset, Window};
use cogrid::source::FileSource;
use cogrid::{ErrorKind, Limits};

use crate::shared_data;

#[test]
fn malformed_files_give_a_result_or_a_clean_error_within_a_second() {
    let Some(root) = shared_data::root() else { return };
    let (mut read, mut refused) = (0, 0);
    for entry in shared_data::entries(&root, "dev/malformed") {
        let file = entry["file"].as_str().unwrap();
        let started = Instant::now();
        let source = FileSource::open(root.join(file)).unwrap();
        let outcome = pollster::block_on(async {
            let dataset = Dataset::open(Rc::new(source), Limits::default()).await?;
            for level in 0..dataset.level_count() {
                let size = *dataset.level(level)?;
                // A corner of what may claim to be a huge raster.
                let (right, bottom) = (size.width.min(2048), size.height.min(2048));
                dataset.read_window(level, &[0], Window { left: 0, top: 0, right, bottom }).await?;
            }
            Ok::<_, cogrid::Error>(())
        });
        let took = started.elapsed();
        assert!(took < Duration::from_secs(1), "{file} took {took:?}");
        match outcome {
            Ok(()) => read += 1,
            Err(error) => {
                assert_ne!(error.kind(), ErrorKind::Bug, "{file}: {error}");
                eprintln!("{file}: {error}");
                refused += 1;
            }
        }
    }
    eprintln!("{read} malformed files gave a corner of themselves, {refused} a clean error");
}
