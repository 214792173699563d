use super::*;

#[test]
fn three_forms() {
    assert_eq!(
        ContentRange::parse("bytes 0-99/1234"),
        Some(ContentRange { range: Some(0..100), len_bytes: Some(1234) })
    );
    assert_eq!(ContentRange::parse(" bytes 5-5/*"), Some(ContentRange { range: Some(5..6), len_bytes: None }));
    assert_eq!(ContentRange::parse("bytes */7"), Some(ContentRange { range: None, len_bytes: Some(7) }));
    for wrong in
        ["", "bytes", "bytes */*", "items 0-1/2", "bytes a-b/c", "bytes 0-18446744073709551615/*", "bytes 9-3/*"]
    {
        assert_eq!(ContentRange::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn an_answer_must_be_the_question() {
    let sent = |range: Range<u64>, len_bytes| ContentRange { range: Some(range), len_bytes };
    assert!(sent(0..100, Some(1000)).check(&(0..100)).is_ok());
    assert!(sent(900..1000, Some(1000)).check(&(900..1100)).is_ok());
    assert!(sent(0..50, None).check(&(0..100)).is_ok());
    assert!(sent(0..50, Some(1000)).check(&(0..100)).is_ok(), "less than asked is an answer");
    let none = ContentRange { range: None, len_bytes: Some(1000) };
    for wrong in [sent(1..100, None), sent(0..101, None), sent(0..90, Some(80)), none] {
        assert_eq!(wrong.check(&(0..100)).unwrap_err().code(), Code::SourceRangeMismatch);
    }
}

#[test]
fn another_version_is_a_change() {
    let identity = |etag: Option<&str>, modified: Option<&str>, len_bytes| Identity {
        etag: etag.map(str::to_owned),
        last_modified: modified.map(str::to_owned),
        len_bytes,
    };
    let mut known = Identity::default();
    known.update(identity(Some("\"a\""), Some("mon"), Some(10))).unwrap();
    known.update(identity(Some("\"a\""), Some("tue"), None)).unwrap();
    assert_eq!(known, identity(Some("\"a\""), Some("mon"), Some(10)));
    assert_eq!(known.update(identity(Some("\"b\""), None, None)).unwrap_err().code(), Code::SourceChanged);
    assert_eq!(known.update(identity(None, None, Some(11))).unwrap_err().code(), Code::SourceChanged);
    // A server that leaves out the ETag now and then still tells the time.
    assert_eq!(known.update(identity(None, Some("wed"), None)).unwrap_err().code(), Code::SourceChanged);
    let mut dated = identity(None, Some("mon"), None);
    assert!(dated.update(identity(None, Some("tue"), None)).is_err());
}
