//! The sample `films`: a catalog of real films, and invented people with planted tastes who rate them.
//!
//! A rating is global mean + the user's bias + the film's quality + taste × affinity + noise, rounded to the user's habit
//! of halves or wholes. Whom a film reaches depends on its fame and on the affinity, so that both tails are long.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::GenerateError;
use super::draw::{Draw, running_sums};
use super::tastes::{AGES, COMMUNITIES, Film, OCCUPATIONS};
use crate::task::{Report, Task};

const CATALOG: &str = include_str!("../../../assets/films.csv");
const USERS: usize = 700;
/// 2016-01-01 and 2025-01-01.
const FIRST_DAY: i64 = 1_451_606_400;
const LAST_DAY: i64 = 1_735_689_600;

/// The files of the data set.
pub(super) struct FilmSet {
    pub films: String,
    pub users: String,
    pub ratings: String,
    /// Which taste was planted into whom: for checking what was found, not read by the program.
    pub planted: String,
    pub n_films: u64,
    pub n_ratings: u64,
}

/// Someone who rates.
struct Person {
    first: usize,
    second: usize,
    share: f64,
    strength: f64,
    bias: f64,
    whole_stars: bool,
    wanted: usize,
    /// Beginnings of the evenings on which ratings were given, ascending.
    sessions: Vec<i64>,
    age: usize,
    occupation: usize,
}

fn catalog() -> Result<Vec<Film>, GenerateError> {
    let mut reader = csv::Reader::from_reader(CATALOG.as_bytes());
    let list = |field: &str| field.split('|').filter(|x| !x.is_empty()).map(str::to_owned).collect();
    let mut films = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| GenerateError::Catalog(e.to_string()))?;
        let field = |at: usize| record.get(at).unwrap_or("");
        films.push(Film {
            id: field(0).to_owned(),
            title: field(1).to_owned(),
            year: field(2)
                .parse()
                .map_err(|_| GenerateError::Catalog(format!("year of {}", field(0))))?,
            genres: list(field(3)),
            directors: list(field(4)),
            keywords: list(field(5)),
        });
    }
    Ok(films)
}

/// How much each planted taste likes each of the films called `named` (id and title), −2 to 2, where they are the films of
/// this sample; `None` where one is not.
pub(super) fn affinities<'a>(named: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Vec<(&'static str, Vec<f64>)>> {
    let films = catalog().ok()?;
    let places: HashMap<&str, &Film> = films.iter().map(|film| (film.id.as_str(), film)).collect();
    let known = |(id, title): (&str, &str)| {
        let film = places.get(id).copied()?;
        title.starts_with(film.title.as_str()).then_some(film)
    };
    let found: Vec<&Film> = named.map(known).collect::<Option<_>>()?;
    let of = |c: &super::tastes::Community| (c.name, found.iter().map(|film| c.affinity(film)).collect());
    (!found.is_empty()).then(|| COMMUNITIES.iter().map(of).collect())
}

/// Makes all files of the sample in memory: a megabyte.
pub(super) fn make(seed: u64, task: &Task) -> Result<FilmSet, GenerateError> {
    let films = catalog()?;
    let affinities: Vec<Vec<f64>> = COMMUNITIES
        .iter()
        .map(|c| films.iter().map(|f| c.affinity(f)).collect())
        .collect();
    let mut draw = Draw::new(seed, 0);
    let quality: Vec<f64> = (0..films.len())
        .map(|rank| 0.3 * draw.normal() + fame_bonus(rank))
        .collect();
    let mut ratings = String::from("userId,filmId,rating,timestamp\n");
    let mut users = String::from("userId,age,occupation\n");
    let mut planted = String::from("userId,first taste,second taste,share of the first\n");
    let mut n_ratings = 0;
    for number in 0..USERS {
        task.cancel.check()?;
        task.progress
            .say(|| Report::of("inventing ratings", number as u64, USERS as u64, "users"));
        // A stream of draws for each person, so that a change to one leaves the others as they are.
        let mut draw = Draw::new(seed, 1 + number as u64);
        let person = Person::invent(&mut draw);
        let id = format!("u{:03}", number + 1);
        let _ = writeln!(users, "{id},{},{}", AGES[person.age], OCCUPATIONS[person.occupation]);
        let (first, second) = (&COMMUNITIES[person.first], &COMMUNITIES[person.second]);
        let _ = writeln!(
            planted,
            "{id},\"{}\",\"{}\",{:.2}",
            first.name, second.name, person.share
        );
        let taste: Vec<f64> = (0..films.len())
            .map(|f| person.share * affinities[person.first][f] + (1.0 - person.share) * affinities[person.second][f])
            .collect();
        for (film, rating, time) in person.rate(&films, &taste, &quality, &mut draw) {
            let half = if rating % 2 == 1 { ".5" } else { ".0" };
            let _ = writeln!(ratings, "{id},{},{}{half},{time}", films[film].id, rating / 2);
            n_ratings += 1;
        }
    }
    Ok(FilmSet {
        films: films_file(&films),
        users,
        ratings,
        planted,
        n_films: films.len() as u64,
        n_ratings,
    })
}

/// Famous films are a little better, so that a popular list is no bad list.
fn fame_bonus(rank: usize) -> f64 {
    0.35 * libm::exp(-(rank as f64) / 60.0)
}

