//! What is printed is read back and computed again.

use std::iter::Peekable;
use std::str::Chars;
use std::sync::Arc;

use super::*;
use crate::answers::{
    Entity, ExplainQuery, PairQuery, RecommendQuery, Subject, TreeNode, Whose, World, explain, pair, recommend,
};
use crate::data::{Attribute, Attributes, ItemIx, UserIx};
use crate::models::neighborhood::SIMILARITIES;
use crate::models::tests_common::dataset_with;
use crate::models::{Formula, MODELS};
use crate::task::{Cancel, Task};

/// Computes what a printed formula says: numbers, √, ln, squares, + − · × / and parentheses.
struct Calculator<'a>(Peekable<Chars<'a>>);

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
        while let Some(sign) = self.0.next_if(|c| matches!(c, '·' | '×' | '/')) {
            let next = self.factor();
            value = if sign == '/' { value / next } else { value * next };
        }
        value
    }

    fn factor(&mut self) -> f64 {
        let value = match self.0.peek() {
            Some('−') => {
                self.0.next();
                -self.factor()
            }
            Some('√') => {
                self.0.next();
                self.factor().sqrt()
            }
            Some('l') => {
                self.0.nth(1);
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

/// The largest number in a text.
fn largest(text: &str) -> f64 {
    let numbers = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | 'e')));
    numbers
        .filter_map(|n| n.parse::<f64>().ok())
        .fold(0.0, |m: f64, n| m.max(n.abs()))
}

/// Reads the lines back and computes what they say; returns how many results that gave.
pub(super) fn assert_computes(work: &Arithmetic, of: &str) -> usize {
    let mut computed = 0;
    let lines = work.lines();
    for pair in lines.windows(2) {
        let [filled, result] = [&pair[0], &pair[1]].map(|line| line.strip_prefix("= "));
        let (Some(filled), Some(result)) = (filled, result) else {
            continue;
        };
        if filled.starts_with("0, for") {
            continue;
        }
        let (again, printed) = (Calculator::value_of(filled), result.parse::<f64>().unwrap());
        let close = 2e-6 * largest(filled).max(printed.abs()).max(f64::MIN_POSITIVE);
        assert!(
            (again - printed).abs() <= close,
            "{of}: {filled} is {again}, not {printed}\n{}",
            lines.join("\n")
        );
        computed += 1;
    }
    for step in &work.steps {
        let Step::Table(columns) = step else { continue };
        let text = columns.to_string();
        let rows: Vec<&str> = text.lines().skip(1).collect();
        let (total, rows) = rows.split_last().unwrap();
        let cells = |line: &str, n: usize| -> Vec<f64> {
            let cells: Vec<&str> = line.split_whitespace().collect();
            cells[cells.len() - n..].iter().map(|c| c.parse().unwrap()).collect()
        };
        let wide = columns.heads.len() - 1;
        let shown = columns.total.1.iter().flatten().count();
        let (mut sums, mut sizes) = (vec![0.0; wide], vec![0.0; wide]);
        for row in rows {
            for (n, x) in cells(row, wide).into_iter().enumerate() {
                sums[n] += x;
                sizes[n] += x.abs();
            }
        }
        for (n, printed) in cells(total, shown).into_iter().enumerate() {
            let n = wide - shown + n;
            assert!(
                (sums[n] - printed).abs() <= 2e-6 * sizes[n],
                "{of}: {} is not {printed}\n{text}",
                sums[n]
            );
        }
        computed += 1;
    }
    computed
}

/// Twelve users by ten items, not all rated; three genres.
fn world() -> World {
    let rows: Vec<(u32, u32, f64)> = (0..120u32)
        .filter(|n| n * 7919 % 101 < 62)
        .map(|n| {
            (
                n % 12,
                n / 12,
                f64::from(1 + (n * 31 + (n % 12) % 3 * 17 + n / 12 % 2 * 5) % 5),
            )
        })
        .collect();
    let genres = (0..10).map(|n| vec![(["Crime", "Comedy", "Drama"][n % 3], 1), (["New", "Old"][n % 2], 1)]);
    let attributes = Attributes {
        columns: vec![Attribute::of_names("genre", genres.collect::<Vec<_>>())],
    };
    World::new(dataset_with(&rows, 10, attributes), 42)
}

