//! How costs grow with the data: opening, fits, and what the panes ask, on every data set that is named.
//!
//! ```text
//! cargo bench --bench growth -- [--models "svd; item-knn"] [--audiences "item-knn | rank"] [--subjects 100] DATA...
//! ```
//!
//! Prints one table, a column a data set: seconds to open and to fit, and for every answer the median and the 99th percentile
//! in milliseconds over random subjects and the sixteen heaviest, nothing kept from the subject before. Models that cannot
//! be fitted to a data set show the reason below the table. `--audiences` asks for the users of the heaviest items alone, by
//! each of these formulas: until the first part of an answer, and until the whole one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use recscope::answers::{
    AnswerError, ExplainQuery, FactorsQuery, NeighborsQuery, PairQuery, PickQuery, PickView, RecommendQuery, Subject,
    Whose, World, explain, factors, neighbors, pair, pick, profile, recommend,
};
use recscope::data::{Dataset, ItemIx, LoadOptions, Source, UserIx, load};
use recscope::models::neighborhood::Similarity;
use recscope::models::{DEFAULT_FORMULA, Formula, MODELS};
use recscope::task::{Pool, Task};

/// How many of the heaviest users, and of the heaviest items, are among the subjects.
const HEAVIEST: usize = 16;

struct Asked {
    models: Vec<String>,
    audiences: Vec<String>,
    subjects: usize,
    data: Vec<String>,
}

fn arguments() -> Asked {
    let mut asked = Asked {
        models: MODELS.iter().map(|m| m.name.to_owned()).collect(),
        audiences: Vec::new(),
        subjects: 100,
        data: Vec::new(),
    };
    let mut words = std::env::args().skip(1);
    let list = |text: Option<String>| {
        let text = text.unwrap_or_default();
        text.split(';').map(|m| m.trim().to_owned()).collect::<Vec<_>>()
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--models" => asked.models = list(words.next()),
            "--audiences" => asked.audiences = list(words.next()),
            "--subjects" => asked.subjects = words.next().and_then(|n| n.parse().ok()).unwrap_or(100),
            // What cargo itself passes on.
            word if word.starts_with("--") => {}
            _ => asked.data.push(word),
        }
    }
    asked
}

/// One line of the table: a name and a cell for each data set.
#[derive(Default)]
struct Table {
    lines: Vec<(String, Vec<String>)>,
    notes: Vec<String>,
    column: usize,
}

impl Table {
    fn put(&mut self, name: &str, cell: String) {
        eprintln!("{name}: {cell}");
        let known = self.lines.iter().position(|l| l.0 == name);
        let at = known.unwrap_or(self.lines.len());
        if known.is_none() {
            self.lines.push((name.to_owned(), Vec::new()));
        }
        let cells = &mut self.lines[at].1;
        cells.resize(self.column, "–".to_owned());
        cells.push(cell);
    }

    fn times(&mut self, name: &str, mut times: Vec<Duration>) {
        times.sort_unstable();
        if times.is_empty() {
            return;
        }
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
        self.put(name, format!("{:.1} / {:.1}", at(0.5), at(0.99)));
    }

    fn print(&self, data: &[String]) {
        println!("| | {} |", data.join(" | "));
        println!("|---|{}", "---|".repeat(data.len()));
        for (name, cells) in &self.lines {
            println!("| {name} | {} |", cells.join(" | "));
        }
        for note in &self.notes {
            println!("{note}");
        }
    }
}

/// The heaviest of `n` rows, then others at random, each once.
fn subjects(n: usize, length: impl Fn(u32) -> usize, random: usize) -> Vec<u32> {
    let mut all: Vec<u32> = (0..n as u32).filter(|row| length(*row) > 0).collect();
    all.sort_by_key(|row| std::cmp::Reverse(length(*row)));
    let mut state = 1u64;
    for at in HEAVIEST.min(all.len())..all.len().min(HEAVIEST + random) {
        // Knuth's MMIX generator.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let other = at + (state >> 33) as usize % (all.len() - at);
        all.swap(at, other);
    }
    all.truncate(HEAVIEST + random);
    all
}

fn timed<T>(times: &mut Vec<Duration>, work: impl FnOnce() -> Result<T, AnswerError>) -> Option<T> {
    let start = Instant::now();
    let answer = work();
    times.push(start.elapsed());
    answer.ok()
}

fn list(subject: Subject, formula: &Formula) -> RecommendQuery {
    RecommendQuery {
        subject,
        formula: formula.clone(),
        n: 200,
        include_seen: false,
    }
}

