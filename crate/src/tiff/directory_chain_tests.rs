use super::super::{ByteOrder, Stop};
use super::*;

/// Little-endian directories of one entry each (ImageWidth = its position), at the positions given, in a chain.
fn file(chain: &[u32], last_next: u32) -> FileBytes {
    let mut bytes = vec![0; 256];
    for (index, &offset) in chain.iter().enumerate() {
        let next = chain.get(index + 1).copied().unwrap_or(last_next);
        let mut ifd = vec![1, 0, 0, 1, 4, 0, 1, 0, 0, 0];
        ifd.extend(offset.to_le_bytes());
        ifd.extend(next.to_le_bytes());
        bytes[offset as usize..offset as usize + ifd.len()].copy_from_slice(&ifd);
    }
    let mut file = FileBytes::new();
    file.set_len_bytes(bytes.len() as u64);
    file.insert(0, bytes);
    file
}

fn chain(first_ifd: u64) -> DirectoryChain {
    DirectoryChain::new(Header { byte_order: ByteOrder::Little, is_big: false, first_ifd })
}

fn failure(step: Step<Option<Ifd>>) -> Error {
    match step {
        Err(Stop::Failed(error)) => error,
        other => panic!("expected a failure, got {other:?}"),
    }
}

#[test]
fn a_chain_is_followed_to_its_end() {
    let (file, limits) = (file(&[8, 100, 50], 0), Limits::default());
    let mut chain = chain(8);
    let mut widths = Vec::new();
    while let Some(ifd) = chain.advance(&file, &limits).unwrap() {
        widths.push(ifd.uint(256, &file, &limits).unwrap().unwrap());
    }
    assert_eq!(widths, [8, 100, 50]);
}

#[test]
fn a_cycle_ends_as_an_error() {
    let (file, limits) = (file(&[8, 100], 8), Limits::default());
    let mut chain = chain(8);
    assert!(chain.advance(&file, &limits).unwrap().is_some());
    assert!(chain.advance(&file, &limits).unwrap().is_some());
    assert_eq!(failure(chain.advance(&file, &limits)).code(), Code::FormatDirectoryCycle);
}

#[test]
fn limits_and_ends_hold() {
    let file = file(&[8, 100], 4000);
    let few = Limits { max_ifds: 1, ..Limits::default() };
    let mut chain_of_few = chain(8);
    assert!(chain_of_few.advance(&file, &few).unwrap().is_some());
    assert_eq!(failure(chain_of_few.advance(&file, &few)).code(), Code::LimitExceeded);
    let limits = Limits::default();
    let mut chain = chain(8);
    assert!(chain.advance(&file, &limits).unwrap().is_some());
    assert!(chain.advance(&file, &limits).unwrap().is_some());
    assert_eq!(failure(chain.advance(&file, &limits)).code(), Code::FormatTruncated);
}
