//! Small sets of what is no rating, as sparse as real ones: play counts as of Last.fm, purchases as of a shop, votes for and
//! against.
//!
//! Communities share items by a long tail; everybody has finds of their own that hardly anybody else knows, so that half of
//! the catalog has one row or two. Of votes, most items that everybody votes on are disliked.

use std::fmt::Write;
use std::path::Path;

use super::draw::{Draw, running_sums};
use super::{GenerateError, GenerateSummary, marker, write_file};
use crate::task::{Report, Task};

/// What a row says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    Plays,
    Nothing,
    Vote,
}

/// How large a set is and what its rows say.
pub(super) struct Sparse {
    pub name: &'static str,
    value: Value,
    users: usize,
    items: usize,
    /// The mean of the logarithm of how many rows a user has, and its deviation.
    rows: (f64, f64),
    most: usize,
    /// How often a row is somebody's own find.
    finds: f64,
}

/// The shape of HetRec's Last.fm, a third as large: 50 artists a user, and half of the artists with one listener.
pub(super) const COUNTS: Sparse = Sparse {
    name: "counts",
    value: Value::Plays,
    users: 600,
    items: 6_000,
    rows: (3.8, 0.2),
    most: 60,
    finds: 0.12,
};
/// The shape of Retailrocket's purchases: two a user, and most products bought once.
pub(super) const EVENTS: Sparse = Sparse {
    name: "events",
    value: Value::Nothing,
    users: 800,
    items: 3_000,
    rows: (1.0, 1.1),
    most: 300,
    finds: 0.35,
};
/// Votes on many things, of which those that everybody has seen are mostly disliked.
pub(super) const VOTES: Sparse = Sparse {
    name: "votes",
    value: Value::Vote,
    users: 500,
    items: 2_000,
    rows: (3.0, 0.6),
    most: 200,
    finds: 0.12,
};

const COMMUNITIES: usize = 10;
/// Of votes: so many items are met by everybody and disliked by nearly all.
const NUISANCES: usize = 25;

impl Sparse {
    /// By community, the running sums of how likely an item is to be met. Every item is at home in one community.
    fn reach(&self) -> Vec<Vec<f64>> {
        let fame = |item: usize| 1.0 / libm::pow((item / COMMUNITIES) as f64 + 3.0, 1.1);
        let of = |community: usize| {
            let at_home = move |item: usize| if item % COMMUNITIES == community { 1.0 } else { 0.03 };
            running_sums((0..self.items).map(|item| fame(item) * at_home(item)))
        };
        (0..COMMUNITIES).map(of).collect()
    }

    fn header(&self) -> &'static str {
        match self.value {
            Value::Plays => "userId,itemId,plays\n",
            Value::Nothing => "userId,itemId\n",
            Value::Vote => "userId,itemId,vote\n",
        }
    }

    /// The items of a user, each once.
    fn items_of(&self, community: usize, reach: &[Vec<f64>], draw: &mut Draw) -> Vec<usize> {
        let (mean, deviation) = self.rows;
        let n = (libm::exp(mean + deviation * draw.normal()) as usize).clamp(1, self.most);
        let mut items = Vec::with_capacity(n);
        // Some draws meet what is there already: then the user has fewer.
        for _ in 0..n {
            let item = if draw.chance(self.finds) {
                draw.below(self.items as u64) as usize
            } else if self.value == Value::Vote && draw.chance(0.25) {
                draw.below(NUISANCES as u64) as usize
            } else {
                draw.by_weight(&reach[community])
            };
            if !items.contains(&item) {
                items.push(item);
            }
        }
        items
    }

    /// What a row says beyond that it is there.
    fn value(&self, item: usize, at_home: bool, draw: &mut Draw) -> String {
        match self.value {
            Value::Nothing => String::new(),
            // As of Last.fm: half below 260, one in a hundred thousand above 200,000.
            Value::Plays => {
                let plays = libm::exp(5.0 + f64::from(u8::from(at_home)) + 1.6 * draw.normal());
                format!(",{}", plays.clamp(1.0, 400_000.0) as u64)
            }
            Value::Vote => {
                let likes = match (item < NUISANCES, at_home) {
                    (true, _) => 0.04,
                    (false, true) => 0.9,
                    (false, false) => 0.3,
                };
                if draw.chance(likes) { ",1" } else { ",-1" }.to_owned()
            }
        }
    }

    fn readme(&self, seed: u64) -> String {
        format!(
            "# {}\n\nInvented by `recscope generate {} --seed {seed}`: {COMMUNITIES} communities that share items by a long \
             tail, and finds of everybody's own. No real person or thing is meant.\n",
            self.name, self.name
        )
    }
}

/// Writes a set of this shape.
pub(super) fn write(shape: &Sparse, seed: u64, out: &Path, task: &Task) -> Result<GenerateSummary, GenerateError> {
    let reach = shape.reach();
    let mut text = shape.header().to_owned();
    let (mut rows, mut met) = (0, vec![false; shape.items]);
    for user in 0..shape.users {
        task.cancel.check()?;
        task.progress
            .say(|| Report::of("inventing rows", user as u64, shape.users as u64, "users"));
        let mut draw = Draw::new(seed, user as u64);
        let community = draw.below(COMMUNITIES as u64) as usize;
        for item in shape.items_of(community, &reach, &mut draw) {
            let value = shape.value(item, item % COMMUNITIES == community, &mut draw);
            let _ = writeln!(text, "u{},i{}{value}", user + 1, item + 1);
            met[item] = true;
            rows += 1;
        }
    }
    let (marker, readme) = (marker(shape.name), shape.readme(seed));
    let files = [
        ("ratings.csv", &text),
        ("dataset.toml", &marker),
        ("README.md", &readme),
    ];
    for (name, text) in files {
        write_file(&out.join(name), text.as_bytes())?;
    }
    Ok(GenerateSummary {
        preset: shape.name.to_owned(),
        seed,
        users: shape.users as u64,
        items: met.iter().filter(|met| **met).count() as u64,
        ratings: rows,
        files: files.map(|(name, _)| name.to_owned()).to_vec(),
    })
}
