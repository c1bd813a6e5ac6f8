//! What holds of every list, whatever the rules, tried out on random ones; and who loses where rules conflict.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use proptest::prelude::*;

use super::course::{Course, Ended, Tweaks, Watch};
use super::fetch::{Fetched, RuleSet, Shared};
use super::placing::By;
use super::slot::Ledger;
use super::stages::candidates;
use super::store::{Candidate, UserRecord};
use super::tests_common::data;
use super::*;

const ITEMS: u32 = 40;

/// A request's material without a store.
fn fetched(order: &[u32], seen: &[u32], diversity: &str) -> Fetched {
    let data = data(6, ITEMS, &[]);
    let plan = Plan::parse(diversity, "p").unwrap();
    let record = UserRecord {
        user: "u1".to_owned(),
        features: vec![("age".to_owned(), "17".to_owned())],
        candidates: order
            .iter()
            .enumerate()
            .map(|(at, item)| Candidate {
                item: *item,
                score: 1.0 / (at as f32 + 1.0),
                sources: 1,
            })
            .collect(),
        seen: seen.to_vec(),
        ..UserRecord::default()
    };
    Fetched {
        items: candidates(&record.candidates),
        shared: Arc::new(Shared {
            version: 1,
            manifest: Arc::default(),
            catalog: Arc::new(Catalog::of(&data)),
            plan,
            sources: vec!["cf".to_owned()],
            rules: Arc::default(),
        }),
        record: Some(record),
        fallback: None,
        events: Vec::new(),
        consumed: HashSet::new(),
        mute: 0,
        again: false,
        age_hours: 2.0,
    }
}

fn run(fetched: &Fetched, rules: &str, n: usize) -> (Ended, RuleSet) {
    let plan = Plan::parse(rules, "rules").unwrap_or_else(|e| panic!("{rules}: {e}"));
    let rules = RuleSet::of(&plan.rules, &fetched.shared.catalog, &["age".to_owned()]);
    assert_eq!(rules.notes, Vec::<String>::new());
    let request = Request {
        user: "u1".to_owned(),
        draw: 5,
        ..Request::default()
    };
    let course = Course {
        fetched,
        request: &request,
        rules: &rules,
        ledger: &Ledger::default(),
        n,
    };
    let ended = course.run(&Tweaks::default(), None);
    (ended, rules)
}

fn list(ended: &Ended) -> Vec<u32> {
    ended.placed.list.iter().map(|(item, _)| *item).collect()
}

fn genres(catalog: &Catalog, item: u32) -> Vec<u32> {
    catalog.attributes().columns[0]
        .terms(item as usize)
        .map(|(t, _)| t)
        .collect()
}

/// One random rule, as a plan writes it and as the test understands it.
#[derive(Clone, Debug)]
enum Any {
    Drop { genre: u32 },
    DropYear { below: u32 },
    Boost { factor: f64, genre: u32 },
    Pin { item: u32, at: usize },
    Cap { most: usize },
    Min { least: usize, genre: u32, top: usize },
    Slot { at: usize },
}

fn any_rule() -> impl Strategy<Value = Any> {
    prop_oneof![
        (0..4u32).prop_map(|genre| Any::Drop { genre }),
        (1990..2000u32).prop_map(|below| Any::DropYear { below }),
        (0.1..10.0f64, 0..4u32).prop_map(|(factor, genre)| Any::Boost { factor, genre }),
        (0..ITEMS, 1..14usize).prop_map(|(item, at)| Any::Pin { item, at }),
        (0..8usize).prop_map(|most| Any::Cap { most }),
        (1..5usize, 0..4u32, 1..12usize).prop_map(|(least, genre, top)| Any::Min { least, genre, top }),
        (1..14usize).prop_map(|at| Any::Slot { at }),
    ]
}

fn written(rules: &[Any]) -> String {
    rules.iter().fold(String::new(), |mut text, rule| {
        let _ = match rule {
            Any::Drop { genre } => writeln!(text, "[[rule]]\ndrop = 'item.genre = g{genre}'"),
            Any::DropYear { below } => writeln!(text, "[[rule]]\ndrop = 'item.year < {below} and not item.genre = g2'"),
            Any::Boost { factor, genre } => {
                writeln!(text, "[[rule]]\nboost = {factor:?}\nif = 'item.genre = g{genre}'")
            }
            Any::Pin { item, at } => writeln!(text, "[[rule]]\npin = 'i{item}'\nat = {at}"),
            Any::Cap { most } => writeln!(text, "[[rule]]\ncap = {most}\nper = 'genre'"),
            Any::Min { least, genre, top } => {
                writeln!(
                    text,
                    "[[rule]]\nmin = {least}\nof = 'item.genre = g{genre}'\ntop = {top}"
                )
            }
            Any::Slot { at } => writeln!(text, "[[rule]]\nslot = {at}\narms = 'item.raters < 3'"),
        };
        text
    })
}