/// The trees of a few items for a few people.
fn trees(world: &World, text: &str, top: usize) -> Vec<TreeNode> {
    let formula = Formula::parse(text).unwrap();
    if world.fit(&formula, &Task::unattended()).is_err() {
        return Vec::new();
    }
    let guest = Whose::Guest(Arc::new(vec![(ItemIx(1), 5.0), (ItemIx(4), 2.0)]));
    let people = [Whose::User(UserIx(0)), Whose::User(UserIx(5)), guest];
    let items = (0..10).map(ItemIx);
    let pairs = people
        .iter()
        .flat_map(|whose| items.clone().map(move |item| (whose.clone(), item)));
    let query = |(whose, item)| ExplainQuery {
        top,
        ..ExplainQuery::new(whose, item, formula.clone())
    };
    pairs
        .filter_map(|pair| explain::tree(world, &query(pair), &Cancel::new()).ok())
        .collect()
}

pub(super) fn walk<'a>(path: &mut Vec<&'a TreeNode>, node: &'a TreeNode, visit: &mut dyn FnMut(&[&TreeNode])) {
    path.push(node);
    visit(path);
    node.children.iter().for_each(|child| walk(path, child, visit));
    path.pop();
}

#[test]
fn every_node_of_every_model_can_be_computed_again() {
    let world = world();
    let more = [
        "item-knn:prediction=means",
        "item-knn:prediction=zscore",
        "user-knn:prediction=basic",
        "user-knn:prediction=basic,damping=3",
        "user-knn:prediction=means",
        "user-knn:prediction=zscore",
        "user-knn:prediction=baseline,similarity=pearson-baseline",
        "popularity:kind=mean",
        "0.6*item-knn + 0.3*content + 0.1*popularity",
        "0.6*user-knn + 0.4*svd:factors=6 | zscore",
        "0.6*user-knn - 0.4*popularity | rank",
        "user-knn + popularity | softmax",
        "0.5*svd:factors=4 + 0.5*baseline | none",
        "0.5*(0.3*item-knn + 0.7*user-knn) + 0.5*popularity",
        "switch(ratings<3 ? popularity : item-knn)",
        "cascade(item-knn > content; keep=8)",
        "augment(svd:factors=3 -> content)",
    ];
    for text in MODELS.iter().map(|m| m.name).chain(more) {
        let mut nodes = 0;
        for top in [2, usize::MAX] {
            for tree in trees(&world, text, top) {
                walk(&mut Vec::new(), &tree, &mut |path| {
                    let work = of_node(path);
                    let of = format!("{text}, {}", path.last().unwrap().label);
                    assert!(assert_computes(&work, &of) > 0, "{of}: nothing is computed: {work:?}");
                    assert!(!work.lines().concat().contains('…'), "{of}");
                    nodes += 1;
                });
            }
        }
        // Sequences need times, which this data has none of.
        let silent = ["markov", "session-knn", "trending", "rules"].contains(&text);
        assert!(nodes > 0 || silent, "{text} explains nothing");
    }
}

