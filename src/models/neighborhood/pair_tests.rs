use std::sync::Arc;

use proptest::prelude::*;

use super::tests_common::{sized, toy};
use super::*;
use crate::data::{Edits, ItemIx, UserIx};
use crate::models::Profile;
use crate::task::Cancel;

/// Evaluates a printed formula: numbers, names of functions, + − · / and parentheses, with a square.
struct Calculator<'a>(std::iter::Peekable<std::str::Chars<'a>>);

impl Calculator<'_> {
    fn value_of(text: &str) -> f64 {
        let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let mut calculator = Calculator(squeezed.chars().peekable());
        let value = calculator.sum();
        assert_eq!(calculator.0.next(), None, "{text}");
        value
    }

    fn sum(&mut self) -> f64 {
        let mut value = self.product();
        while let Some(sign) = self.0.next_if(|c| matches!(c, '+' | '−')) {
            let next = self.product();
            value += if sign == '+' { next } else { -next };
        }
        value
    }

    fn product(&mut self) -> f64 {
        let mut value = self.factor();
        while let Some(sign) = self.0.next_if(|c| matches!(c, '·' | '/')) {
            let next = self.factor();
            value = if sign == '·' { value * next } else { value / next };
        }
        value
    }

    fn factor(&mut self) -> f64 {
        let value = match self.0.peek() {
            Some('√') => {
                self.0.next();
                self.factor().sqrt()
            }
            Some('l') => {
                self.0.next();
                self.0.next();
                self.factor().ln()
            }
            Some('(') => {
                self.0.next();
                let value = self.sum();
                assert_eq!(self.0.next(), Some(')'));
                value
            }
            _ => {
                let mut text = String::new();
                while let Some(c) = self.0.next_if(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | 'e')) {
                    text.push(c);
                }
                text.parse().unwrap_or_else(|_| panic!("a number, not {text:?}"))
            }
        };
        if self.0.next_if_eq(&'²').is_some() {
            value * value
        } else {
            value
        }
    }
}

/// The formula in names, each name replaced by its figure: `(Σa)²` is the square of a sum, `Σa²` a sum of squares.
fn by_names(pair: &PairArithmetic) -> f64 {
    let mut figures = pair.figures.clone();
    figures.sort_by_key(|(name, _)| std::cmp::Reverse(name.chars().count()));
    let formula = pair.lines[0].replace("ln(", "L(");
    let filled = figures.iter().fold(formula, |text, (name, x)| {
        let number = if *x < 0.0 { format!("({x:?})") } else { format!("{x:?}") };
        text.replace(name, &number)
    });
    Calculator::value_of(&filled.replace("L(", "ln("))
}

#[test]
fn pearson_is_printed_with_the_square_of_the_sum() {
    let pair = |by: f64| {
        let rows = [
            (0, 0, 1.0),
            (0, 1, 3.0),
            (0, 2, 2.0),
            (1, 0, 2.0),
            (1, 1, 3.0),
            (1, 2, 1.0),
        ];
        let data = Arc::new(sized(2, 3, &rows.map(|(u, i, r)| (u, i, r + by))));
        let search = NeighborSearch::new(Arc::clone(&data));
        let profile = Profile::of_user(&data, UserIx(0));
        let measure = Measure::from(Similarity::Pearson);
        search
            .pair_with_user(&profile, UserIx(1), measure, &Cancel::new())
            .unwrap()
    };
    let near = pair(0.0);
    assert_eq!(
        near.lines,
        [
            "(n · Σa·b − Σa · Σb) / √((n · Σa² − (Σa)²) · (n · Σb² − (Σb)²))",
            "= (3 · 13 − 6 · 6) / √((3 · 14 − 6²) · (3 · 14 − 6²))",
            "= 0.5"
        ]
    );
    assert!((by_names(&near) - 0.5).abs() < 1e-12);
    // Far from 0, less a center c.
    let far = pair(1e7);
    assert_eq!(far.value, Ok(0.5));
    assert_eq!(far.figures[1], ("c", 10_000_002.0));
    assert_eq!(
        far.lines[0],
        "(n · Σ(a−c)·(b−c) − Σ(a−c) · Σ(b−c)) / √((n · Σ(a−c)² − (Σ(a−c))²) · (n · Σ(b−c)² − (Σ(b−c))²))"
    );
    assert!((by_names(&far) - 0.5).abs() < 1e-12);
    assert!((Calculator::value_of(far.lines[1].trim_start_matches("= ")) - 0.5).abs() < 1e-12);
}

