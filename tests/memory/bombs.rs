//! Small files that claim to be large: refused, or read as far as the page says, before memory is taken for the claim.

use std::io::Write;
use std::num::NonZeroU64;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use cogrid::raster::{Dataset, Window};
use cogrid::source::MemorySource;
use cogrid::tiff::{ByteOrder, tags};
use cogrid::{Error, Limits};

use super::container::{Values, tiff};
use super::{ALLOCATOR, MIB, alone};

/// Below what every bomb here claims, beyond what its page needs.
const LIMITS: Limits = Limits {
    max_ifds: 64,
    max_tags: 512,
    max_tag_bytes: MIB,
    max_blocks: 1 << 32,
    max_encoded_block_bytes: 16 * MIB,
    max_decoded_block_bytes: 16 * MIB,
    max_window_bytes: 16 * MIB,
};
/// LERC's version, and none, deflate or zstd around it.
static INNER: [[u32; 2]; 3] = [[4, 0], [4, 1], [4, 2]];
/// For the file itself, a small block and what decoders keep for themselves.
const MOST_BYTES: u64 = 2 * MIB;

const ZERO: &[u8] = &[0];

/// A page of bytes in one tile.
struct Page {
    side: u32,
    compression: u16,
    more: Vec<(u16, Values<'static>)>,
}

impl Page {
    fn new(side: u32, compression: u16) -> Self {
        Self { side, compression, more: Vec::new() }
    }

    fn file(self, block: &[u8]) -> Vec<u8> {
        let (side, compression) = ([self.side], [self.compression]);
        let mut fields = vec![
            (tags::IMAGE_WIDTH, Values::Longs(&side)),
            (tags::IMAGE_LENGTH, Values::Longs(&side)),
            (tags::BITS_PER_SAMPLE, Values::Shorts(&[8])),
            (tags::COMPRESSION, Values::Shorts(&compression)),
            (tags::TILE_WIDTH, Values::Longs(&side)),
            (tags::TILE_LENGTH, Values::Longs(&side)),
        ];
        fields.extend(self.more);
        tiff(ByteOrder::Little, &fields, tags::TILE_OFFSETS, tags::TILE_BYTE_COUNTS, block)
    }
}

/// Reads a corner and gives what came of it; fails where more memory is taken than a small page needs.
#[track_caller]
fn read(what: &str, file: Vec<u8>) -> Result<usize, Error> {
    let before = ALLOCATOR.restart();
    let outcome = pollster::block_on(async {
        let dataset = Dataset::open(Rc::new(MemorySource::new("bomb", file)), LIMITS).await?;
        let size = *dataset.level(0)?;
        let window = Window { left: 0, top: 0, right: size.width.min(16), bottom: size.height.min(16) };
        Ok(dataset.read_window(0, &[0], window).await?.samples.len())
    });
    let measured = ALLOCATOR.peak.load(Ordering::Relaxed).saturating_sub(before) as u64;
    let outcome_text = outcome.as_ref().map_or_else(ToString::to_string, |samples| format!("{samples} samples"));
    eprintln!("{what}: {} KiB; {outcome_text}", measured >> 10);
    assert!(measured <= MOST_BYTES, "{what}: {measured} bytes, then {outcome_text}");
    outcome
}

#[track_caller]
fn refused(what: &str, file: Vec<u8>, code: &str) {
    let error = read(what, file).expect_err(what);
    assert_eq!(error.code().as_str(), code, "{what}: {error}");
}

/// An image of one value: under a hundred bytes whatever its size.
fn lerc_of(side: u32) -> Vec<u8> {
    let pixels = side as usize * side as usize;
    let image = lerc::Image {
        width: side,
        height: side,
        depth: 1,
        bands: 1,
        data_type: lerc::DataType::Byte,
        valid_masks: vec![lerc::bitmask::BitMask::all_valid(pixels)],
        data: lerc::SampleData::U8(vec![7; pixels]),
        no_data_value: None,
    };
    lerc::encode(&image, lerc::Precision::Lossless).expect("LERC encodes")
}

/// Compressed by LZMA2 with a dictionary of that many bytes, in blocks of at most `block_bytes`.
fn xz(bytes: &[u8], dictionary_bytes: u32, block_bytes: Option<u64>) -> Vec<u8> {
    let mut options = lzma_rust2::XzOptions::with_preset(0);
    options.lzma_options.dict_size = dictionary_bytes;
    options.set_block_size(block_bytes.and_then(NonZeroU64::new));
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("these options are allowed");
    writer.write_all(bytes).expect("a vector takes bytes");
    writer.finish().expect("a vector takes bytes")
}

/// As if a stream of one block had been written with a dictionary of 4 GiB - 1.
fn with_a_huge_dictionary(mut xz: Vec<u8>) -> Vec<u8> {
    // Behind the stream's header: size, flags, LZMA2 and the bytes of its property, the property, padding, checksum.
    assert_eq!(xz[12..16], [2, 0, 0x21, 1]);
    xz[16] = 40;
    let crc = xz[12..20]
        .iter()
        .fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ (0xedb8_8320 * (crc & 1))));
    xz[20..24].copy_from_slice(&(!crc).to_le_bytes());
    xz
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = fdeflate::Compressor::new(Vec::new()).expect("a vector takes bytes");
    encoder.write_data(bytes).and_then(|()| encoder.finish()).expect("a vector takes bytes")
}

