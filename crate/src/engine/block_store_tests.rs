use std::cell::Cell;

use super::*;
use crate::engine::test_support::{URL, asking, run, world};
use crate::engine::{Config, RegisterOptions, ResampleOptions, Target, Workspace};
use crate::source::{CountingSource, MemorySource};
use crate::store::MemoryStore;

const VERSION: &str = "e-1";

/// A clock of ten minutes a tick.
#[derive(Default)]
struct Clock(Cell<f64>);

impl Host for Clock {
    fn open(&self, _: &str) -> LocalBoxFuture<'_, Result<Rc<dyn RangeReader>>> {
        unimplemented!("nothing is opened here")
    }

    fn now_ms(&self) -> f64 {
        self.0.set(self.0.get() + 700_000.0);
        self.0.get()
    }
}

type Source = Rc<CountingSource<MemorySource>>;

fn byte(position: u64) -> u8 {
    (position % 251) as u8
}

fn file(len: u64) -> Source {
    Rc::new(CountingSource::new(MemorySource::new("file", (0..len).map(byte).collect())))
}

/// A session of its own over `store`.
fn session(store: &Rc<dyn Store>, budget_bytes: u64, file: &Source, version: &str) -> StoredReader {
    let blocks = BlockStore::new(Rc::clone(store), Rc::new(Clock::default()), Rc::default(), budget_bytes);
    let reader = StoredReader::new(Rc::clone(file) as Rc<dyn RangeReader>, blocks);
    reader.begin(version);
    reader
}

fn read(reader: &StoredReader, range: Range<u64>) {
    let bytes = pollster::block_on(reader.read(range.clone())).unwrap();
    assert_eq!(bytes, range.map(byte).collect::<Vec<u8>>());
}

fn rows(store: &Rc<dyn Store>) -> Vec<Record> {
    let rows = pollster::block_on(store.list(Table::RasterBlocks, None)).unwrap();
    rows.iter().map(|row| row.record(Table::RasterBlocks).unwrap()).collect()
}

#[test]
fn a_second_session_reads_only_what_the_first_did_not() {
    let store: Rc<dyn Store> = Rc::new(MemoryStore::new());
    let file = file(5 << 20);
    let first = session(&store, 64 << 20, &file, VERSION);
    read(&first, 100..3_000_000);
    read(&first, 4_000_000..4_000_010);
    file.reset();
    let second = session(&store, 64 << 20, &file, VERSION);
    read(&second, 100..3_000_000);
    read(&second, 2_000_000..2_500_000);
    assert_eq!(file.ranges(), []);
    read(&second, 50..4_000_020);
    assert_eq!(file.ranges(), [50..100, 3_000_000..4_000_000, 4_000_010..4_000_020]);
    file.reset();
    read(&session(&store, 64 << 20, &file, VERSION), 50..4_000_020);
    assert_eq!(file.ranges(), []);
}

#[test]
fn another_version_is_another_file() {
    let store: Rc<dyn Store> = Rc::new(MemoryStore::new());
    let (old, new) = (file(1000), file(2000));
    read(&session(&store, 1 << 20, &old, VERSION), 0..100);
    read(&session(&store, 1 << 20, &new, "e-2"), 0..100);
    assert_eq!(new.ranges().len(), 1);
    // What names no version is neither kept nor served.
    read(&session(&store, 1 << 20, &new, "h-3"), 0..50);
    assert_eq!((new.ranges().len(), rows(&store).len()), (2, 2));
}

#[test]
fn the_longest_unused_goes_when_the_budget_is_full() {
    let store: Rc<dyn Store> = Rc::new(MemoryStore::new());
    let file = file(10_000);
    let reader = session(&store, 3000, &file, VERSION);
    read(&reader, 0..1000);
    read(&reader, 2000..3000);
    read(&reader, 4000..5000);
    read(&reader, 0..10);
    read(&reader, 6000..7000);
    let offsets: Vec<u64> = rows(&store).iter().map(|record| record.byte_offset).collect();
    assert_eq!(offsets, [0, 4000, 6000], "the one at 2000 had not been used since");
    // More than half of the budget at once would drive out everything else.
    read(&reader, 7000..9000);
    assert_eq!(rows(&store).len(), 3);
}

#[test]
fn a_row_that_is_gone_or_torn_is_read_again() {
    let store: Rc<dyn Store> = Rc::new(MemoryStore::new());
    let file = file(1000);
    let reader = session(&store, 1 << 20, &file, VERSION);
    read(&reader, 0..100);
    read(&reader, 200..300);
    let gone = Write::Delete(Table::RasterBlocks, id(VERSION, 0));
    let mut torn = pollster::block_on(store.get(Table::RasterBlocks, vec![id(VERSION, 200)])).unwrap();
    let torn = torn.remove(0).unwrap().with_blob(vec![1, 2, 3]);
    pollster::block_on(store.write(vec![gone, Write::Put(Table::RasterBlocks, torn)])).unwrap();
    file.reset();
    read(&reader, 50..250);
    assert_eq!(file.ranges().iter().map(|range| range.end - range.start).sum::<u64>(), 200);
}

