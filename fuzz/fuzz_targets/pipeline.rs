#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| recscope_fuzz::pipeline(bytes));