/// Zstandard without compressing: raw blocks, or one byte over and over.
fn zstandard(blocks: &[(bool, u32, &[u8])]) -> Vec<u8> {
    // No checksum, a window of 128 KiB, no content size.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x38];
    for (index, (is_repeated, len, bytes)) in blocks.iter().enumerate() {
        let is_last = index + 1 == blocks.len();
        let header = u32::from(is_last) | u32::from(*is_repeated) << 1 | len << 3;
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.extend_from_slice(bytes);
    }
    frame
}

#[test]
fn lerc_of_64_mib_in_under_a_hundred_bytes() {
    let _alone = alone();
    let blob = lerc_of(8192);
    assert!(blob.len() < 100, "{} bytes", blob.len());
    let wrapped = [
        ("lerc", 0, blob.clone()),
        ("lerc in deflate", 1, deflated(&blob)),
        ("lerc in zstd", 2, zstandard(&[(false, blob.len() as u32, &blob)])),
    ];
    for (what, inner, block) in wrapped {
        let page = |side| {
            let parameters = &INNER[inner][..];
            Page { more: vec![(tags::LERC_PARAMETERS, Values::Longs(parameters))], ..Page::new(side, 34887) }
        };
        refused(&format!("{what}, a page of 256 × 256"), page(256).file(&block), "format.block");
        refused(&format!("{what}, a page of 8192 × 8192"), page(8192).file(&block), "limit.exceeded");
    }
}

#[test]
fn streams_that_go_on_beyond_their_block() {
    let _alone = alone();
    let zeros = vec![0; 64 << 20];
    let deflate = deflated(&zeros);
    drop(zeros);
    let zstd = zstandard(&[(true, 128 << 10, ZERO); 512]);
    let lerc = Page { more: vec![(tags::LERC_PARAMETERS, Values::Longs(&INNER[1]))], ..Page::new(256, 34887) };
    let samples = read("64 MiB of zeros in deflate", Page::new(256, 8).file(&deflate)).expect("its front is a block");
    assert_eq!(samples, 256);
    refused("64 MiB of zeros in zstd", Page::new(256, 50000).file(&zstd), "format.block");
    refused("64 MiB of zeros in lerc in deflate", lerc.file(&deflate), "format.block");
    refused("a page of 64 MiB in deflate", Page::new(8192, 8).file(&deflate), "limit.exceeded");
    refused("a page of 64 MiB in zstd", Page::new(8192, 50000).file(&zstd), "limit.exceeded");
    // Runs of 128 bytes in two.
    let runs = [0x81_u8, 0].repeat(1 << 18);
    assert_eq!(read("32 MiB of zeros in packbits", Page::new(256, 32773).file(&runs)).expect("a block"), 256);
}

