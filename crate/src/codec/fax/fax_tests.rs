use fax::encoder::Encoder;
use fax::{Color, VecWriter};
use proptest::prelude::*;

use super::*;

const COLUMNS: u32 = 77;
const ROW_BYTES: usize = 10;

/// Rows of `COLUMNS` bits from numbers of columns between changes of colour.
fn rows(runs: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for runs in runs {
        let mut row = [0; ROW_BYTES];
        let colours = runs.iter().enumerate().flat_map(|(index, &run)| vec![index % 2 == 1; run.into()]);
        for (column, is_black) in colours.take(COLUMNS as usize).enumerate() {
            row[column / 8] |= u8::from(is_black) << (7 - column % 8);
        }
        out.extend(row);
    }
    out
}

fn group4(rows: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(VecWriter::new());
    for row in rows.chunks(ROW_BYTES) {
        let pixels = fax::slice_bits(row).take(COLUMNS as usize);
        let colours = pixels.map(|is_black| if is_black { Color::Black } else { Color::White });
        encoder.encode_line(colours, COLUMNS as u16).unwrap();
    }
    encoder.finish().unwrap().finish()
}

proptest! {
    #[test]
    fn what_another_encoder_wrote_is_read(runs in prop::collection::vec(prop::collection::vec(0_u8..30, 0..40), 1..20)) {
        let rows = rows(&runs);
        let mut out = vec![0xff; rows.len()];
        prop_assert_eq!(decode(Scheme::Group4, &group4(&rows), COLUMNS, &mut out).unwrap(), rows.len());
        prop_assert_eq!(out, rows);
    }

    #[test]
    fn any_bytes_give_rows_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200), columns in 1_u32..100) {
        let schemes = [
            Scheme::Runs { align_bytes: 1 },
            Scheme::Runs { align_bytes: 2 },
            Scheme::Group3 { is_two_dimensional: false },
            Scheme::Group3 { is_two_dimensional: true },
            Scheme::Group4,
        ];
        for scheme in schemes {
            let mut out = vec![0; columns.div_ceil(8) as usize * 20];
            let written = decode(scheme, &bytes, columns, &mut out).unwrap();
            prop_assert_eq!(written % columns.div_ceil(8) as usize, 0);
        }
    }
}

#[test]
fn lines_begin_at_whole_bytes_or_words() {
    // White 8 (10011), black 8 (000101): 11 bits a line.
    let line = [0b1001_1000, 0b1010_0000];
    let mut out = [0; 4];
    assert_eq!(decode(Scheme::Runs { align_bytes: 1 }, &[line, line].concat(), 16, &mut out).unwrap(), 4);
    assert_eq!(out, [0, 0xff, 0, 0xff]);
    // White 16 (101010): one byte a line, the next of them at a word.
    let mut out = [0xff; 4];
    let words = [0b1010_1000, 0xff, 0b1010_1000];
    assert_eq!(decode(Scheme::Runs { align_bytes: 2 }, &words, 16, &mut out).unwrap(), 4);
    assert_eq!(decode(Scheme::Runs { align_bytes: 1 }, &words, 16, &mut out).unwrap(), 2);
}

#[test]
fn group_3_ends_with_codes_in_a_row_and_takes_lines_without_one() {
    let one = Scheme::Group3 { is_two_dimensional: false };
    // End of line, white 16 (101010), end of line twice.
    let block = [0b0000_0000, 0b0001_1010, 0b1000_0000, 0b0000_0100, 0b0000_0000, 0b0100_0000];
    let mut out = [0xff; 6];
    assert_eq!(decode(one, &block, 16, &mut out).unwrap(), 2);
    assert_eq!(decode(one, &[0b1010_1010, 0b1010_0000], 16, &mut out).unwrap(), 4);
    // A line in two dimensions: its tag bit 0, then no change (1).
    let two = Scheme::Group3 { is_two_dimensional: true };
    assert_eq!(decode(two, &[0, 0b0001_0100], 16, &mut out).unwrap(), 2);
    assert_eq!(out[..2], [0, 0]);
}

#[test]
fn lines_that_do_not_fit_are_damage() {
    // White 15 (110101), black 2 (11): 17 columns.
    let mut out = [0; 2];
    assert_eq!(decode(Scheme::Runs { align_bytes: 1 }, &[0b1101_0111], 16, &mut out).unwrap(), 0);
    assert_eq!(decode(Scheme::Group4, &[], 16, &mut out).unwrap(), 0);
}
