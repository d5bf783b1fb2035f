#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rdpfix_disk::oracle::ntfs(data));