#[test]
fn xz_streams_that_claim_or_hold_more_than_their_block() {
    let _alone = alone();
    let page = |side| Page::new(side, 34925);
    let pixels = vec![7; 256 * 256];
    for (what, stream) in [
        ("a dictionary of 64 MiB", xz(&pixels, 64 << 20, None)),
        ("a dictionary of 4 GiB", with_a_huge_dictionary(xz(&pixels, 64 << 20, None))),
    ] {
        assert!(stream.len() < 256, "{what}: {} bytes", stream.len());
        assert_eq!(read(&format!("lzma, {what}"), page(256).file(&stream)).expect("a block"), 256);
        refused(&format!("lzma, {what}, cut short"), page(256).file(&stream[..40]), "format.block");
    }
    let zeros = vec![0; 64 << 20];
    let stream = xz(&zeros, 1 << 16, None);
    let blocks = xz(&zeros[..16 << 20], 4096, Some(4096));
    drop(zeros);
    assert!(stream.len() < 64 << 10, "{} bytes", stream.len());
    assert_eq!(read("64 MiB of zeros in lzma", page(256).file(&stream)).expect("its front is a block"), 256);
    assert_eq!(read("4096 blocks of lzma", page(256).file(&blocks)).expect("its front is a block"), 256);
    refused("a page of 86 blocks of lzma", page(592).file(&blocks), "format.block");
    refused("a page of 64 MiB in lzma", page(8192).file(&stream), "limit.exceeded");
}

#[test]
fn images_that_claim_other_sizes_than_their_page() {
    let _alone = alone();
    let frame = |side: u16| {
        let [high, low] = side.to_be_bytes();
        vec![0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, high, low, high, low, 1, 1, 0x11, 0, 0xff, 0xd9]
    };
    refused("jpeg of 65500 × 65500", Page::new(256, 7).file(&frame(65_500)), "format.block");
    let mut webp = b"RIFF\x12\0\0\0WEBPVP8L\x06\0\0\0\x2f".to_vec();
    webp.extend((16_383_u32 | 16_383 << 14).to_le_bytes());
    webp.extend([0, 0]);
    let three = Page { more: vec![(tags::SAMPLES_PER_PIXEL, Values::Shorts(&[3]))], ..Page::new(256, 50001) };
    refused("webp of 16384 × 16384", three.file(&webp), "format.block");
}

#[test]
fn strips_blocks_and_tags_without_end() {
    let _alone = alone();
    let side = [100_000];
    let one_strip = |compression: &'static [u16]| {
        let fields = [
            (tags::IMAGE_WIDTH, Values::Longs(&side)),
            (tags::IMAGE_LENGTH, Values::Longs(&side)),
            (tags::BITS_PER_SAMPLE, Values::Shorts(&[8])),
            (tags::COMPRESSION, Values::Shorts(compression)),
            (tags::ROWS_PER_STRIP, Values::Longs(&side)),
        ];
        tiff(ByteOrder::Little, &fields, tags::STRIP_OFFSETS, tags::STRIP_BYTE_COUNTS, &[0; 64])
    };
    for compression in [&[1_u16] as &'static [u16], &[5], &[8], &[7], &[32773], &[34887], &[34925], &[50000]] {
        refused(&format!("a strip of 10 GB, compression {}", compression[0]), one_strip(compression), "limit.exceeded");
    }
    let (sides, tile) = ([0x7fff_ffff], [16]);
    let fields = [
        (tags::IMAGE_WIDTH, Values::Longs(&sides)),
        (tags::IMAGE_LENGTH, Values::Longs(&sides)),
        (tags::BITS_PER_SAMPLE, Values::Shorts(&[8])),
        (tags::TILE_WIDTH, Values::Longs(&tile)),
        (tags::TILE_LENGTH, Values::Longs(&tile)),
    ];
    let blocks = tiff(ByteOrder::Little, &fields, tags::TILE_OFFSETS, tags::TILE_BYTE_COUNTS, &[0; 64]);
    refused("2^54 blocks", blocks, "limit.exceeded");
    // A text of 4 GiB, and a directory that follows itself.
    let mut file =
        Page { more: vec![(tags::GDAL_METADATA, Values::Text("<GDALMetadata/>"))], ..Page::new(16, 1) }.file(&[0; 256]);
    let tag = tags::GDAL_METADATA.to_le_bytes();
    let entry = file.windows(2).position(|bytes| bytes == tag).expect("the tag is there");
    file[entry + 4..entry + 8].copy_from_slice(&u32::MAX.to_le_bytes());
    refused("a text of 4 GiB", file, "limit.exceeded");
    let mut file = Page::new(16, 1).file(&[0; 256]);
    let entries = usize::from(u16::from_le_bytes([file[8], file[9]]));
    file[10 + entries * 12..14 + entries * 12].copy_from_slice(&8_u32.to_le_bytes());
    let _ = read("a directory that follows itself", file);
}