#[test]
fn the_table_of_centered_ratings_adds_up_far_from_zero() {
    for by in [0.0, 1e7] {
        let rows = [(0, 0, 1.0), (0, 1, 3.0), (1, 0, 2.0), (1, 1, 3.0), (1, 2, 1.0)];
        let data = Arc::new(sized(2, 3, &rows.map(|(u, i, r)| (u, i, r + by))));
        let search = NeighborSearch::new(Arc::clone(&data));
        let profile = Profile::of_user(&data, UserIx(0));
        let measure = Measure::from(Similarity::CenteredCosine);
        let pair = search.pair_with_user(&profile, UserIx(1), measure, &Cancel::new());
        let pair = pair.unwrap();
        let seen: Vec<(f64, f64)> = pair.entries.iter().map(|e| e.seen).collect();
        assert_eq!(seen, [(-1.0, 0.0), (1.0, 1.0), (0.0, -1.0)]);
        assert_eq!(pair.figures[2], ("Σ(a−mean a)(b−mean b)", 1.0));
    }
}

#[test]
fn the_toy_by_hand() {
    let search = NeighborSearch::new(Arc::new(toy()));
    let profile = Profile::of_user(&toy(), UserIx(1));
    let measure = Measure::from(Similarity::Cosine);
    let pair = search
        .pair_with_user(&profile, UserIx(0), measure, &Cancel::new())
        .unwrap();
    let common: Vec<(u32, f64, f64, f64)> = pair.common.iter().map(|c| (c.index, c.a, c.b, c.share)).collect();
    assert_eq!(common, [(0, 4.0, 5.0, 20.0), (3, 1.0, 1.0, 1.0)]);
    assert_eq!(pair.figures, [("Σa·b", 21.0), ("Σa²", 17.0), ("Σb²", 35.0)]);
    assert_eq!(pair.lines, ["Σa·b / √(Σa² · Σb²)", "= 21 / √(17 · 35)", "= 0.860916"]);
}

#[test]
fn what_cannot_be_compared_says_why() {
    let search = NeighborSearch::new(Arc::new(toy()));
    let pair = |a, b, similarity: Similarity, min_support| {
        let measure = Measure {
            min_support,
            ..Measure::from(similarity)
        };
        let found = search.pair_of_items(&Edits::default(), ItemIx(a), ItemIx(b), measure, &Cancel::new());
        found.unwrap()
    };
    assert_eq!(pair(1, 2, Similarity::Cosine, 1).value, Err(Undefined::NothingInCommon));
    assert_eq!(
        pair(0, 1, Similarity::Cosine, 3).value,
        Err(Undefined::TooLittleInCommon)
    );
    assert_eq!(pair(2, 3, Similarity::Pearson, 1).value, Err(Undefined::NoVariance));
    let last = pair(2, 3, Similarity::Pearson, 1).lines.pop();
    assert_eq!(last.as_deref(), Some("undefined: no variance"));
}