impl Person {
    fn invent(draw: &mut Draw) -> Self {
        let shares = running_sums(COMMUNITIES.iter().map(|c| c.share));
        let first = draw.by_weight(&shares);
        let other = draw.by_weight(&shares);
        let mixed = draw.chance(0.25) && other != first;
        let (second, share) = if mixed {
            (other, 0.55 + 0.25 * draw.unit())
        } else {
            (first, 1.0)
        };
        // One in twelve likes a bit of everything.
        let strength = if draw.chance(1.0 / 12.0) {
            0.25
        } else {
            0.8 + 0.4 * draw.unit()
        };
        let community = &COMMUNITIES[first];
        let age = draw.by_weight(&running_sums(community.ages));
        let likely = |o: &&str| if community.occupations.contains(o) { 3.0 } else { 1.0 };
        let occupation = match age {
            0 => 0,
            5 if draw.chance(0.6) => OCCUPATIONS.iter().position(|o| *o == "retired").unwrap_or(0),
            _ => draw.by_weight(&running_sums(
                OCCUPATIONS
                    .iter()
                    .map(|o| if *o == "retired" { 0.0 } else { likely(o) }),
            )),
        };
        // One in sixteen has just come.
        let newcomer = draw.chance(1.0 / 16.0);
        let wanted = if newcomer {
            2 + draw.below(4) as usize
        } else {
            libm::exp(3.6 + 0.75 * draw.normal()) as usize
        };
        let wanted = wanted.clamp(2, 220);
        let joined = FIRST_DAY + draw.below((LAST_DAY - FIRST_DAY - 100 * 86_400) as u64) as i64;
        let mut sessions: Vec<i64> = (0..=wanted / 9)
            .map(|_| {
                let day = (joined + draw.below((LAST_DAY - joined) as u64) as i64) / 86_400;
                // An evening between 18 and 23 o'clock.
                day * 86_400 + 64_800 + draw.below(18_000) as i64
            })
            .collect();
        sessions.sort_unstable();
        Self {
            first,
            second,
            share,
            strength,
            bias: 0.35 * draw.normal(),
            whole_stars: draw.chance(0.4),
            wanted,
            sessions,
            age,
            occupation,
        }
    }

    /// What the person rates, in the order of time: film, half stars, seconds since 1970.
    fn rate(&self, films: &[Film], taste: &[f64], quality: &[f64], draw: &mut Draw) -> Vec<(usize, u32, i64)> {
        // Drawing without replacement: the smallest waiting times (Efraimidis and Spirakis 2006).
        let reach = |rank: usize| {
            let depth = rank as f64 / films.len() as f64;
            let fame = libm::exp(-3.0 * depth * depth * depth * depth) / (rank as f64 + 12.0);
            fame * libm::exp(0.95 * taste[rank] * self.strength)
        };
        let mut waits: Vec<(f64, usize)> = (0..films.len()).map(|f| (draw.exponential() / reach(f), f)).collect();
        waits.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut rated: Vec<(usize, usize, u32)> = Vec::with_capacity(self.wanted);
        for &(_, film) in waits.iter().take(self.wanted) {
            let opinion = 2.95 + self.bias + quality[film] + 0.75 * self.strength * taste[film] + 0.55 * draw.normal();
            // The release is taken for the middle of its year.
            let released = (films[film].year - 1970) * 31_556_952 + 15_778_476;
            let possible = self.sessions.partition_point(|&s| s < released);
            if possible < self.sessions.len() {
                let session = possible + draw.below((self.sessions.len() - possible) as u64) as usize;
                rated.push((
                    session,
                    film,
                    half_stars(opinion, self.whole_stars && draw.chance(0.85)),
                ));
            }
        }
        rated.sort_by_key(|r| r.0);
        let mut clock = 0;
        let mut session = usize::MAX;
        rated
            .into_iter()
            .map(|(at, film, rating)| {
                clock = if at == session {
                    clock
                } else {
                    self.sessions[at].max(clock)
                };
                session = at;
                clock += 8 + draw.below(90) as i64;
                (film, rating, clock)
            })
            .collect()
    }
}

/// An opinion as half stars, 1 to 10.
fn half_stars(opinion: f64, whole: bool) -> u32 {
    let step = if whole { 2.0 } else { 1.0 };
    let halves = libm::floor(opinion * 2.0 / step + 0.5) * step;
    halves.clamp(step, 10.0) as u32
}

fn films_file(films: &[Film]) -> String {
    let mut text = String::from("filmId,title,genres,director,keywords\n");
    for film in films {
        let title = format!("{} ({})", film.title, film.year);
        let title = if title.contains([',', '"']) {
            format!("\"{}\"", title.replace('"', "\"\""))
        } else {
            title
        };
        let (genres, directors, keywords) = (film.genres.join("|"), film.directors.join("|"), film.keywords.join("|"));
        let _ = writeln!(text, "{},{title},{genres},{directors},{keywords}", film.id);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opinions_become_stars() {
        assert_eq!([3.2, 3.3, 9.0, -2.0].map(|o| half_stars(o, false)), [6, 7, 10, 1]);
        assert_eq!([3.2, 3.6, 9.0, -2.0].map(|o| half_stars(o, true)), [6, 8, 10, 2]);
    }

    #[test]
    fn the_catalog_is_in_order() {
        let films = catalog().unwrap();
        assert!(films.len() >= 250, "{}", films.len());
        let mut ids: Vec<&str> = films.iter().map(|f| f.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), films.len());
        for film in &films {
            assert!(
                (1895..2027).contains(&film.year) && !film.genres.is_empty() && !film.directors.is_empty(),
                "{}",
                film.id
            );
            assert!(
                film.id
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{}",
                film.id
            );
        }
    }

    #[test]
    fn every_community_has_films_to_love_and_to_leave() {
        let films = catalog().unwrap();
        for community in &COMMUNITIES {
            let liked = films.iter().filter(|f| community.affinity(f) > 1.0).count();
            let left = films.iter().filter(|f| community.affinity(f) < -0.5).count();
            assert!(
                liked >= 15 && left >= 30,
                "{}: {liked} liked, {left} left",
                community.name
            );
        }
    }
}
