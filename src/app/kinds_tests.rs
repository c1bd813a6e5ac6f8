//! Whole frames on counts, events and votes: what every screen makes of values that are no ratings.

use std::fmt::Write;

use super::frames::assert_frame;
use super::*;
use crate::app::tests_common::Stage;
use crate::data::{LoadOptions, Source, load};
use crate::task::Task;

/// Forty users and thirty items of three tastes, some of them known to most; `value` of a draw from 0 to 999 and whether
/// the item is to the user's taste.
fn world(head: &str, value: impl Fn(u32, bool) -> String) -> World {
    let mut text = format!("user,item{head}\n");
    let mut state = 7u32;
    let mut draw = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % 1000
    };
    for user in 0..40 {
        for item in 0..30 {
            let likes = user % 3 == item % 3;
            let chance = if likes { 500 } else { 90 } + 400 / (item / 3 + 1);
            let (seen, size) = (draw(), draw());
            if seen < chance {
                let _ = writeln!(text, "u{user},Item {item}{}", value(size, likes));
            }
        }
    }
    let source = Source::Bytes {
        name: "kinds.csv".to_owned(),
        bytes: text.into_bytes(),
    };
    let dataset = load(&source, &LoadOptions::default(), &Task::unattended()).unwrap();
    World::new(Arc::new(dataset), 42)
}

/// A long tail: 1 to 300,000, more of what is liked.
fn plays() -> World {
    world(",plays", |size, likes| {
        let octaves = f64::from(size) / 999.0 * if likes { 18.0 } else { 6.0 };
        format!(",{}", octaves.exp2().round())
    })
}

#[test]
fn counts() {
    let mut stage = Stage::new(plays(), (120, 40));
    for (name, keys) in [
        ("explore", ""),
        ("editor", "shift-tab e up up"),
        ("data", "esc 0"),
        ("lesson", "9"),
    ] {
        stage.press(keys);
        assert_frame(&format!("counts_{name}"), &stage.settle());
    }
    let mut small = Stage::new(plays(), (80, 24));
    assert_frame("counts_80", &small.settle());
}

#[test]
fn events() {
    let mut stage = Stage::new(world("", |_, _| String::new()), (120, 40));
    for (name, keys) in [("explore", ""), ("editor", "e up"), ("data", "esc 0")] {
        stage.press(keys);
        assert_frame(&format!("events_{name}"), &stage.settle());
    }
}

#[test]
fn votes() {
    let vote = |size: u32, likes| {
        if size < if likes { 850 } else { 250 } {
            ",1"
        } else {
            ",-1"
        }
    };
    let mut stage = Stage::new(world(",vote", |size, likes| vote(size, likes).to_owned()), (120, 40));
    for (name, keys) in [("explore", ""), ("editor", "shift-tab e down"), ("data", "esc 0")] {
        stage.press(keys);
        assert_frame(&format!("votes_{name}"), &stage.settle());
    }
}
