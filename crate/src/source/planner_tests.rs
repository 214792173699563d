use proptest::prelude::*;

use super::*;

const POLICY: MergePolicy = MergePolicy { merge_gap_bytes: 10, max_range_bytes: 100 };

#[expect(clippy::single_range_in_vec_init, reason = "a list of one range is meant")]
#[test]
fn neighbours_merge_and_members_keep_their_indices() {
    let merged = merge(&[45..60, 0..20, 25..40, 200..201, 7..7], &POLICY);
    assert_eq!(
        merged,
        [MergedRange { range: 0..60, members: vec![1, 2, 0] }, MergedRange { range: 200..201, members: vec![3] }]
    );
    assert_eq!(merge(&[5..5], &POLICY), []);
}

#[test]
fn the_cap_holds_unless_one_range_is_longer() {
    let merged = merge(&[0..60, 60..120, 120..400, 400..410], &POLICY);
    let ranges: Vec<_> = merged.iter().map(|read| read.range.clone()).collect();
    assert_eq!(ranges, [0..60, 60..120, 120..400, 400..410]);
}

#[test]
fn shared_and_nested_ranges_are_read_once() {
    let merged = merge(&[0..50, 0..50, 10..20], &POLICY);
    assert_eq!(merged.len(), 1);
    assert_eq!(merged[0].range, 0..50);
    assert_eq!(merged[0].members.len(), 3);
}

#[test]
fn the_smallest_gaps_are_fetched_first_within_the_allowance() {
    // 360 bytes are wanted: 18 in vain at most; gaps of 10, 6, 9 and 3.
    let wide = MergePolicy { max_range_bytes: 1000, ..POLICY };
    let ranges = [0..100, 110..200, 206..300, 309..350, 353..388];
    let merged: Vec<_> = merge(&ranges, &wide).into_iter().map(|read| read.range).collect();
    assert_eq!(merged, [0..100, 110..388]);
    // Of gaps of one width those in front.
    let ranges = [0..10, 14..20, 24..30, 34..40, 44..50];
    let merged: Vec<_> = merge(&ranges, &POLICY).into_iter().map(|read| read.range).collect();
    assert_eq!(merged, [0..30, 34..40, 44..50]);
}

#[test]
fn a_gap_is_worth_the_latency_that_it_saves() {
    let costs = ReadCosts { latency_ms: 100.0, bandwidth_bytes_per_ms: 1000.0, at_once: 4.0 };
    assert_eq!(costs.worthwhile_gap_bytes(), 25_000);
    assert_eq!(ReadCosts { at_once: 0.0, ..costs }.worthwhile_gap_bytes(), 100_000);
    assert_eq!(ReadCosts { latency_ms: f64::NAN, ..costs }.worthwhile_gap_bytes(), 0);
    assert_eq!(MergePolicy::default().merge_gap_bytes, 33_333);
}

proptest! {
    /// Whatever is wanted: every range is in one read, reads don't overlap where ranges don't, none is over the cap
    /// unless a range is, and what comes in vain is within the allowance.
    #[test]
    fn reads_serve_every_range_within_cap_and_allowance(
        blocks in prop::collection::vec((0_u64..200, 1_u64..300), 1..80),
        merge_gap_bytes in 0_u64..200,
        max_range_bytes in 1_u64..2000,
    ) {
        let mut ranges = Vec::new();
        let mut position = 0;
        for (gap, len) in blocks {
            position += gap;
            ranges.push(position..position + len);
            position += len;
        }
        ranges.reverse();
        let reads = merge(&ranges, &MergePolicy { merge_gap_bytes, max_range_bytes });
        let mut served = vec![0; ranges.len()];
        for read in &reads {
            for &member in &read.members {
                served[member] += 1;
                prop_assert!(read.range.start <= ranges[member].start && ranges[member].end <= read.range.end);
            }
            prop_assert!(read.range.end - read.range.start <= max_range_bytes || read.members.len() == 1);
        }
        prop_assert!(served.iter().all(|&times| times == 1));
        prop_assert!(reads.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start));
        let sum = |ranges: &mut dyn Iterator<Item = &Range<u64>>| ranges.map(|range| range.end - range.start).sum::<u64>();
        let wanted = sum(&mut ranges.iter());
        let read = sum(&mut reads.iter().map(|read| &read.range));
        prop_assert!(read - wanted <= (wanted / 20).max(merge_gap_bytes));
    }
}

#[test]
fn a_part_is_clipped_to_what_came() {
    let read = MergedRange { range: 100..110, members: vec![0] };
    assert_eq!(read.part(&[0, 1, 2, 3, 4], &(102..104)), [2, 3]);
    assert_eq!(read.part(&[0, 1, 2, 3, 4], &(104..110)), [4]);
    assert!(read.part(&[0, 1], &(104..110)).is_empty());
}
