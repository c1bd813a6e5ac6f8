//! Sets of the size and shape of the larger MovieLens sets, written as they are drawn: only items are held in memory.
//!
//! Twelve communities like and dislike genres; items have genres, a quality and a popularity with a long tail; users have
//! one or two communities, a bias, and from 20 ratings up to a third of the catalog.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::LazyLock;

use super::draw::{Draw, running_sums};
use super::{GenerateError, GenerateSummary, marker, write_file};
use crate::task::{Report, Task};

/// How large a set is and on which scale.
pub(super) struct Shape {
    pub name: &'static str,
    pub users: usize,
    pub items: usize,
    pub ratings: usize,
    pub half_stars: bool,
}

pub(super) const ML_1M: Shape = Shape {
    name: "ml-1m",
    users: 6_040,
    items: 3_706,
    ratings: 1_000_209,
    half_stars: false,
};
pub(super) const ML_10M: Shape = Shape {
    name: "ml-10m",
    users: 69_878,
    items: 10_677,
    ratings: 10_000_054,
    half_stars: true,
};
pub(super) const ML_25M: Shape = Shape {
    name: "ml-25m",
    users: 162_541,
    items: 59_047,
    ratings: 25_000_095,
    half_stars: true,
};

const COMMUNITIES: usize = 12;
/// Nobody has fewer ratings, as in MovieLens.
const FEWEST: usize = 20;
/// 1996-01-01, and how many seconds of joining follow.
const FIRST_DAY: i64 = 820_454_400;
const JOINING: u64 = 23 * 31_556_952;

type Words = LazyLock<Vec<&'static str>>;

static GENRES: Words = LazyLock::new(|| {
    "Action Adventure Animation Children Comedy Crime Documentary Drama Fantasy Film-Noir Horror Musical Mystery \
     Romance Sci-Fi Thriller War Western"
        .split(' ')
        .collect()
});
static FIRST_WORDS: Words = LazyLock::new(|| {
    "Silent Crimson Last Hidden Golden Broken Distant Wild Paper Northern Frozen Burning Second Lost Quiet Hollow \
     Electric Stolen Invisible Long"
        .split(' ')
        .collect()
});
static LAST_WORDS: Words = LazyLock::new(|| {
    "River Garden Harvest Station Mirror Summer Kingdom Letter Orchard Shadow Voyage Circus Horizon Promise Island \
     Machine Winter Stranger Lantern Road"
        .split(' ')
        .collect()
});

/// The catalog: what is needed to draw and rate items.
struct Items {
    genres: Vec<Vec<u8>>,
    years: Vec<u32>,
    quality: Vec<f32>,
    /// By community: running sums of how likely an item is to be met.
    reach: Vec<Vec<f64>>,
    /// By community and item: how it is liked.
    liking: Vec<Vec<f32>>,
}

impl Items {
    fn invent(shape: &Shape, seed: u64) -> Self {
        let mut draw = Draw::new(seed, 0);
        let n = shape.items;
        let mut rank: Vec<usize> = (0..n).collect();
        for at in (1..n).rev() {
            rank.swap(at, draw.below(at as u64 + 1) as usize);
        }
        let commonness = running_sums((0..GENRES.len()).map(|g| 1.0 / (1.0 + ((g * 7) % GENRES.len()) as f64)));
        let genres: Vec<Vec<u8>> = (0..n)
            .map(|_| {
                let mut own: Vec<u8> = (0..=draw.below(3)).map(|_| draw.by_weight(&commonness) as u8).collect();
                own.sort_unstable();
                own.dedup();
                own
            })
            .collect();
        let years = (0..n)
            .map(|_| 1930 + draw.below(66) as u32 / 2 + draw.below(57) as u32)
            .collect();
        let quality = (0..n)
            .map(|i| (0.35 * draw.normal() + if rank[i] < n / 20 { 0.25 } else { 0.0 }) as f32)
            .collect();
        let likes: Vec<Vec<f64>> = (0..COMMUNITIES)
            .map(|_| GENRES.iter().map(|_| 0.7 * draw.normal()).collect())
            .collect();
        let taste = |community: usize, item: usize| {
            let sum: f64 = genres[item].iter().map(|&g| likes[community][g as usize]).sum();
            (sum / libm::sqrt(genres[item].len() as f64)).clamp(-2.0, 2.0)
        };
        let liking: Vec<Vec<f32>> = (0..COMMUNITIES)
            .map(|c| (0..n).map(|i| taste(c, i) as f32).collect())
            .collect();
        let fame = |item: usize| 1.0 / libm::pow(rank[item] as f64 + 30.0, 1.15);
        let reach = (0..COMMUNITIES)
            .map(|c| running_sums((0..n).map(|i| fame(i) * libm::exp(f64::from(liking[c][i])))))
            .collect();
        Self {
            genres,
            years,
            quality,
            reach,
            liking,
        }
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        writeln!(out, "movieId,title,genres")?;
        for (at, (genres, year)) in self.genres.iter().zip(&self.years).enumerate() {
            let names: Vec<&str> = genres.iter().map(|&g| GENRES[g as usize]).collect();
            // The same words come again in ever new volumes.
            let words = at % 400;
            let (first, last, volume) = (FIRST_WORDS[words % 20], LAST_WORDS[words / 20], at / 400);
            let volume = if volume == 0 {
                String::new()
            } else {
                format!(" {}", volume + 1)
            };
            writeln!(
                out,
                "{},The {first} {last}{volume} ({year}),{}",
                at + 1,
                names.join("|")
            )?;
        }
        out.flush()
    }
}