proptest! {
    #![proptest_config(super::tests_common::cases(256))]

    /// Drops never come back, pins are exact, caps hold, minima hold, nothing stands twice, nothing was seen, the list is as
    /// long as it can be: but where a rule says that it lost.
    #[test]
    fn every_list_keeps_its_rules(
        order in Just((0..ITEMS).collect::<Vec<_>>()).prop_shuffle(),
        seen in prop::collection::btree_set(0..ITEMS, 0..8),
        rules in prop::collection::vec(any_rule(), 0..7),
        diverse in any::<bool>(),
    ) {
        let n = 10;
        let seen: Vec<u32> = seen.into_iter().collect();
        let order = &order[..30];
        let how = if diverse { "" } else { "[diversity]\nmethod = 'none'" };
        let fetched = fetched(order, &seen, how);
        let (ended, _) = run(&fetched, &written(&rules), n);
        let (list, catalog) = (list(&ended), &fetched.shared.catalog);
        let lost = |at: usize| ended.placed.lost.iter().any(|(rule, _)| *rule == at);
        let year = |i: u32| catalog.attributes().columns[1].number(i as usize);
        let dropped = |i: u32| rules.iter().any(|r| match r {
            Any::Drop { genre } => genres(catalog, i).iter().any(|g| name(catalog, *g) == format!("g{genre}")),
            Any::DropYear { below } => {
                year(i).is_some_and(|y| y < f64::from(*below)) && !genres(catalog, i).iter().any(|g| name(catalog, *g) == "g2")
            }
            _ => false,
        });
        prop_assert!(list.len() <= n);
        prop_assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len());
        for item in &list {
            prop_assert!(!dropped(*item), "{item} was dropped");
            prop_assert!(!seen.contains(item), "{item} was seen");
        }
        let fixed: Vec<u32> = ended.placed.list.iter()
            .filter(|(_, by)| matches!(by, By::Pin(_) | By::Slot(_))).map(|(i, _)| *i).collect();
        let has = |i: u32, genre: u32| genres(catalog, i).iter().any(|g| name(catalog, *g) == format!("g{genre}"));
        for (at, rule) in rules.iter().enumerate() {
            match rule {
                Any::Pin { item, at: place } if !lost(at) => prop_assert_eq!(list.get(place - 1), Some(item)),
                Any::Slot { at: place } if !lost(at) => {
                    prop_assert_eq!(ended.placed.list.get(place - 1).map(|i| i.1), Some(By::Slot(at)));
                }
                Any::Cap { most } => {
                    for genre in 0..4 {
                        let of_fixed = fixed.iter().filter(|i| has(**i, genre)).count();
                        let count = list.iter().filter(|i| has(**i, genre)).count();
                        prop_assert!(count <= (*most).max(of_fixed), "{count} of g{genre}, at most {most}");
                        prop_assert!(of_fixed <= *most || lost(at));
                    }
                }
                Any::Min { least, genre, top } if !lost(at) => {
                    prop_assert!(list.iter().take(*top).filter(|i| has(**i, *genre)).count() >= *least);
                }
                _ => {}
            }
        }
        // As long as it can be: where there is no cap, all that may be listed is.
        if !rules.iter().any(|r| matches!(r, Any::Cap { .. })) {
            let may = order.iter().filter(|i| !seen.contains(i) && !dropped(**i)).count();
            prop_assert!(list.len() >= may.min(n));
        }
    }

    #[test]
    fn no_rules_are_the_identity(order in Just((0..ITEMS).collect::<Vec<_>>()).prop_shuffle(), n in 1..50usize) {
        let fetched = fetched(&order[..25], &[], "[diversity]\nmethod = 'none'");
        let (ended, _) = run(&fetched, "", n);
        prop_assert_eq!(list(&ended), order[..25.min(n)].to_vec());
    }

    /// A pin pins, whatever stands beside it, unless something stands above it.
    #[test]
    fn a_lone_pin_is_exact(item in 0..ITEMS, at in 1..10usize) {
        let order: Vec<u32> = (0..30).collect();
        let fetched = fetched(&order, &[], "");
        let (ended, _) = run(&fetched, &format!("[[rule]]\npin = 'i{item}'\nat = {at}"), 10);
        prop_assert_eq!(list(&ended)[at - 1], item);
        prop_assert!(ended.placed.lost.is_empty());
    }
}

fn name(catalog: &Catalog, term: u32) -> &str {
    catalog.attributes().columns[0].names().get(term as usize)
}

/// Items i0, i5, … are g0 alone; i4, i9, … have no genre; others have g0 and one more.
fn plain() -> Fetched {
    fetched(&(0..30).collect::<Vec<_>>(), &[7], "[diversity]\nmethod = 'none'")
}

