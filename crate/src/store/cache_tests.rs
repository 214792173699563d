use serde_json::json;

use super::*;
use crate::store::MemoryStore;

fn entry(chunk: u64, values: Vec<f64>, confidence: Option<Vec<f64>>) -> (CacheRecord, Columns) {
    let record = CacheRecord {
        id: row_id("r_1", "average", chunk),
        source_id: "s_1".to_owned(),
        fingerprint: "f".to_owned(),
        request_id: "r_1".to_owned(),
        band: 1,
        grid_key: "k".to_owned(),
        grid: json!({}),
        chunk,
        chunk_count: 2,
        method: "average".to_owned(),
        options: json!({}),
        level: 0,
        scale: (1.0, 1.0),
        cells: values.len() as u64,
        has_confidence: confidence.is_some(),
        bytes: 0,
        created: 0,
        last_accessed: 0,
        access_count: 0,
    };
    (record, Columns { values, confidence })
}

#[test]
fn columns_come_back_to_the_bit() {
    pollster::block_on(async {
        let store = MemoryStore::new();
        let odd = vec![0.1, -0.0, f64::from_bits(0x7ff8_0000_0000_0001), f64::MIN_POSITIVE];
        let entries = [entry(0, odd.clone(), Some(vec![1.0, 0.5, 0.0, 0.25])), entry(1, vec![7.0], None)];
        put(&store, &entries).await.unwrap();
        let ids = [0, 5, 1].map(|chunk| row_id("r_1", "average", chunk)).to_vec();
        let found = get(&store, ids).await.unwrap();
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        let first = found[0].as_ref().unwrap();
        assert_eq!(bits(&first.1.values), bits(&odd));
        assert_eq!(first.1.confidence.as_deref(), Some(&[1.0, 0.5, 0.0, 0.25][..]));
        assert!(found[1].is_none());
        assert_eq!(found[2].as_ref().unwrap().1, Columns { values: vec![7.0], confidence: None });
    });
}

#[test]
fn a_row_whose_columns_were_cut_off_is_not_served() {
    pollster::block_on(async {
        let store = MemoryStore::new();
        let (record, _) = entry(0, vec![1.0, 2.0], None);
        let row = Row::from_record(&record).unwrap().with_blob(vec![0; 9]);
        store.write(vec![Write::Put(TABLE, row)]).await.unwrap();
        assert!(get(&store, vec![record.id]).await.unwrap()[0].is_none());
    });
}

#[test]
fn accesses_are_counted_and_questions_removed_whole() {
    pollster::block_on(async {
        let store = MemoryStore::new();
        put(&store, &[entry(0, vec![1.0], None), entry(1, vec![2.0], None)]).await.unwrap();
        touch(&store, &[row_id("r_1", "average", 0)], 42, "s_1", &AccessCounts::default()).await.unwrap();
        let records = list(&store).await.unwrap();
        assert_eq!((records[0].access_count, records[0].last_accessed), (1, 42));
        assert_eq!((records[1].access_count, records[1].last_accessed), (0, 0));
        assert_eq!(remove(&store, "r_1").await.unwrap(), 2);
        assert!(list(&store).await.unwrap().is_empty());
    });
}

#[test]
fn a_question_is_told_from_another_by_each_of_its_parts() {
    let options = json!({"overview": "none"});
    let all = [
        request_id("f", 1, "k", &options),
        request_id("g", 1, "k", &options),
        request_id("f", 2, "k", &options),
        request_id("f", 1, "l", &options),
        request_id("f", 1, "k", &json!({"overview": "auto"})),
    ];
    for (position, id) in all.iter().enumerate() {
        assert!(!all[position + 1..].contains(id));
    }
}