/// How many ratings everyone gives: log-normal above [`FEWEST`], at most a third of the catalog, in all exactly the shape's.
fn sizes(shape: &Shape, seed: u64) -> Vec<u32> {
    let mut draw = Draw::new(seed, 1);
    let weights: Vec<f64> = (0..shape.users).map(|_| libm::exp(1.25 * draw.normal())).collect();
    let spare = shape.ratings - FEWEST * shape.users;
    let total: f64 = weights.iter().sum();
    let most = shape.items / 3;
    let size = |w: &f64| (FEWEST + (w / total * spare as f64) as usize).min(most) as u32;
    let mut sizes: Vec<u32> = weights.iter().map(size).collect();
    let mut missing = shape.ratings - sizes.iter().map(|s| *s as usize).sum::<usize>();
    while missing > 0 {
        for size in sizes.iter_mut().filter(|s| (**s as usize) < most) {
            if missing == 0 {
                break;
            }
            *size += 1;
            missing -= 1;
        }
    }
    sizes
}

/// Writes a set of this shape.
pub(super) fn write(shape: &Shape, seed: u64, out: &Path, task: &Task) -> Result<GenerateSummary, GenerateError> {
    let failed = |name: &str| {
        let path = out.join(name);
        move |source| GenerateError::Write { path, source }
    };
    let items = Items::invent(shape, seed);
    items.write(&out.join("movies.csv")).map_err(failed("movies.csv"))?;
    let sizes = sizes(shape, seed);
    let file = File::create(out.join("ratings.csv")).map_err(failed("ratings.csv"))?;
    let mut file = BufWriter::with_capacity(1 << 20, file);
    let mut text = b"userId,movieId,rating,timestamp\n".to_vec();
    let mut met = vec![u32::MAX; shape.items];
    let mut done = 0u64;
    for (user, &size) in sizes.iter().enumerate() {
        task.cancel.check()?;
        rate(shape, &items, user, size as usize, seed, &mut met, &mut text);
        done += u64::from(size);
        file.write_all(&text).map_err(failed("ratings.csv"))?;
        text.clear();
        if user % 64 == 0 {
            task.progress
                .say(|| Report::of("inventing ratings", done, shape.ratings as u64, "rows"));
        }
    }
    file.flush().map_err(failed("ratings.csv"))?;
    write_file(&out.join("dataset.toml"), marker(shape.name).as_bytes())?;
    write_file(&out.join("README.md"), readme(shape, seed).as_bytes())?;
    let files = ["ratings.csv", "movies.csv", "dataset.toml", "README.md"];
    Ok(GenerateSummary {
        preset: shape.name.to_owned(),
        seed,
        users: shape.users as u64,
        items: shape.items as u64,
        ratings: done,
        files: files.map(str::to_owned).to_vec(),
    })
}

