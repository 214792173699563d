use super::*;

const POLICY: MergePolicy = MergePolicy { merge_gap_bytes: 10, max_range_bytes: 100 };

#[expect(clippy::single_range_in_vec_init, reason = "a list of one range is meant")]
#[test]
fn neighbours_merge_and_members_keep_their_indices() {
    let merged = merge(&[50..60, 0..20, 25..40, 200..201, 7..7], &POLICY);
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
fn a_part_is_clipped_to_what_came() {
    let read = MergedRange { range: 100..110, members: vec![0] };
    assert_eq!(read.part(&[0, 1, 2, 3, 4], &(102..104)), [2, 3]);
    assert_eq!(read.part(&[0, 1, 2, 3, 4], &(104..110)), [4]);
    assert!(read.part(&[0, 1], &(104..110)).is_empty());
}