#[test]
fn every_similarity_of_a_pair_is_that_of_the_lists() {
    let ratings: Vec<(u32, u32, f64)> = (0..12 * 15)
        .filter(|n| n * 7919 % 101 < 60)
        .map(|n| (n % 12, n / 12, f64::from(n * 31 % 11) / 2.0 - 1.0))
        .collect();
    let data = Arc::new(sized(12, 15, &ratings));
    let search = NeighborSearch::new(Arc::clone(&data));
    let profile = Profile::of_user(&data, UserIx(3));
    let cancel = Cancel::new();
    for own in [Similarity::Cosine, Similarity::PearsonBaseline] {
        for spec in &SIMILARITIES {
            let measure = Measure::from(spec.similarity);
            let near = search.of_item(&Edits::default(), ItemIx(2), measure, &cancel).unwrap();
            for other in (0..15).filter(|other| *other != 2) {
                let pair = search.pair_of_items(&Edits::default(), ItemIx(2), ItemIx(other), own.into(), &cancel);
                let all = pair.unwrap().all;
                let listed = near.iter().find(|n| n.index == other).map(|n| n.similarity.to_bits());
                let found = all
                    .iter()
                    .find(|(similarity, _)| *similarity == spec.similarity)
                    .unwrap();
                assert_eq!(found.1.ok().map(f64::to_bits), listed, "{}", spec.name);
            }
            let near = search.of_profile(&profile, measure, &cancel).unwrap();
            for other in (0..12).filter(|other| *other != 3) {
                let all = search
                    .pair_with_user(&profile, UserIx(other), own.into(), &cancel)
                    .unwrap()
                    .all;
                let listed = near.iter().find(|n| n.index == other).map(|n| n.similarity.to_bits());
                let found = all
                    .iter()
                    .find(|(similarity, _)| *similarity == spec.similarity)
                    .unwrap();
                assert_eq!(found.1.ok().map(f64::to_bits), listed, "{}", spec.name);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn what_is_printed_can_be_computed_again(
        ratings in prop::collection::vec((0u32..7, 0u32..8, 1u32..=10), 5..45),
        edit in prop::option::of((0u32..7, 0u32..8, 1u32..=10)),
        which in 0..SIMILARITIES.len(), shrinkage in prop::option::of(0.5..9.0f64), a in 0u32..8, user in 0u32..7,
    ) {
        let half = |r: u32| f64::from(r) / 2.0;
        let ratings: Vec<(u32, u32, f64)> = ratings.into_iter().map(|(u, i, r)| (u, i, half(r))).collect();
        let data = Arc::new(sized(7, 8, &ratings));
        let mut edits = Edits::default();
        if let Some((user, item, rating)) = edit {
            edits.set(&data, UserIx(user), ItemIx(item), Some(half(rating)));
        }
        let similarity = SIMILARITIES[which].similarity;
        let measure = Measure {
            shrinkage: shrinkage.unwrap_or(similarity.default_shrinkage()),
            ..Measure::from(similarity)
        };
        let search = NeighborSearch::new(Arc::clone(&data));
        let profile = Profile::of_edited_user(&data, UserIx(user), &Arc::new(edits.clone()));
        let of_items = search.of_item(&edits, ItemIx(a), measure, &Cancel::new()).unwrap();
        let of_users = search.of_profile(&profile, measure, &Cancel::new()).unwrap();
        let items = (0..8).filter(|b| *b != a).map(|b| {
            let pair = search.pair_of_items(&edits, ItemIx(a), ItemIx(b), measure, &Cancel::new()).unwrap();
            (pair, of_items.iter().find(|n| n.index == b))
        });
        let users = (0..7).filter(|v| *v != user).map(|v| {
            let pair = search.pair_with_user(&profile, UserIx(v), measure, &Cancel::new()).unwrap();
            (pair, of_users.iter().find(|n| n.index == v))
        });
        for (pair, listed) in items.chain(users) {
            let listed_bits = listed.map(|n| (n.similarity.to_bits(), n.support));
            prop_assert_eq!(pair.value.ok().map(|v| (v.to_bits(), pair.support)), listed_bits);
            let Ok(value) = pair.value else { continue };
            let filled = pair.lines[1].trim_start_matches("= ");
            if filled.starts_with("0, for") {
                prop_assert_eq!(value, 0.0);
                continue;
            }
            let again = Calculator::value_of(filled);
            prop_assert!((again - value).abs() < 1e-4 * value.abs().max(1.0), "{:?} is {}", pair.lines, again);
            let named = by_names(&pair);
            prop_assert!((named - value).abs() < 1e-9 * value.abs().max(1.0), "{:?} is {}", pair, named);
            let sum: f64 = pair.common.iter().map(|c| c.share).sum();
            let top = match similarity {
                Similarity::Pearson => {
                    let figure = |name| pair.figures.iter().find(|f| f.0 == name).unwrap().1;
                    figure("Σa·b") - figure("Σa") * figure("Σb") / figure("n")
                }
                Similarity::CenteredCosine => pair.figures[2].1,
                Similarity::Jaccard | Similarity::Lift | Similarity::Llr => f64::from(pair.support),
                _ => pair.figures[0].1,
            };
            prop_assert!((sum - top).abs() < 1e-9, "{:?}: shares sum to {}", pair, sum);
        }
    }
}
