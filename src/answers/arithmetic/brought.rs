use super::{Arithmetic, number, term};
use crate::answers::{BringsRow, BringsView};

/// What a neighbor brings to a row: the two scores and their difference.
pub fn of_brought(view: &BringsView, row: &BringsRow) -> Arithmetic {
    let mut work = Arithmetic::new(format!("{}: with and without {}", row.label, view.neighbor.label));
    work.note(format!("model {}", view.model));
    if let Some(rating) = row.rating {
        work.note(format!("the rating behind its vote: {}", number(rating)));
    }
    let rank = |rank: Option<usize>| rank.map_or_else(|| "no rank".to_owned(), |rank| format!("rank {rank}"));
    work.note(format!(
        "with it {}, without it {}: {}",
        rank(row.rank),
        rank(row.rank_without),
        row.effect.name()
    ));
    match (row.score, row.score_without) {
        (Some(with), Some(without)) => {
            let numbers = format!("{} − {}", term(with), term(without));
            work.formula("it brings", "score with it − score without it", numbers, with - without);
        }
        (Some(with), None) => work.note(format!("score {} with it, none without it", number(with))),
        (None, Some(without)) => work.note(format!("score {} without it, none with it", number(without))),
        (None, None) => {}
    }
    work
}
