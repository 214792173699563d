use std::time::{Duration, SystemTime};

use super::*;

#[test]
fn a_file_that_changes_is_told_not_mixed() {
    let path = std::env::temp_dir().join(format!("cogrid-file-source-{}", std::process::id()));
    std::fs::write(&path, &b"0123456789"[..]).unwrap();
    let source = FileSource::open(&path).unwrap();
    let read = |range| pollster::block_on(source.read(range));
    assert_eq!(read(2..4).unwrap(), &b"23"[..]);
    assert_eq!(read(8..99).unwrap(), &b"89"[..]);

    std::fs::write(&path, &b"abcdefghij"[..]).unwrap();
    let later = SystemTime::now() + Duration::from_secs(10);
    File::options().append(true).open(&path).unwrap().set_modified(later).unwrap();
    let error = read(2..4).unwrap_err();
    assert_eq!((error.code(), error.location().range), (Code::SourceChanged, Some((2, 4))));

    let again = FileSource::open(&path).unwrap();
    std::fs::write(&path, &b"ab"[..]).unwrap();
    assert_eq!(pollster::block_on(again.read(4..6)).unwrap_err().code(), Code::SourceChanged);
    std::fs::remove_file(&path).unwrap();
}