/// Leaves of these kinds have figures of their own that give their value.
#[test]
fn leaves_come_from_their_own_figures() {
    let world = world();
    for (text, kind, formula) in [
        ("svd:factors=5", "factor", "share = user × item"),
        ("content", "term", "share = profile × item"),
        ("item-knn", "rated", "share = similarity × rating"),
        ("user-knn:prediction=means", "neighbor", "share = weight × deviation"),
        (
            "item-knn:prediction=zscore",
            "rated",
            "share = weight × deviation × spread",
        ),
        ("slope-one", "rated", "share = deviation / rated items"),
        (
            "popularity:kind=mean",
            "base",
            "share = mean × damping / (count + damping)",
        ),
        ("co-clustering", "bias", "share = mean − group-mean"),
        ("random", "residual", "share = deviation × draw"),
        (
            "0.6*item-knn + 0.4*popularity",
            "rated",
            "own share = similarity × rating",
        ),
    ] {
        let mut leaves = 0;
        for tree in trees(&world, text, usize::MAX) {
            walk(&mut Vec::new(), &tree, &mut |path| {
                if path.last().unwrap().kind == kind {
                    let lines = of_node(path).lines();
                    assert!(lines.iter().any(|l| l == formula), "{text}: {lines:?}");
                    leaves += 1;
                }
            });
        }
        assert!(leaves > 0, "{text} has no {kind}");
    }
}

#[test]
fn the_cosine_of_the_toy_has_every_number_on_the_page() {
    let rows = [(0, 0, 5.0), (0, 1, 3.0), (0, 3, 1.0), (1, 0, 4.0), (1, 3, 1.0)];
    let world = World::new(crate::models::tests_common::dataset(&rows, 5), 42);
    let query = PairQuery {
        subject: Subject::Person(Whose::User(UserIx(1))),
        other: Entity::User(UserIx(0)),
        measure: SIMILARITIES[0].similarity.into(),
    };
    let view = pair::compute(&world, &query, &Cancel::new()).unwrap();
    let work = of_pair(&view, None);
    let lines = work.lines();
    for line in [
        "sum   5  9   21  17  35",
        "2 items are unrated in both: 0 in every column, left out",
        "= 21 / √(17 · 35)",
    ] {
        assert!(lines.iter().any(|l| l == line), "{line} in {lines:#?}");
    }
    assert!(lines.iter().any(|l| l.ends_with("0  3    0   0   9")), "{lines:#?}");
}

#[test]
fn every_similarity_comes_from_the_sums_below_its_columns() {
    let world = world();
    for spec in &SIMILARITIES {
        for other in 1..10 {
            let query = PairQuery {
                subject: Subject::Item(ItemIx(0)),
                other: Entity::Item(ItemIx(other)),
                measure: spec.similarity.into(),
            };
            let view = pair::compute(&world, &query, &Cancel::new()).unwrap();
            let work = of_pair(&view, Some(0));
            assert!(assert_computes(&work, spec.name) > 0, "{}", spec.name);
            let Some(Step::Table(columns)) = work.steps.iter().find(|s| matches!(s, Step::Table(_))) else {
                panic!("{}: no table", spec.name);
            };
            // A figure of the formula that is the sum of a column has its value there.
            for (head, sum) in columns.heads[1..].iter().zip(&columns.total.1) {
                let Some((_, figure)) = view.sums.iter().find(|(name, _)| *name == format!("Σ{head}")) else {
                    continue;
                };
                let sum = sum.unwrap();
                assert!(
                    (sum - figure).abs() < 1e-9 * (1.0 + sum.abs()),
                    "{}: Σ{head} {sum} {figure}",
                    spec.name
                );
            }
        }
    }
}

#[test]
fn lists_of_lone_models_show_where_a_score_comes_from() {
    let world = world();
    for text in [
        "svd:factors=12",
        "item-knn",
        "popularity",
        "0.6*item-knn + 0.4*popularity",
    ] {
        let formula = Formula::parse(text).unwrap();
        world.fit(&formula, &Task::unattended()).unwrap();
        for subject in [Subject::Person(Whose::User(UserIx(1))), Subject::Item(ItemIx(2))] {
            let query = RecommendQuery {
                subject,
                formula: formula.clone(),
                n: 3,
                include_seen: false,
            };
            let view = recommend::compute(&world, &query, &Task::unattended(), &mut |_| {}).unwrap();
            let work = of_recommendation(&view, 0).unwrap();
            assert!(assert_computes(&work, text) > 0, "{text}");
            if text.starts_with("svd") {
                let factors = work.lines().iter().filter(|l| l.starts_with("factor f")).count();
                assert_eq!(factors, 12, "{:#?}", work.lines());
            }
        }
    }
}

