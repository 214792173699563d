use super::*;
use crate::store::ColumnKind;

#[test]
fn versions_count_up_from_one() {
    for (position, migration) in (1_u32..).zip(MIGRATIONS) {
        assert_eq!(migration.version, position);
    }
    assert_eq!(version(up_to(1)), 1);
    assert_eq!(version(up_to(SCHEMA_VERSION + 5)), SCHEMA_VERSION);
}

#[test]
fn every_table_is_created_once_and_its_columns_are_told_apart() {
    for table in Table::ALL {
        let created = MIGRATIONS
            .iter()
            .flat_map(|migration| migration.steps)
            .filter(|step| matches!(step, Step::CreateTable { table: created, .. } if *created == table));
        assert_eq!(created.count(), 1, "{table:?}");
        let columns = columns(table);
        for (position, column) in columns.iter().enumerate() {
            assert!(columns[position + 1..].iter().all(|other| other.name != column.name), "{table:?} {column:?}");
            assert!(!column.is_indexed || column.kind == ColumnKind::Text, "an index is over text: {column:?}");
            assert_ne!(Some(column.name), table.blob_column());
        }
    }
}

#[test]
fn columns_of_a_table_that_is_there_are_not_indexed() {
    // IndexedDB and SQL would both need a pass over the rows.
    for step in MIGRATIONS.iter().flat_map(|migration| migration.steps) {
        if let Step::AddColumns { columns, .. } = step {
            assert!(columns.iter().all(|column| !column.is_indexed && !column.is_unique), "{columns:?}");
        }
    }
}
