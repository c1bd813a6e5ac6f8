use super::*;
use crate::bandit::{Arm, How, Simulation, arms_of, parse_policies};
use crate::panes::Ask;
use crate::panes::controls::Value;
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::panes::widgets::score;
use crate::task::Cancel;

const TITLES: [&str; 10] = [
    "Star Wars (1977)",
    "Contact (1997)",
    "Fargo (1996)",
    "Liar Liar (1997)",
    "Scream (1996)",
    "Toy Story (1995)",
    "千と千尋の神隠し (2001)",
    "Dante's Peak (1997)",
    "Volcano (1997)",
    "One Flew Over the Cuckoo's Nest (1975)",
];

fn after(pulls: u64, running: bool) -> ColdStartView {
    let arms: Vec<Arm> = TITLES
        .iter()
        .enumerate()
        .map(|(n, title)| Arm {
            guess: None,
            id: n.to_string(),
            label: (*title).to_owned(),
            mean: 0.85 - 0.06 * n as f64,
        })
        .collect();
    let policies = parse_policies("thompson; epsilon-greedy:epsilon=0.1; ucb1").unwrap();
    let mut run = Simulation::new(&arms, &policies, 10_000, 42).unwrap();
    run.step_many(pulls, &Cancel::new()).unwrap();
    ColdStartView::of(&run, running, None, "a rating of 3 or more")
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&ColdStart, &after(4_210, true), &PaneState::default()));
}

#[test]
fn beside_each_other_where_it_is_wide() {
    insta::assert_snapshot!(text(&ColdStart, &after(4_210, false), &PaneState::default(), (130, 20)));
}

#[test]
fn it_keeps_the_contract() {
    for view in [
        after(0, true),
        after(1, false),
        after(10_000, true),
        ColdStartView::default(),
    ] {
        assert_contract(&ColdStart, &view);
    }
}

