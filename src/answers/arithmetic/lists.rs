use super::{Arithmetic, Columns, Step, number, of_tree, term};
use crate::answers::{FactorsView, ProfileRow, ProfileView, RecommendView, learned};
use crate::task::Cancel;

/// A row of a list: its score from the raw figures, as Why has it; where that is not at hand, from the shares of the
/// components.
pub fn of_recommendation(view: &RecommendView, row: usize) -> Option<Arithmetic> {
    let row = view.items.get(row)?;
    let mut work = Arithmetic::new(row.label.clone());
    if !row.parts.is_empty() {
        work.steps.push(Step::Table(Columns {
            heads: vec!["component".to_owned(), "share".to_owned()],
            rows: view
                .components
                .iter()
                .cloned()
                .zip(row.parts.iter().map(|part| vec![*part]))
                .collect(),
            total: ("score".to_owned(), vec![Some(row.score)]),
        }));
    }
    work.note(format!("score {} {}", number(row.score), view.unit));
    if let Some(tree) = view.explainer.as_ref().and_then(|e| e.tree(row.entity)) {
        for part in of_tree(&tree) {
            work.note(String::new());
            work.note(part.title);
            work.steps.extend(part.steps);
        }
    }
    let scored = view.explainer.as_ref().and_then(|e| Some((e, e.score_of(row.entity)?)));
    let learned = scored.and_then(|(explainer, (whose, item))| {
        let (world, formula) = explainer.by();
        learned::of_score(world, (&whose, item), formula, &Cancel::new()).ok()
    });
    for part in learned.into_iter().flatten() {
        work.note(String::new());
        work.note(part.title);
        work.steps.extend(part.steps);
    }
    Some(work)
}

/// The factors of the subject and the focus item: the product of the one at `row` of `order`, all of them in that order,
/// and the score that their products and the biases add up to. Without a focus item, the numbers alone.
pub fn of_factors(view: &FactorsView, order: &[usize], row: usize) -> Arithmetic {
    let name = |f: usize| format!("f{}", f + 1);
    let own = |f: usize| view.factors.get(f).copied().unwrap_or(0.0);
    let Some((named, bias, other)) = &view.focus else {
        let mut work = Arithmetic::new(format!(
            "{} {}: no item is in focus, so nothing is multiplied",
            view.kind, view.label
        ));
        work.steps.push(Step::Table(Columns {
            heads: vec!["factor".to_owned(), view.kind.to_owned()],
            rows: order.iter().map(|&f| (name(f), vec![own(f)])).collect(),
            total: (format!("bias of the {}", view.kind), vec![Some(view.bias)]),
        }));
        return work;
    };
    let mut work = Arithmetic::new(format!("{} {} and {}", view.kind, view.label, named.label));
    let other = |f: usize| other.get(f).copied().unwrap_or(0.0);
    if let Some(&f) = order.get(row) {
        let numbers = format!("{} × {}", term(own(f)), term(other(f)));
        work.formula(
            &name(f),
            &format!("{} × {}", view.kind, named.kind),
            numbers,
            own(f) * other(f),
        );
    }
    let products = view.products.unwrap_or_default();
    work.steps.push(Step::Table(Columns {
        heads: ["factor", view.kind, named.kind, "product"].map(str::to_owned).to_vec(),
        rows: order
            .iter()
            .map(|&f| (name(f), vec![own(f), other(f), own(f) * other(f)]))
            .collect(),
        total: ("sum".to_owned(), vec![None, None, Some(products)]),
    }));
    let (b_own, b_other) = if view.kind == "user" {
        ("b_u", "b_i")
    } else {
        ("b_i", "b_u")
    };
    work.formula(
        "score",
        &format!("μ + {b_own} + {b_other} + Σ"),
        [view.mean, view.bias, *bias, products].map(term).join(" + "),
        view.score.unwrap_or_default(),
    );
    work.note("one factor is not a reason: a rotation changes the parts, never their sum");
    work
}

/// A rating beside the mean of its profile.
pub fn of_rating(view: &ProfileView, row: &ProfileRow) -> Arithmetic {
    let mut work = Arithmetic::new(row.label.clone());
    let one = view.words.unit.one;
    work.note(match (row.rating, row.stored) {
        (None, stored) => format!(
            "removed; stored: {}",
            stored.flatten().map_or_else(|| "nothing".to_owned(), number)
        ),
        (Some(now), Some(Some(stored))) => format!("{one} {}, stored {}", number(now), number(stored)),
        (Some(now), Some(None)) => format!("{one} {}, not in the data", number(now)),
        (Some(now), None) => format!("{one} {}", number(now)),
    });
    let (Some(rating), Some(mean)) = (row.rating, view.mean) else {
        return work;
    };
    let apart = rating - mean;
    work.formula(
        "from the mean",
        &format!("{one} − mean"),
        format!("{} − {}", term(rating), term(mean)),
        apart,
    );
    if let Some(deviation) = view.deviation.filter(|d| *d > 0.0) {
        let numbers = format!("{} / {}", term(apart), term(deviation));
        work.formula(
            "in deviations",
            &format!("({one} − mean) / deviation"),
            numbers,
            apart / deviation,
        );
    }
    work
}
