use super::*;
use crate::answers::leaderboard::{LeaderboardView, Step, ladder as models};
use crate::data::FeedbackKind;
use crate::evaluate::Paired;
use crate::panes::PaneState;
use crate::panes::tests_common::{assert_contract, text};

/// What the screen gives it at 80×24, 120×40 and 200×60.
const SIZES: [(u16, u16); 3] = [(43, 10), (67, 21), (114, 34)];

/// A ladder of these values, each step with an interval of ± `half`.
fn ladder(values: [f64; 3], half: Option<f64>) -> LeaderboardView {
    let gain = |n: usize| {
        (n > 0).then(|| Paired {
            mean: values[n] - values[n - 1],
            half_width: half,
            higher: if half.is_some() { 700 } else { 3 },
            lower: if half.is_some() { 200 } else { 2 },
            same: if half.is_some() { 43 } else { 1 },
        })
    };
    let step = |n: usize| Step {
        model: models(FeedbackKind::Ratings)[n],
        value: Some(values[n]),
        coverage: Some([0.0268, 0.261, 0.173][n]),
        error: None,
        gain: gain(n),
    };
    let mut view = LeaderboardView {
        state: BoardState::Done,
        ..super::super::leaderboard::tests::view(5, BoardState::Done)
    };
    view.steps = vec![step(0), step(1), step(2)];
    view
}

fn good() -> LeaderboardView {
    ladder([0.2523, 0.4291, 0.4829], Some(0.0136))
}

fn shown(view: &LeaderboardView, size: (u16, u16)) -> String {
    text(&Lesson, view, &PaneState::default(), size)
}

/// A text without its line breaks.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn three_sizes() {
    let one = |size: (u16, u16)| format!("[{}×{}]\n{}\n", size.0, size.1, shown(&good(), size));
    insta::assert_snapshot!(SIZES.map(one).join("\n"));
}

#[test]
fn it_keeps_the_contract() {
    let mut error = good();
    (error.steps[2].value, error.steps[2].gain) = (None, None);
    error.steps[2].error = Some("ease needs 3 GB for 20,000 items".to_owned());
    for view in [
        good(),
        error,
        ladder([0.5, 0.4, 0.6], None),
        super::super::leaderboard::tests::view(1, BoardState::Running),
        super::super::leaderboard::tests::view(0, BoardState::Asks),
        LeaderboardView::default(),
    ] {
        assert_contract(&Lesson, &view);
    }
}

#[test]
fn what_it_says_is_what_the_rows_say() {
    let say = |view: &LeaderboardView| words::conclusions(view).join(" ");
    for (values, half, wanted) in [
        (
            [0.2523, 0.4291, 0.4829],
            Some(0.0136),
            "Knowing whom the list is for brings the most: +.1768. The other idea adds +.0538.",
        ),
        (
            [0.2523, 0.3000, 0.4829],
            Some(0.0136),
            "Looking at all pairs at once brings the most: +.1829. The other idea adds +.0477.",
        ),
        (
            [0.2523, 0.2523, 0.4829],
            Some(0.0136),
            "Here item-knn ranks as well as popularity, and no better; that may be chance",
        ),
        (
            [0.4000, 0.3000, 0.4829],
            Some(0.0136),
            "Here item-knn does not rank better than popularity (-.1000): the idea does not pay",
        ),
        (
            [0.2523, 0.4291, 0.4300],
            Some(0.0136),
            "ease ranks better than item-knn, by +.0009; that may be chance: the interval includes 0.",
        ),
        (
            [0.2523, 0.4291, 0.4829],
            None,
            "ease ranks better than item-knn, by +.0538; but 6 tested users are too few to tell that from chance.",
        ),
        (
            [0.4000, 0.3000, 0.4829],
            None,
            "Here item-knn does not rank better than popularity (-.1000); but 6 tested users are too few",
        ),
    ] {
        let said = say(&ladder(values, half));
        assert!(said.contains(wanted), "{wanted} in {said}");
        // Where a step does not hold, nothing is praised.
        assert_eq!(
            said.contains("brings the most"),
            wanted.contains("brings the most"),
            "{said}"
        );
        let shares = said.replace('\u{a0}', " ");
        assert!(shares.contains("popularity 2.7 %, item-knn 26 %, ease 17 %"), "{said}");
    }
}

#[test]
fn nothing_is_concluded_before_all_steps_are_there() {
    let view = super::super::leaderboard::tests::view(2, BoardState::Running);
    assert!(words::conclusions(&view).is_empty() && words::next(&view).is_empty());
    for size in SIZES {
        let text = shown(&view, size);
        assert!(text.contains("3 ease") && text.contains("not measured yet"), "{text}");
    }
    let asks = super::super::leaderboard::tests::view(0, BoardState::Asks);
    assert!(flat(&shown(&asks, SIZES[0])).contains("read from the leaderboard, once it is measured"));
}

#[test]
fn every_size_has_the_steps_the_gains_and_the_keys() {
    for size in SIZES {
        let text = flat(&shown(&good(), size));
        for wanted in [
            ".2523",
            ".4291",
            ".4829",
            "+.1768",
            "+.0538",
            "brings the most",
            "Enter",
        ] {
            assert!(text.contains(wanted), "{size:?}: {wanted} in {text}");
        }
    }
}

#[test]
fn bars_are_made_of_what_each_idea_added_and_of_one_piece_where_one_took_away() {
    let close = |a: &[f64], b: &[f64]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
    let up = good().steps;
    assert!(close(&parts(&up, 0), &[0.2523]) && close(&parts(&up, 2), &[0.2523, 0.1768, 0.0538]));
    let down = ladder([0.4, 0.3, 0.5], Some(0.01)).steps;
    assert!(close(&parts(&down, 1), &[0.3]) && close(&parts(&down, 2), &[0.5]));
}

#[test]
fn the_arithmetic_adds_up() {
    let lines = Lesson.arithmetic(&good(), &PaneState::default(), 0).unwrap();
    assert!(
        lines
            .iter()
            .any(|l| l.contains("ease") && l.ends_with(".482900  = .429100 +.053800")),
        "{lines:?}"
    );
    assert!(
        lines.iter().any(|l| l.contains("95 % interval +.163200 to +.190400")),
        "{lines:?}"
    );
    let part = super::super::leaderboard::tests::view(1, BoardState::Running);
    assert_eq!(Lesson.arithmetic(&part, &PaneState::default(), 0), None);
}