#[test]
fn numbers_keep_seven_digits_and_no_idle_zeros() {
    for (x, text) in [
        (0.0, "0"),
        (-0.0, "0"),
        (21.0, "21"),
        (0.5, "0.5"),
        (-1.0 / 3.0, "-0.3333333"),
        (0.860_916_3, "0.8609163"),
        (123_456_789.0, "123456789"),
        (2.5e-24, "2.5e-24"),
        (1e20, "1e20"),
        (0.012_345_678_9, "0.01234568"),
    ] {
        assert_eq!(number(x), text);
    }
}

/// All slides of all kinds of arithmetic together are its lines; what is hidden hides a result and nothing else.
#[test]
fn slides_are_the_lines_step_by_step() {
    let world = world();
    let query = PairQuery {
        subject: Subject::Item(ItemIx(0)),
        other: Entity::Item(ItemIx(3)),
        measure: SIMILARITIES[0].similarity.into(),
    };
    let pair = of_pair(&pair::compute(&world, &query, &Cancel::new()).unwrap(), Some(0));
    let lines = vec!["title".to_owned(), "mean 3 / 2 = 1.5".to_owned(), "nothing".to_owned()];
    for work in [pair, Arithmetic::of_lines(lines.clone()), Arithmetic::default()] {
        let slides = work.slides();
        let all: Vec<String> = slides.iter().flat_map(|slide| slide.lines.clone()).collect();
        assert_eq!(all, work.lines()[1..]);
        for slide in &slides {
            assert_eq!(slide.lines.len(), slide.hidden.len());
            for (line, hidden) in slide.lines.iter().zip(&slide.hidden) {
                assert!(line == hidden || hidden.ends_with('?'), "{line} {hidden}");
            }
        }
    }
    let slides = Arithmetic::of_lines(lines).slides();
    assert_eq!(slides.len(), 1);
    assert_eq!(slides[0].hidden, ["mean 3 / 2 = ?", "nothing"]);
}

#[test]
fn a_hidden_result_is_nowhere_on_its_slide() {
    let mut work = Arithmetic::new("t");
    work.note("first");
    work.formula("x", "a × b", "6 × 7".to_owned(), 42.0);
    work.steps.push(Step::Table(Columns {
        heads: vec!["row".into(), "value".into()],
        rows: vec![("one".into(), vec![40.0]), ("two".into(), vec![3.0])],
        total: ("sum".into(), vec![Some(43.0)]),
    }));
    work.steps
        .push(Step::Lines(vec!["named".into(), "= 6 × 7".into(), "= 42".into()]));
    work.note("last");
    let slides = work.slides();
    assert_eq!(slides.len(), 3);
    assert_eq!(slides[0].hidden, ["first", "x = a × b", "= 6 × 7", "= ?"]);
    assert_eq!(slides[1].hidden.last().unwrap(), "sum  ?");
    assert_eq!(slides[2].hidden, ["named", "= 6 × 7", "= ?", "last"]);
    assert!(slides.iter().all(Slide::has_result));
}

/// The step by its definition, vector by vector; and what is printed gives what is printed.
#[test]
fn a_descent_step_is_that_of_the_paper() {
    for biases in [None, Some([3.5, 0.2, -0.1])] {
        let step = DescentStep {
            user: "Ada".into(),
            item: "Alien".into(),
            rating: 5.0,
            biases,
            factors: (vec![0.3, -0.2, 0.05], vec![0.1, 0.4, -0.6]),
            rate: 0.05,
            regularization: 0.02,
        };
        let work = of_descent_step(&step);
        assert!(assert_computes(&work, "descent") >= 6);
        let (p, q) = (&step.factors.0, &step.factors.1);
        let dot = |p: &[f64], q: &[f64]| p.iter().zip(q).map(|(p, q)| p * q).sum::<f64>();
        let base = |b: Option<[f64; 3]>| b.map_or(0.0, |b| b.iter().sum());
        let error = 5.0 - base(biases) - dot(p, q);
        let to = |old: f64, with: f64| old + 0.05 * (error * with - 0.02 * old);
        let new_p: Vec<f64> = p.iter().zip(q).map(|(p, q)| to(*p, *q)).collect();
        let new_q: Vec<f64> = p.iter().zip(q).map(|(p, q)| to(*q, *p)).collect();
        let new_biases = biases.map(|[m, u, i]| [m, to(u, 1.0), to(i, 1.0)]);
        let left = 5.0 - base(new_biases) - dot(&new_p, &new_q);
        assert!(left.abs() < error.abs(), "a small step makes the error smaller");
        let said = format!("the error goes from {} to {}", number(error), number(left));
        assert_eq!(work.lines().last(), Some(&said));
    }
}

