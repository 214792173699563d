#![no_main]

libfuzzer_sys::fuzz_target!(init: cogrid_fuzz::let_panics_be_caught(), |data: &[u8]| cogrid_fuzz::targets::codec(data));