/// Full, or gone.
struct Broken;

impl Store for Broken {
    fn kind(&self) -> &'static str {
        "broken"
    }

    fn get(&self, _: Table, _: Vec<String>) -> LocalBoxFuture<'_, Result<Vec<Option<Row>>>> {
        async { Ok(Vec::new()) }.boxed_local()
    }

    fn list(&self, _: Table, _: Option<(&'static str, String)>) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        async { Ok(Vec::new()) }.boxed_local()
    }

    fn scan(&self, _: Table, _: &'static str, _: Range<String>, _: u32) -> LocalBoxFuture<'_, Result<Vec<Row>>> {
        async { Ok(Vec::new()) }.boxed_local()
    }

    fn write(&self, _: Vec<Write>) -> LocalBoxFuture<'_, Result<()>> {
        async { Err(crate::Error::new(crate::error::Code::StoreQuota, "full")) }.boxed_local()
    }

    fn close(&self) {}
}

#[test]
fn a_store_that_fails_costs_a_warning_and_no_error() {
    let store: Rc<dyn Store> = Rc::new(Broken);
    let file = file(1000);
    let reader = session(&store, 1 << 20, &file, VERSION);
    read(&reader, 0..100);
    read(&reader, 0..100);
    assert_eq!(file.ranges().len(), 2);
    assert_eq!(reader.blocks.warnings.list(), ["bytes of files are no longer stored for later sessions: full"]);
}

#[test]
fn what_is_served_is_not_counted_as_read() {
    let store: Rc<dyn Store> = Rc::new(MemoryStore::new());
    let file = file(1000);
    read(&session(&store, 1 << 20, &file, VERSION), 100..200);
    let (reader, urgency) = (session(&store, 1 << 20, &file, VERSION), Urgency::batch());
    pollster::block_on(reader.read_for(150..250, urgency.clone())).unwrap();
    assert_eq!(urgency.served_bytes(), 50);
}

/// A file with an ETag, behind a URL.
struct Versioned(Source);

impl RangeReader for Versioned {
    fn location(&self) -> &str {
        self.0.location()
    }

    fn read_for(&self, range: Range<u64>, urgency: Urgency) -> LocalBoxFuture<'_, Result<Bytes>> {
        self.0.read_for(range, urgency)
    }

    fn identity(&self) -> Identity {
        Identity { etag: Some("\"1\"".to_owned()), ..self.0.identity() }
    }
}

/// Opens that file, whatever is asked for.
struct Server(Source);

impl Host for Server {
    fn open(&self, _: &str) -> LocalBoxFuture<'_, Result<Rc<dyn RangeReader>>> {
        let reader: Rc<dyn RangeReader> = Rc::new(Versioned(Rc::clone(&self.0)));
        async move { Ok(reader) }.boxed_local()
    }

    fn now_ms(&self) -> f64 {
        1.0
    }
}

#[test]
fn a_later_session_reads_no_blocks_until_the_source_is_removed() {
    pollster::block_on(async {
        let store: Rc<dyn Store> = Rc::new(MemoryStore::new());
        let file = Rc::new(CountingSource::new(MemorySource::new(URL, world(0.0))));
        let config = Config { block_cache_mb: 64.0, ..Config::default() };
        let ask = async |workspace: &Workspace| {
            let fresh = ResampleOptions { no_cache: true, ..asking(&["average"]) };
            file.reset();
            let result = run(workspace, URL, &fresh).await.unwrap();
            let read: u64 = file.ranges().iter().map(|range| range.end - range.start).sum();
            (result.provenance.ranges, result.provenance.bytes, read)
        };
        let open = async || {
            let host = Rc::new(Server(Rc::clone(&file)));
            let workspace = Workspace::open(Rc::clone(&store), host, config.clone()).await.unwrap();
            workspace.register(&Target::Ref(URL.to_owned()), RegisterOptions::default()).await.unwrap();
            workspace
        };
        let (first, second) = (open().await, open().await);
        let (ranges, bytes, read) = ask(&first).await;
        assert!(ranges > 0 && bytes > 0, "{ranges} ranges, {bytes} bytes");
        assert_eq!(bytes, read);
        // From memory, and from the store.
        assert_eq!(ask(&first).await, (0, 0, 0));
        assert_eq!(ask(&second).await, (0, 0, 0));
        assert!(!rows(&store).is_empty());

        second.remove_source("world.tif").await.unwrap();
        assert!(rows(&store).is_empty());
    });
}