/// Appends all rows of one user.
fn rate(shape: &Shape, items: &Items, user: usize, size: usize, seed: u64, met: &mut [u32], text: &mut Vec<u8>) {
    let mut draw = Draw::new(seed, 2 + user as u64);
    let first = draw.below(COMMUNITIES as u64) as usize;
    let second = if draw.chance(0.3) {
        draw.below(COMMUNITIES as u64) as usize
    } else {
        first
    };
    let (bias, strength) = (0.4 * draw.normal(), 0.4 + 0.5 * draw.unit());
    let mut time = FIRST_DAY + draw.below(JOINING) as i64;
    // Every item is somebody's, so that the catalog has the size it should have.
    let mut given = (user..shape.items).step_by(shape.users);
    let mut rows: Vec<(usize, u64, i64)> = Vec::with_capacity(size);
    for _ in 0..size {
        let community = if draw.chance(0.7) { first } else { second };
        let item = given
            .next()
            .unwrap_or_else(|| unmet(&items.reach[community], met, user, &mut draw));
        met[item] = user as u32;
        let liking = f64::from(items.liking[first][item]);
        let opinion = 3.4 + bias + f64::from(items.quality[item]) + strength * liking + 0.75 * draw.normal();
        let halves = if shape.half_stars {
            libm::floor(opinion * 2.0 + 0.5).clamp(1.0, 10.0)
        } else {
            libm::floor(opinion + 0.5).clamp(1.0, 5.0) * 2.0
        };
        let pause = if draw.chance(1.0 / 30.0) {
            86_400 * (1 + draw.below(40))
        } else {
            5 + draw.below(60)
        };
        time += pause as i64;
        rows.push((item, halves as u64, time));
    }
    // As in MovieLens: by user, then by item.
    rows.sort_unstable();
    for (item, halves, time) in rows {
        number(text, user as u64 + 1);
        text.push(b',');
        number(text, item as u64 + 1);
        text.push(b',');
        number(text, halves / 2);
        if shape.half_stars {
            text.extend_from_slice(if halves % 2 == 1 { b".5" } else { b".0" });
        }
        text.push(b',');
        number(text, time as u64);
        text.push(b'\n');
    }
}

/// An item that the user has not met: a few draws, then the next one that is free.
fn unmet(reach: &[f64], met: &[u32], user: usize, draw: &mut Draw) -> usize {
    let mut item = 0;
    for _ in 0..40 {
        item = draw.by_weight(reach);
        if met[item] != user as u32 {
            return item;
        }
    }
    let free = (1..met.len())
        .map(|step| (item + step) % met.len())
        .find(|&i| met[i] != user as u32);
    free.unwrap_or(item)
}

fn number(text: &mut Vec<u8>, mut value: u64) {
    let start = text.len();
    loop {
        text.push(b'0' + (value % 10) as u8);
        value /= 10;
        if value == 0 {
            break;
        }
    }
    text[start..].reverse();
}

fn readme(shape: &Shape, seed: u64) -> String {
    format!(
        "# {name}: an invented set of the shape of MovieLens\n\n\
         {users} users, {items} items, {ratings} ratings. **All of it is synthetic**: people, titles and ratings. Only the \
         numbers of users, items and ratings are those of the MovieLens set. `dataset.toml` tells the program so.\n\n\
         Written by\n\n    recscope generate {name} --seed {seed} --out DIR\n\nLicense: CC0 1.0 (public domain).\n",
        name = shape.name,
        users = shape.users,
        items = shape.items,
        ratings = shape.ratings,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Shape = Shape {
        name: "small",
        users: 50,
        items: 300,
        ratings: 2_500,
        half_stars: true,
    };

    #[test]
    fn sizes_add_up() {
        for shape in [&SMALL, &ML_1M] {
            let sizes = sizes(shape, 3);
            assert_eq!(sizes.iter().map(|s| *s as usize).sum::<usize>(), shape.ratings);
            assert!(
                sizes
                    .iter()
                    .all(|s| (FEWEST..=shape.items / 3).contains(&(*s as usize)))
            );
        }
    }

    #[test]
    fn a_set_has_its_shape_and_is_the_same_again() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in [&a, &b] {
            let summary = write(&SMALL, 5, folder.path(), &Task::unattended()).unwrap();
            assert_eq!((summary.users, summary.items, summary.ratings), (50, 300, 2_500));
            for file in summary.files {
                assert_eq!(
                    std::fs::read(a.path().join(&file)).unwrap(),
                    std::fs::read(folder.path().join(&file)).unwrap()
                );
            }
        }
        let source = crate::data::Source::Path(a.path().to_owned());
        let data = crate::data::load(&source, &crate::data::LoadOptions::default(), &Task::unattended()).unwrap();
        assert_eq!(
            (data.n_users(), data.items_with_ratings(), data.n_ratings()),
            (50, 300, 2_500)
        );
        assert_eq!(
            (data.report().duplicates, data.is_synthetic(), data.scale().step),
            (0, true, Some(0.5))
        );
    }

    #[test]
    fn numbers_are_written_in_full() {
        let mut text = Vec::new();
        for value in [0, 7, 10, 1_234_567_890] {
            number(&mut text, value);
            text.push(b' ');
        }
        assert_eq!(text, b"0 7 10 1234567890 ");
    }
}
