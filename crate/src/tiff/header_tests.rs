use super::super::Stop;
use super::*;

fn parse(bytes: &[u8]) -> Step<Header> {
    let mut file = FileBytes::new();
    file.insert(0, bytes.to_vec());
    file.set_len_bytes(bytes.len() as u64);
    Header::parse(&file)
}

#[test]
fn both_flavours_in_both_orders() {
    let little = parse(b"II\x2a\0\x08\0\0\0").unwrap();
    assert_eq!(little, Header { byte_order: ByteOrder::Little, is_big: false, first_ifd: 8 });
    let big = parse(b"MM\0\x2a\0\0\x01\0").unwrap();
    assert_eq!(big, Header { byte_order: ByteOrder::Big, is_big: false, first_ifd: 256 });
    let little = parse(b"II\x2b\0\x08\0\0\0\x10\0\0\0\0\0\0\0").unwrap();
    assert_eq!(little, Header { byte_order: ByteOrder::Little, is_big: true, first_ifd: 16 });
    let big = parse(b"MM\0\x2b\0\x08\0\0\0\0\0\0\0\0\0\x10").unwrap();
    assert_eq!(big, Header { byte_order: ByteOrder::Big, is_big: true, first_ifd: 16 });
}

#[test]
fn what_is_no_tiff_is_named() {
    for bytes in [&b"<!DOCTYPE html>"[..], b"II\x2c\0\0\0\0\0", b"IM\x2a\0\x08\0\0\0"] {
        let Err(Stop::Failed(error)) = parse(bytes) else { panic!("expected a failure") };
        assert_eq!(error.code(), Code::FormatNotTiff);
    }
    let Err(Stop::Failed(error)) = parse(b"II\x2b\0\x04\0\0\0\x10\0\0\0\0\0\0\0") else { panic!("expected a failure") };
    assert_eq!(error.code(), Code::FormatHeader);
    let Err(Stop::Failed(error)) = parse(b"II") else { panic!("expected a failure") };
    assert_eq!(error.code(), Code::FormatTruncated);
}

#[test]
fn missing_bytes_are_asked_for() {
    let Err(Stop::NeedMore(range)) = Header::parse(&FileBytes::new()) else { panic!("expected a wish") };
    assert_eq!(range, 0..8);
}