fn lost(ended: &Ended) -> Vec<(usize, &str)> {
    ended
        .placed
        .lost
        .iter()
        .map(|(rule, why)| (*rule, why.as_str()))
        .collect()
}

#[test]
fn a_drop_beats_a_pin_and_so_does_what_was_seen() {
    let fetched = plain();
    let rules = "[[rule]]\npin = 'i6'\nat = 1\n[[rule]]\ndrop = 'item.id = i6'\n[[rule]]\npin = 'i7'\nat = 2";
    let (ended, _) = run(&fetched, rules, 5);
    assert_eq!(list(&ended), [0, 1, 2, 3, 4]);
    assert_eq!(lost(&ended), [(0, "rule 2 drops it"), (2, "the user has seen it")]);
}

#[test]
fn the_first_of_two_pins_keeps_its_place() {
    let fetched = plain();
    let rules = "[[rule]]\npin = 'i6'\nat = 2\n[[rule]]\npin = 'i8'\nat = 2\n[[rule]]\npin = 'i6'\nat = 4\n[[rule]]\npin = 'i9'\nat = 50";
    let (ended, _) = run(&fetched, rules, 5);
    assert_eq!(list(&ended), [0, 6, 1, 2, 3]);
    let why = [
        (1, "place 2 is taken by i6"),
        (2, "the item has another place already"),
        (3, "place 50 is beyond a list of 5"),
    ];
    assert_eq!(lost(&ended), why);
}

#[test]
fn a_pin_beats_a_cap_and_a_cap_beats_a_minimum() {
    let fetched = plain();
    // g1: 1, 6, 11, 16, … One may stand there, two are pinned.
    let pins = "[[rule]]\ncap = 1\nper = 'genre'\n[[rule]]\npin = 'i6'\nat = 1\n[[rule]]\npin = 'i11'\nat = 2";
    let (ended, _) = run(&fetched, pins, 5);
    // Beside them only what has no genre.
    assert_eq!(list(&ended), [6, 11, 4, 9, 14]);
    assert_eq!(lost(&ended)[0], (0, "rule 3 put i11 there"));
    let min = "[[rule]]\nmin = 3\nof = 'item.genre = g1'\ntop = 5\n[[rule]]\ncap = 2\nper = 'genre'";
    let (ended, _) = run(&fetched, min, 5);
    // 6 has g0 as well: it takes the place of 0, and a third of g1 would be one too many.
    assert_eq!(list(&ended), [6, 1, 4, 9, 14]);
    assert_eq!(lost(&ended), [(0, "only 2 of 3 could be brought in")]);
}

#[test]
fn what_was_no_candidate_is_not_counted_as_seen() {
    let said = |consumed: &[u32], seen: &[u32]| {
        let order: Vec<u32> = (0..30).collect();
        let fetched = Fetched {
            consumed: consumed.iter().copied().collect(),
            ..fetched(&order, seen, "[diversity]\nmethod = 'none'")
        };
        let request = Request::default();
        let course = Course {
            fetched: &fetched,
            request: &request,
            rules: &RuleSet::default(),
            ledger: &Ledger::default(),
            n: 5,
        };
        let mut watch = Watch::new(&request, f64::INFINITY, Instant::now());
        course.run(&Tweaks::default(), Some(&mut watch));
        let report = &watch.reports[0];
        assert_eq!((report.name, report.before), ("seen", 30));
        report.what.clone()
    };
    assert_eq!(said(&[35], &[]), "0 seen");
    assert_eq!(said(&[], &[4, 39]), "1 seen");
    assert_eq!(said(&[3, 35], &[]), "1 seen in this session");
    assert_eq!(said(&[3], &[4, 5]), "3 seen, 1 of them in this session");
}

#[test]
fn a_minimum_takes_the_lowest_places() {
    let fetched = plain();
    let (ended, _) = run(&fetched, "[[rule]]\nmin = 3\nof = 'item.genre = g3'\ntop = 5", 8);
    // 3 is there already. 8 is in the list (7 was seen), at 8, and changes places with 4; 13 is not, and 2 leaves for it.
    assert_eq!(list(&ended), [0, 1, 13, 3, 8, 5, 6, 4]);
    assert!(ended.placed.lost.is_empty());
}

