use super::*;

#[test]
fn a_frame_gives_its_block_only_while_leader_and_trailer_are_true() {
    let frame = |len: u32, block: &[u8], trailer: &[u8]| [&len.to_le_bytes(), block, trailer].concat();
    let good = frame(6, b"abcdef", b"cdef");
    assert_eq!(Framing::block(&good), Some(&b"abcdef"[..]));
    // What follows may be read along: the mask, say.
    assert_eq!(Framing::block(&[&good[..], b"more"].concat()), Some(&b"abcdef"[..]));
    for bad in [
        frame(5, b"abcdef", b"cdef"),
        frame(7, b"abcdef", b"cdef"),
        frame(u32::MAX, b"abcdef", b"cdef"),
        frame(6, b"abcdef", b"cdeg"),
        frame(6, b"abcdef", b"cde"),
        // Too short to prove anything.
        frame(3, b"abc", b"abc\0"),
        frame(0, b"", b"\0\0\0\0"),
        b"abc".to_vec(),
        Vec::new(),
    ] {
        assert_eq!(Framing::block(&bad), None, "{bad:?}");
    }
}

#[test]
fn frames_are_followed_only_where_all_that_they_need_is_promised() {
    let all = [
        ("BLOCK_ORDER", "ROW_MAJOR"),
        ("BLOCK_LEADER", "SIZE_AS_UINT4"),
        ("BLOCK_TRAILER", "LAST_4_BYTES_REPEATED"),
        ("MASK_INTERLEAVED_WITH_IMAGERY", "YES"),
    ];
    let hints = |of: &[(&str, &str)]| {
        of.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(Framing::of(&hints(&all)), Some(Framing { has_masks_between: true }));
    assert_eq!(Framing::of(&hints(&all[..3])), Some(Framing { has_masks_between: false }));
    for left_out in 0..3 {
        let mut some = all.to_vec();
        some[left_out].1 = "OTHER";
        assert_eq!(Framing::of(&hints(&some)), None);
        some.remove(left_out);
        assert_eq!(Framing::of(&hints(&some)), None);
    }
}