fn people(table: &mut Table, world: &World, users: &[u32], task: &Task) {
    let (default, svd) = (formula(DEFAULT_FORMULA), formula("svd"));
    let mut times: [Vec<Duration>; 6] = Default::default();
    let [near, lists, why, next_why, points, who] = &mut times;
    let mut pairs = Vec::new();
    for &user in users {
        let world = world.fresh();
        let whose = Whose::User(UserIx(user));
        let subject = Subject::Person(whose.clone());
        timed(who, || profile::compute(&world, &subject, &task.cancel));
        let query = NeighborsQuery::new(subject.clone(), Similarity::Cosine, 100);
        let found = timed(near, || neighbors::compute(&world, &query, &task.cancel));
        if let Some(first) = found.and_then(|view| view.neighbors.first().map(|n| n.entity)) {
            let query = PairQuery {
                subject: subject.clone(),
                other: first,
                measure: Similarity::Cosine.into(),
            };
            timed(&mut pairs, || pair::compute(&world, &query, &task.cancel));
        }
        let query = list(subject.clone(), &default);
        let found = timed(lists, || recommend::compute(&world, &query, task, &mut |_| ()));
        let items: Vec<ItemIx> = found
            .iter()
            .flat_map(|v| &v.items)
            .filter_map(|r| item(&world, &r.id))
            .collect();
        // The first row of a new list with nothing prepared, then as the cursor goes down.
        let alone = world.fresh();
        for (n, item) in items.iter().take(4).enumerate() {
            let query = ExplainQuery::new(whose.clone(), *item, default.clone());
            let times = if n == 0 { &mut *why } else { &mut *next_why };
            timed(times, || explain::compute(&alone, &query, &task.cancel));
        }
        let query = FactorsQuery {
            subject,
            focus: items.first().copied(),
            formula: svd.clone(),
            varimax: false,
        };
        if world.fits.get(&svd).is_some() {
            timed(points, || factors::compute(&world, &query, &task.cancel));
        }
    }
    let names = [
        "neighbors of a user",
        "recommendations for a user",
        "explanation, nothing prepared",
        "explanation, the cursor moved on",
        "factors of a user",
        "profile of a user",
    ];
    for (name, times) in names.into_iter().zip(times) {
        table.times(name, times);
    }
    table.times("pair of users", pairs);
}

fn item(world: &World, id: &str) -> Option<ItemIx> {
    world.dataset.find_item(id)
}

fn items(table: &mut Table, world: &World, items: &[u32], task: &Task) {
    let default = formula(DEFAULT_FORMULA);
    let mut times: [Vec<Duration>; 2] = Default::default();
    let [near, who] = &mut times;
    for &item in items {
        let world = world.fresh();
        let subject = Subject::Item(ItemIx(item));
        timed(who, || profile::compute(&world, &subject, &task.cancel));
        let query = NeighborsQuery::new(subject.clone(), Similarity::Cosine, 100);
        timed(near, || neighbors::compute(&world, &query, &task.cancel));
    }
    let names = ["neighbors of an item", "profile of an item"];
    for (name, times) in names.into_iter().zip(times) {
        table.times(name, times);
    }
    let Some(model) = world.fits.get(&default) else { return };
    // One user after the other, until the model knows how far everybody's scores reach. Takes long: an item or two.
    let mut first = Vec::new();
    for &item in items.iter().step_by(items.len().div_ceil(2).max(1)) {
        let start = Instant::now();
        let query = list(Subject::Item(ItemIx(item)), &default);
        let stop = Task {
            cancel: task.cancel.child(),
            ..task.clone()
        };
        let found = recommend::compute(world, &query, &stop, &mut |_| {
            first.push(start.elapsed());
            stop.cancel.cancel();
        });
        if found.is_ok() {
            first.push(start.elapsed());
        }
    }
    table.times("users for an item, unprepared, first part", first);
    let start = Instant::now();
    let prepared = model.prepare_audience(&world.dataset, task);
    table.put(
        "preparing for all users, s",
        format!("{:.1}", start.elapsed().as_secs_f64()),
    );
    let mut whole = Vec::new();
    let everyone = world.clone().for_everyone();
    for &item in items.iter().filter(|_| prepared == Ok(true)) {
        let query = list(Subject::Item(ItemIx(item)), &default);
        timed(&mut whole, || recommend::compute(&everyone, &query, task, &mut |_| ()));
    }
    table.times("users for an item", whole);
}

