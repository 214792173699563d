//! How few reads opening and windows cost.

use std::rc::Rc;

use cogrid::Limits;
use cogrid::raster::{Dataset, Window};
use cogrid::source::{CountingSource, FileSource, RangeReader};

use crate::shared_data;

#[test]
fn a_cog_opens_in_one_request_and_each_block_is_read_once() {
    let Some(root) = shared_data::root() else { return };
    let path = root.join("dev/real/etopo5_global_i16_point_deflate_p2_cog.tif");
    let source = Rc::new(CountingSource::new(FileSource::open(path).unwrap()));
    let reader: Rc<dyn RangeReader> = source.clone();
    pollster::block_on(async {
        let dataset = Dataset::open(reader, Limits::default()).await.unwrap();
        assert_eq!(source.ranges(), std::slice::from_ref(&(0..32 << 10)));
        source.reset();
        let window = Window { left: 500, top: 500, right: 1100, bottom: 600 };
        let blocks: Vec<_> = dataset.level(0).unwrap().blocks_of(window).collect();
        let ranges = dataset.locate(0, 0, &blocks).await.unwrap();
        assert_eq!(source.ranges(), [], "the block arrays came with the header");
        dataset.read_window(0, &[0], window).await.unwrap();
        let wanted: u64 = ranges.iter().flatten().map(|range| range.end - range.start).sum();
        let read: u64 = source.ranges().iter().map(|range| range.end - range.start).sum();
        assert!(read <= wanted + blocks.len() as u64 * 8, "wanted {wanted}, read {read}");
        assert_eq!(source.ranges().len(), 2, "two rows of three neighbours: {:?}", source.ranges());
    });
}
