#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cogrid_fuzz::targets::header(data));
