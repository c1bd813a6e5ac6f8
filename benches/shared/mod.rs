//! Invented ratings of MovieLens 100K's shape.

use std::fmt::Write;

use recscope::data::{Dataset, LoadOptions, Source, load};
use recscope::task::Task;

const USERS: u32 = 943;
const ITEMS: u32 = 1682;
const RATINGS: usize = 100_000;

/// A file of 100,000 ratings: few users and few items have most of them.
pub fn csv() -> Vec<u8> {
    // A linear congruential generator (Knuth's MMIX).
    let mut state = 1u64;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from((state >> 33) as u32) / f64::from(1u32 << 31)
    };
    let mut seen = vec![false; (USERS * ITEMS) as usize];
    let mut text = String::from("user,item,rating,timestamp\n");
    let mut rows = 0;
    while rows < RATINGS {
        let user = (draw().powf(1.6) * f64::from(USERS)) as u32;
        let item = (draw().powf(2.2) * f64::from(ITEMS)) as u32;
        if std::mem::replace(&mut seen[(user * ITEMS + item) as usize], true) {
            continue;
        }
        let taste = if user % 2 == item % 2 { 3.0 } else { 1.0 };
        let rating = taste + (draw() * 3.0).floor();
        let time = 874_724_710 + rows;
        writeln!(text, "{user},{item},{rating},{time}").expect("memory");
        rows += 1;
    }
    text.into_bytes()
}

/// The file, read.
pub fn read(bytes: &[u8]) -> Dataset {
    let source = Source::Bytes {
        name: "invented.csv".into(),
        bytes: bytes.to_vec(),
    };
    load(&source, &LoadOptions::default(), &Task::unattended()).expect("a good file")
}