#[test]
fn states_are_told_in_words() {
    let line = |view: &ColdStartView| {
        text(&ColdStart, view, &PaneState::default(), (44, 12))
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    assert!(line(&after(50, true)).starts_with("▶ running  pull 50 of 10,000"));
    assert!(line(&after(50, false)).starts_with("‖ paused"));
    assert!(line(&after(10_000, false)).starts_with("✔ finished  pull 10,000 of 10,000"));
    assert!(text(&ColdStart, &ColdStartView::default(), &PaneState::default(), (44, 5)).contains("no arms"));
}

#[test]
fn an_arm_explains_itself() {
    let view = after(4_210, true);
    let lines = ColdStart.arithmetic(&view, &PaneState::default(), 1).unwrap();
    let (pulls, successes) = (view.policies[0].pulls[1], view.policies[0].successes[1]);
    let mean = (1.0 + successes as f64) / (2.0 + pulls as f64);
    let number = crate::answers::arithmetic::number;
    let has = |line: String| assert!(lines.contains(&line), "{line} in {lines:#?}");
    has(format!("= (1 + {successes}) / (2 + {pulls})"));
    has(format!("= {}", number(mean)));
    has(format!("= {pulls} × (0.85 − 0.79)"));
    let regret: f64 = lines.last().unwrap().strip_prefix("= ").unwrap().parse().unwrap();
    assert!((regret - pulls as f64 * 0.06).abs() < 1e-6 * regret.max(1.0));
    // The draws of all arms stand beside each other, and the largest is pulled next.
    let next = view.policies[0].next.as_ref().unwrap();
    has(format!("the {} before the next pull", next.figures_are));
    let drawn: Vec<f64> = next.figures.iter().flatten().copied().collect();
    for draw in &drawn {
        let printed = number(*draw);
        assert!(
            lines.iter().any(|l| l.split_whitespace().any(|word| word == printed)),
            "{printed} in {lines:#?}"
        );
    }
    if next.figures_are == "draws" {
        let largest = drawn.iter().copied().fold(f64::MIN, f64::max);
        assert_eq!(drawn[next.arm], largest);
    }
}

#[test]
fn the_axis_is_that_of_the_policies() {
    let mut view = after(2_000, true);
    let drawn = |view: &ColdStartView| text(&ColdStart, view, &PaneState::default(), (70, 40));
    let before = drawn(&view);
    assert!(before.contains("long-run bound"), "{before}");
    // However far the bound goes, the curves stay where they are.
    view.lower_bound = Some(1e6);
    let ends = |shown: &str| {
        shown
            .lines()
            .filter(|l| l.contains("pulls (log)"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let after = drawn(&view);
    assert_eq!(ends(&before), ends(&after));
    let top = |shown: &str| shown.lines().filter(|l| l.starts_with("228.5")).count();
    assert_eq!((top(&before), top(&after)), (1, 1), "{after}");
}

#[test]
fn a_key_turns_to_the_next_policy() {
    let state = PaneState {
        mode: 2,
        ..PaneState::default()
    };
    assert!(text(&ColdStart, &after(100, true), &state, (60, 30)).contains("▲ UCB1: what it has seen"));
}

/// After a step that was made alone: what decided it is known.
fn stepped(pulls: u64) -> ColdStartView {
    let mut view = after(pulls, false);
    let before = after(pulls - 1, false);
    for (policy, before) in view.policies.iter_mut().zip(before.policies) {
        policy.decided = before.next;
    }
    view
}

fn of_policy(mode: usize) -> PaneState {
    PaneState {
        mode,
        ..PaneState::default()
    }
}

#[test]
fn a_step_says_what_happened_and_why() {
    let view = stepped(200);
    for (mode, policy) in view.policies.iter().enumerate() {
        let (last, decided) = (policy.last.as_ref().unwrap(), policy.decided.as_ref().unwrap());
        assert_eq!((decided.arm, decided.how), (last.arm, last.how));
        let said = words::last(&view, policy).unwrap();
        let outcome = if last.success { ": a success" } else { ": a failure" };
        assert!(
            said.contains(&view.arms[last.arm].label) && said.ends_with(outcome),
            "{said}"
        );
        let shown = text(&ColdStart, &view, &of_policy(mode), (120, 30));
        assert!(shown.contains(&said), "{said} in\n{shown}");
    }
    assert!(
        words::last(&view, &view.policies[0])
            .unwrap()
            .starts_with("Thompson sampling drew .")
    );
    assert!(words::last(&view, &view.policies[0]).unwrap().contains(", the highest"));
    assert!(
        words::last(&view, &view.policies[2])
            .unwrap()
            .contains("the highest index is")
    );
    let explored = (1..300).map(stepped).find_map(|view| {
        let policy = &view.policies[1];
        let is_random = policy.last.as_ref().is_some_and(|l| l.how == How::Explore);
        is_random.then(|| words::last(&view, policy).unwrap())
    });
    assert!(explored.unwrap().starts_with("ε-greedy explored at random: "));
}

#[test]
fn draws_and_indices_stand_in_the_table() {
    let view = stepped(200);
    for (mode, head) in [(0, "draw"), (1, "average"), (2, "index")] {
        let shown = text(&ColdStart, &view, &of_policy(mode), (120, 30));
        assert!(
            shown.lines().any(|l| l.contains("pulls") && l.contains(head)),
            "{head} in\n{shown}"
        );
        let figure = view.policies[mode].next.as_ref().unwrap().figures[0].unwrap();
        assert!(shown.contains(&score(figure)), "{figure} in\n{shown}");
    }
}

#[test]
fn an_arm_that_is_no_item_has_the_guess_that_came_with_it() {
    let mut shared = crate::panes::Shared::default();
    let arm = Arm {
        id: "A new film".to_owned(),
        label: "A new film".to_owned(),
        mean: 0.61234567,
        guess: Some(0.61234567),
    };
    add_this_arm(&mut shared, &arm);
    let mut settings = ColdStart::query(&shared).unwrap();
    assert_eq!(question::rates_text(&settings.rates), "A new film=0.6123~0.6123");
    settings.from = "low-ctr".to_owned();
    let data = crate::models::tests_common::synthetic(5, 5);
    let last = |settings: &BanditSettings| settings.world_by_hand(&data).unwrap().arms.last().cloned().unwrap();
    assert_eq!((last(&settings).mean, last(&settings).guess), (0.6123, None));
    // Only what a policy goes by is told.
    settings.policies = parse_policies("top-two-thompson:strength=20").unwrap();
    assert_eq!(last(&settings).guess, Some(0.6123));
    settings.rates[0].rate = 0.2;
    assert_eq!((last(&settings).mean, last(&settings).guess), (0.2, Some(0.6123)));
}

#[test]
fn arms_of_kinds_of_people_stay_as_they_are() {
    let mut shared = crate::panes::Shared::default();
    let values = &mut shared.memory_mut(ColdStart::ID).values;
    values.insert("segments".to_owned(), Value::Text("gender".to_owned()));
    let before = shared.values(ColdStart::ID);
    add_this_arm(&mut shared, &arms_of(&[0.5])[0]);
    assert_eq!(shared.values(ColdStart::ID), before);
    assert!(shared.notice.is_some_and(|said| said.contains("segments none")));
}

#[test]
fn the_end_says_how_to_go_on() {
    for size in [(38, 8), (48, 15), (120, 30)] {
        let shown = text(&ColdStart, &stepped(10_000), &PaneState::default(), size);
        assert!(
            size.0 < 100 || shown.contains("the run is finished: r starts over"),
            "{shown}"
        );
        let shown = text(&ColdStart, &after(10_000, false), &PaneState::default(), size);
        assert!(shown.contains("the run is finished: r starts over"), "{shown}");
    }
}