/// Which users the heaviest items suit, by a formula.
fn audience(table: &mut Table, world: &World, by: &Formula, items: &[u32], task: &Task) -> Result<(), String> {
    let model = world.fit(by, task).map_err(|e| e.to_string())?;
    let start = Instant::now();
    let prepared = model
        .prepare_audience(&world.dataset, task)
        .map_err(|e| e.to_string())?;
    table.put(
        &format!("preparing {by}, s"),
        format!("{:.1}", start.elapsed().as_secs_f64()),
    );
    let world = if prepared {
        world.clone().for_everyone()
    } else {
        world.clone()
    };
    let (mut first, mut whole) = (Vec::new(), Vec::new());
    for &item in items {
        let (start, before) = (Instant::now(), first.len());
        let query = list(Subject::Item(ItemIx(item)), by);
        let found = recommend::compute(&world, &query, task, &mut |_| {
            if first.len() == before {
                first.push(start.elapsed());
            }
        });
        found.map_err(|e| e.to_string())?;
        whole.push(start.elapsed());
        if first.len() == before {
            first.push(start.elapsed());
        }
    }
    table.times(&format!("users by {by}, first part"), first);
    table.times(&format!("users by {by}"), whole);
    Ok(())
}

fn names(table: &mut Table, world: &World, task: &Task) {
    let mut times = Vec::new();
    let start = Instant::now();
    if pick::prepare(world, task).is_ok() {
        table.put(
            "names written down, ms",
            format!("{:.0}", start.elapsed().as_secs_f64() * 1e3),
        );
    }
    for (users, text) in [(true, "1421"), (false, "the mat"), (false, "riv"), (false, "e")] {
        let mut before: Option<(PickQuery, PickView)> = None;
        for end in 1..=text.len() {
            let query = PickQuery {
                text: text[..end].to_owned(),
                users,
                items: !users,
            };
            let previous = before.as_ref().map(|(q, v)| (q, v));
            let view = timed(&mut times, || pick::compute(world, &query, previous, task, &mut |_| ()));
            before = view.map(|view| (query, view));
        }
    }
    table.times("names by a key", times);
}

fn formula(text: &str) -> Formula {
    Formula::parse(text).expect("a good formula")
}

fn column(table: &mut Table, name: &str, asked: &Asked, task: &Task) -> Result<(), String> {
    let start = Instant::now();
    let opened = load(&Source::Path(name.into()), &LoadOptions::default(), task);
    let data: Arc<Dataset> = Arc::new(opened.map_err(|e| e.to_string())?);
    table.put("opening, s", format!("{:.2}", start.elapsed().as_secs_f64()));
    table.put("ratings", data.n_ratings().to_string());
    let memory = data.memory();
    let (ratings, rest) = (memory.ratings(), memory.catalog());
    table.put(
        "bytes a rating",
        format!("{:.1}", (ratings + rest) as f64 / data.n_ratings() as f64),
    );
    let world = World::new(Arc::clone(&data), 42).on(task.pool.clone());
    for model in &asked.models {
        let start = Instant::now();
        let fitted = Formula::parse(model).map_err(|e| e.to_string())?;
        match world.fit(&fitted, task) {
            Ok(model) => {
                let seconds = start.elapsed().as_secs_f64();
                let megabytes = model.memory_bytes() as f64 / 1e6;
                table.put(
                    &format!("fit {fitted}, s (MB)"),
                    format!("{seconds:.2} ({megabytes:.0})"),
                );
            }
            Err(error) => {
                table.put(&format!("fit {fitted}, s (MB)"), "no".to_owned());
                table.notes.push(format!("{name}, {model}: {error}"));
            }
        }
    }
    let heaviest = subjects(data.n_items(), |i| data.item_row(ItemIx(i)).len(), 0);
    for by in &asked.audiences {
        let by = Formula::parse(by).map_err(|e| e.to_string())?;
        audience(table, &world, &by, &heaviest, task)?;
    }
    if !asked.audiences.is_empty() {
        return Ok(());
    }
    let users = subjects(data.n_users(), |u| data.user_row(UserIx(u)).len(), asked.subjects);
    people(table, &world, &users, task);
    let heavy = subjects(data.n_items(), |i| data.item_row(ItemIx(i)).len(), asked.subjects);
    items(table, &world, &heavy, task);
    names(table, &world, task);
    Ok(())
}

fn main() {
    let asked = arguments();
    let task = Task {
        pool: Pool::new("growth", std::thread::available_parallelism().map_or(1, usize::from)),
        ..Task::unattended()
    };
    let mut table = Table::default();
    for (at, name) in asked.data.iter().enumerate() {
        table.column = at;
        eprintln!("{name}");
        if let Err(error) = column(&mut table, name, &asked, &task) {
            table.notes.push(format!("{name}: {error}"));
        }
    }
    table.print(&asked.data);
}
