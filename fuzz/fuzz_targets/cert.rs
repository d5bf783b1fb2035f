#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rdpfix_formats::oracle_sd::certificate(data));