#[test]
fn what_svd_and_ease_learned_is_written_out_and_agrees_with_the_model() {
    use crate::answers::learned;
    let world = world();
    for (text, expected) in [
        ("svd:factors=3,epochs=4", 1),
        ("svd:factors=3,biased=false", 1),
        ("ease:lambda=5", 1),
        ("0.5*ease + 0.5*svd:factors=2", 2),
        ("item-knn", 0),
    ] {
        let formula = Formula::parse(text).unwrap();
        // Nothing is said of what is not fitted.
        let query = |item| (Whose::User(UserIx(1)), ItemIx(item));
        let of = |item| {
            let (whose, item) = query(item);
            learned::of_score(&world, (&whose, item), &formula, &Cancel::new()).unwrap()
        };
        assert!(of(0).is_empty(), "{text}");
        world.fit(&formula, &Task::unattended()).unwrap();
        for item in 0..10 {
            let found = of(item);
            assert_eq!(found.len(), expected, "{text} {item}");
            for work in found {
                assert!(assert_computes(&work, text) > 0);
                let lines = work.lines();
                let Some(held) = lines.iter().find_map(|l| l.strip_prefix("the model holds ")) else {
                    continue;
                };
                let held: f64 = held.split(' ').next().unwrap().parse().unwrap();
                let at = lines.iter().position(|l| l.starts_with("B_ji = ")).unwrap();
                let result: f64 = lines[at + 2].strip_prefix("= ").unwrap().parse().unwrap();
                assert!((held - result).abs() < 1e-6, "{held} {result}");
            }
        }
    }
}

#[test]
fn roots_lie_between_the_sums_and_the_similarity() {
    let rows = [(0, 0, 5.0), (0, 1, 3.0), (0, 3, 1.0), (1, 0, 4.0), (1, 3, 1.0)];
    let world = World::new(crate::models::tests_common::dataset(&rows, 5), 42);
    let of = |name: &str, shrinkage: f64| {
        let similarity = crate::models::neighborhood::Similarity::find(name).unwrap();
        let query = PairQuery {
            subject: Subject::Person(Whose::User(UserIx(1))),
            other: Entity::User(UserIx(0)),
            measure: crate::models::neighborhood::Measure {
                shrinkage,
                ..similarity.into()
            },
        };
        let work = of_pair(&pair::compute(&world, &query, &Cancel::new()).unwrap(), None);
        assert!(assert_computes(&work, name) > 0);
        work.lines()
    };
    for (name, shrinkage, line) in [
        ("cosine", 0.0, "root of Σa² = √Σa²"),
        ("pearson", 0.0, "top = n × Σa·b − Σa × Σb"),
        ("pearson", 0.0, "spread of a = n × Σa² − (Σa)²"),
        ("msd", 0.0, "mean squared difference = Σ(a−b)² / n"),
        ("jaccard", 0.0, "in either = n a + n b − n"),
        ("cosine", 3.0, "shrunk to = n / (n + shrinkage)"),
    ] {
        let lines = of(name, shrinkage);
        assert!(lines.iter().any(|l| l == line), "{name}: {line} in {lines:#?}");
    }
}