#[test]
fn boosts_multiply_and_conditions_look_at_everything() {
    let fetched = plain();
    let first = |rule: &str| list(&run(&fetched, rule, 3).0);
    assert_eq!(first("[[rule]]\nboost = 100\nif = 'item.id = i20'")[0], 20);
    assert_eq!(
        first("[[rule]]\nboost = 100\nif = 'item.id = i20 and user.age >= 18'"),
        [0, 1, 2]
    );
    assert_eq!(
        first("[[rule]]\nboost = 100\nif = 'item.id = i20 and user.age < 18'")[0],
        20
    );
    assert_eq!(first("[[rule]]\ndrop = 'score > 0.9'"), [1, 2, 3]);
    assert_eq!(first("[[rule]]\ndrop = 'source = cf'"), Vec::<u32>::new());
    assert_eq!(first("[[rule]]\ndrop = 'source = other'"), [0, 1, 2]);
    // Every seventh has no year; 7 was seen.
    assert_eq!(first("[[rule]]\ndrop = 'item.year'"), [0, 14, 21]);
    assert_eq!(
        first("[[rule]]\ndrop = 'store.age > 1 and item.raters >= 0'"),
        Vec::<u32>::new()
    );
    assert_eq!(first("[[rule]]\ndrop = 'not (item.id != i0)'"), [1, 2, 3]);
    // 1970-01-01 was a Thursday, and it is midnight.
    assert_eq!(
        first("[[rule]]\ndrop = 'time.weekday = Thursday and time.hour = 0 and item.label = i1'"),
        [0, 2, 3]
    );
    // One that needs another time does nothing.
    assert_eq!(first("[[rule]]\npin = 'i9'\nat = 1\nif = 'time.hour > 3'"), [0, 1, 2]);
    assert_eq!(first("[[rule]]\npin = 'i9'\nat = 1\nif = 'time.hour <= 3'"), [9, 0, 1]);
}

#[test]
fn what_the_catalog_does_not_have_is_said() {
    let fetched = plain();
    let note = |rule: &str| {
        let plan = Plan::parse(rule, "p").unwrap();
        RuleSet::of(&plan.rules, &fetched.shared.catalog, &["age".to_owned()])
            .notes
            .pop()
            .unwrap()
    };
    for (rule, said) in [
        (
            "drop = 'item.color = red'",
            "there is no item.color; there are genre, year",
        ),
        ("drop = 'user.job = x'", "there is no user.job; there are age"),
        (
            "cap = 2\nper = 'year'",
            "there is no column \"year\" of names; there are genre",
        ),
        ("pin = 'i99'\nat = 1", "there is no item \"i99\"; did you mean"),
        (
            "pin = 'i9'\nat = 1\nif = 'item.year > 3'",
            "if of pin may speak of user, time and store",
        ),
        (
            "slot = 2\narms = 'item.new'\npolicy = 'exp3'",
            "exp3 goes by more than counts",
        ),
    ] {
        let note = note(&format!("[[rule]]\n{rule}"));
        assert!(
            note.starts_with("rule 1 (line 1, column 1) is left out: ") && note.contains(said),
            "{note}"
        );
    }
}

#[test]
fn a_plan_says_where_it_is_wrong() {
    let wrong = |text: &str| Plan::parse(text, "p.toml").unwrap_err().to_string();
    for (text, said) in [
        ("keep = 0", "p.toml:1:8: 0 is not between 1 and 1000"),
        ("\n  kep = 3", "p.toml:2:3: unknown field `kep`"),
        (
            "[[rule]]\nname = \"x\"\n",
            "p.toml:1:1: a rule has one of drop, boost, pin, cap, min, slot",
        ),
        (
            "[[rule]]\ndrop = \"item.genre = a\"\nat = 3",
            "p.toml:3:6: at does not go with drop",
        ),
        ("[[rule]]\ncap = 3", "p.toml:1:1: cap needs per"),
        (
            "[[rule]]\ndrop = \"time.hour < six\"",
            "p.toml:2:21: < compares numbers, and \"six\" is none",
        ),
        (
            "[[rule]]\nslot = 3\narms = \"item.new\"\npolicy = \"tompson\"",
            "p.toml:4:11: there is no policy",
        ),
        ("[session]\nsimilarity = \"cosinus\"", "p.toml:2:14: "),
        (
            "[diversity]\nmethod = \"mrr\"",
            "p.toml:2:10: \"mrr\" is none of none, mmr, xquad, calibrated",
        ),
        ("[session]\ndecay = nan", "p.toml:2:9: NaN is not between 0 and 1"),
        ("list = \"x\"", "p.toml:1:8: invalid type"),
    ] {
        assert!(wrong(text).starts_with(said), "{text}: {}", wrong(text));
    }
    assert!(Plan::parse(DEFAULT_PLAN, "default").is_ok());
    // What stands in comments there is right as well.
    let is_key = |key: &str| key.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let is_setting = |l: &str| l.starts_with("[[") || l.split_once(" = ").is_some_and(|(key, _)| is_key(key));
    let all: String = DEFAULT_PLAN
        .lines()
        .map(|l| l.strip_prefix("# ").filter(|l| is_setting(l)).unwrap_or(l))
        .fold(String::new(), |all, line| all + line + "\n");
    let plan = Plan::parse(&all, "default").unwrap();
    assert_eq!((plan.rules.len(), plan.sources.len()), (6, 1));
}
