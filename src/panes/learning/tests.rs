use super::*;
use crate::answers::onboarding::{Demographic, Overtake, Strategy};
use crate::panes::tests_common::{assert_contract, text, texts};

fn strategy(name: &str, from: f64, to: f64) -> Strategy {
    Strategy {
        name: name.to_owned(),
        ndcg: (0..=20)
            .map(|n| from + (to - from) * (1.0 - (-0.2 * f64::from(n)).exp()))
            .collect(),
        stderr: vec![0.01; 21],
        error: None,
    }
}

fn view() -> LearningView {
    let unfit = Strategy {
        name: "demographic".to_owned(),
        ndcg: Vec::new(),
        stderr: Vec::new(),
        error: Some("no user has attributes".to_owned()),
    };
    LearningView {
        result: Some(OnboardingView {
            ask: "popularity*entropy",
            questions: 20,
            newcomers: 100,
            answered: (0..=20).map(|n| f64::from(n) / 4.0).collect(),
            strategies: vec![
                strategy("popularity", 0.24, 0.25),
                unfit,
                strategy("als:factors=16", 0.0, 0.31),
            ],
            overtakes: vec![Overtake {
                name: "als:factors=16".to_owned(),
                over: "popularity".to_owned(),
                questions: 8,
                answered: 2.0,
            }],
            demographic: Demographic { columns: Vec::new() },
        }),
        report: None,
        asks: false,
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Learning, &view(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    let asks = LearningView {
        asks: true,
        ..LearningView::default()
    };
    for view in [view(), asks, LearningView::default()] {
        assert_contract(&Learning, &view);
    }
}

#[test]
fn who_overtakes_is_said() {
    let shown = text(&Learning, &view(), &PaneState::default(), (70, 26));
    assert!(
        shown.contains("als is ahead of popularity after 8 questions"),
        "{shown}"
    );
    assert!(shown.contains("no user has attributes"), "{shown}");
}
