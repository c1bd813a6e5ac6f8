use crate::data::FeedbackKind;
use std::sync::Arc;

use super::*;
use crate::answers::World;
use crate::answers::leaderboard::{Board, columns, first_models, measures};
use crate::evaluate::{ModelRow, Outcome};
use crate::models::tests_common as testing;
use crate::panes::tests_common::{assert_contract, draw, lines, text};
use crate::panes::{Rows, Theme};
use crate::task::Task;

/// What the screen gives it at 80×24, 120×40 and 200×60.
const SIZES: [(u16, u16); 3] = [(78, 8), (118, 13), (198, 20)];

/// The first `measured` of the models with invented figures, so that no change to a model changes a picture.
pub fn view(measured: usize, state: BoardState) -> LeaderboardView {
    let models = first_models(FeedbackKind::Ratings);
    let mut board = Board::new(World::new(testing::synthetic(60, 50), 42));
    board.prepare(&Task::unattended()).unwrap();
    let users = board.view(&[], state).people.len();
    for (n, model) in models.iter().enumerate().take(measured) {
        board.keep(model, invented(n, model, users));
    }
    board.view(&models, state)
}

/// Figures that rise from popularity over item-knn to ease; only svd predicts.
fn invented(n: usize, model: &str, users: usize) -> ModelRow {
    let level = [25, 43, 48, 10, 44][n];
    let value = |user: usize| ((level + (user * 37 + n * 11) % 50).saturating_sub(25)) as f64 / 100.0;
    let outcome = |(at, metric): (usize, Metric)| {
        let by_user: Vec<f64> = if at == 0 {
            (0..users).map(value).collect()
        } else {
            Vec::new()
        };
        let mean = match metric.spec().name {
            "ndcg" => Some(by_user.iter().sum::<f64>() / users as f64),
            "rmse" => (model == "svd").then_some(0.9361),
            "novelty" => Some(2.0 + n as f64 / 8.0),
            _ => Some((level * (at + 8)) as f64 / 1000.0),
        };
        let reason = mean.is_none().then(|| "the model's scores are not ratings".to_owned());
        let values = vec![mean];
        Outcome {
            metric,
            mean,
            values,
            known: None,
            seeds: None,
            reason,
            by_user,
        }
    };
    ModelRow {
        model: model.to_owned(),
        metrics: measures(FeedbackKind::Ratings)
            .into_iter()
            .enumerate()
            .map(outcome)
            .collect(),
        fit_seconds: 0.25 * n as f64,
        test_seconds: 0.5,
        error: None,
    }
}

fn running() -> LeaderboardView {
    let report = Report::of("fitting svd", 12, 20, "epochs");
    LeaderboardView {
        running: Some((3, Some(report))),
        ..view(3, BoardState::Running)
    }
}

fn failed() -> LeaderboardView {
    let mut view = view(3, BoardState::Stopped);
    let measured = Arc::make_mut(view.rows[1].measured.as_mut().unwrap());
    measured.row.error = Some("item-knn needs more memory than there is".to_owned());
    for outcome in &mut measured.row.metrics {
        outcome.mean = None;
        outcome.by_user = Vec::new();
    }
    view.rows[1].against = None;
    view.rows[1].p_holm = None;
    view
}

#[test]
fn what_is_invented_rises_along_the_ladder() {
    let view = view(5, BoardState::Done);
    let values: Vec<f64> = view.steps.iter().map(|s| s.value.unwrap()).collect();
    assert!(values.is_sorted() && view.best() == Some(2), "{values:?}");
}

#[test]
fn three_sizes() {
    let view = view(5, BoardState::Done);
    let one = |size: (u16, u16)| {
        let shown = text(&Leaderboard, &view, &PaneState::default(), size);
        format!("[{}×{}]\n{shown}\n", size.0, size.1)
    };
    insta::assert_snapshot!(SIZES.map(one).join("\n"));
}

#[test]
fn it_keeps_the_contract() {
    for view in [
        view(5, BoardState::Done),
        running(),
        failed(),
        view(0, BoardState::Asks),
        LeaderboardView::default(),
    ] {
        assert_contract(&Leaderboard, &view);
    }
}

#[test]
fn every_phase_says_what_it_is() {
    let shown = |view: &LeaderboardView, size| text(&Leaderboard, view, &PaneState::default(), size);
    for size in SIZES {
        let growing = shown(&running(), size);
        for wanted in [
            "3 of 5 measured",
            "fitting svd · 12 of 20 epochs",
            "not measured yet",
            "space stops",
        ] {
            assert!(growing.contains(wanted), "{wanted} in {growing}");
        }
        let broken = shown(&failed(), size);
        assert!(
            broken.contains("item-knn needs more memory") && broken.contains("space goes on"),
            "{broken}"
        );
        let mut large = view(0, BoardState::Asks);
        (large.cost.ratings, large.cost.bytes, large.cost.users) = (10_000_054, 180_000_000, 69_878);
        let asking = shown(&large, size).split_whitespace().collect::<Vec<_>>().join(" ");
        for wanted in [
            "10,000,054 ratings",
            "about 180 MB",
            "Measuring 5 models",
            "69,878 users",
            "space starts it",
        ] {
            assert!(asking.contains(wanted), "{wanted} in {asking}");
        }
        let whole = shown(&view(5, BoardState::Done), size);
        let size = view(5, BoardState::Done).size.unwrap();
        for wanted in [
            size.train.to_string(),
            size.test.to_string(),
            format!("{} users", size.users),
            "seen".to_owned(),
        ] {
            assert!(whole.contains(&wanted), "{wanted} in {whole}");
        }
    }
    let title = Leaderboard.title(Some(&running()), &Selection::default());
    assert_eq!(title, "Leaderboard · stratified:seed=42,generator=numpy");
}

#[test]
fn rows_stand_best_first_by_any_column_and_those_without_a_value_last() {
    let view = view(4, BoardState::Stopped);
    for mode in 0..=view.metrics.len() {
        let state = PaneState {
            mode,
            ..PaneState::default()
        };
        let order = ranked(&view, &state);
        let values: Vec<Option<f64>> = order.iter().map(|n| value(&view, &view.rows[*n], mode)).collect();
        let known: Vec<f64> = values.iter().copied().flatten().collect();
        assert!(values[..known.len()].iter().all(Option::is_some), "{mode}: {values:?}");
        let sorted = if lower_is_better(&view, mode) {
            known.is_sorted()
        } else {
            known.is_sorted_by(|a, b| a >= b)
        };
        assert!(sorted, "{mode}: {values:?}");
        assert_eq!(order.last(), Some(&4), "the one that is not measured");
        // Keys and targets are those of the model, wherever it stands.
        for (row, n) in order.iter().enumerate() {
            let model = &view.rows[*n].model;
            assert_eq!(Leaderboard.row_key(&view, &state, row), model_key(model));
            assert_eq!(
                Leaderboard.target(&view, &state, row),
                Some(Target::Model(model.clone()))
            );
        }
    }
    assert!(view.metrics.len() < COLUMNS);
}

#[test]
fn the_best_of_each_column_stands_out_without_colors_too() {
    let view = view(5, BoardState::Done);
    for theme in [
        Theme::default(),
        Theme::new(crate::panes::ThemeName::Mono, crate::panes::theme::Depth::Mono),
    ] {
        let state = PaneState {
            cursor: 4,
            ..PaneState::default()
        };
        let (buffer, drawn) = draw(&Leaderboard, &view, &state, (198, 20), &theme);
        let row = |n: u16| drawn.rows.y + n;
        let line = &lines(&buffer)[usize::from(row(0))];
        let best = Figures::with(4).text(value(&view, &view.rows[ranked(&view, &state)[0]], 0).unwrap());
        let at = line.find(&best).unwrap_or_else(|| panic!("{best} in {line}")) as u16;
        assert!(buffer[(at, row(0))].modifier.contains(ratatui::style::Modifier::BOLD));
        assert!(!buffer[(at, row(1))].modifier.contains(ratatui::style::Modifier::BOLD));
    }
}

#[test]
fn the_model_of_all_panes_is_marked_and_edits_are_said_to_play_no_part() {
    let view = view(5, BoardState::Done);
    let shown = |edits: bool| {
        let mut selection = Selection {
            formula: std::sync::Arc::new(crate::models::Formula::parse("ease").unwrap()),
            ..Selection::default()
        };
        if edits {
            let mut made = crate::data::Edits::default();
            let data = testing::synthetic(60, 50);
            made.set(&data, crate::data::UserIx(0), crate::data::ItemIx(0), Some(1.0));
            selection.edits = Arc::new(made);
        }
        let area = Rect::new(0, 0, 118, 13);
        let mut buffer = Buffer::empty(area);
        let state = PaneState::default();
        let input = PaneInput {
            theme: &Theme::default(),
            selection: &selection,
            words: crate::data::Words::default(),
            state: &state,
            rows: Rows::All(5),
            focused: true,
            stale: false,
        };
        Leaderboard.draw(&view, &input, area, &mut buffer);
        lines(&buffer)
    };
    let plain = shown(false);
    let marked: Vec<&String> = plain[2..7].iter().filter(|l| l.starts_with('●')).collect();
    assert!(marked.len() == 1 && marked[0].contains("ease"), "{marked:?}");
    assert!(plain.iter().all(|l| !l.contains("what-if")));
    assert!(shown(true).iter().any(|l| l.contains("without the what-if edits")));
}

#[test]
fn the_arithmetic_has_every_figure_with_its_meaning() {
    let view = view(5, BoardState::Done);
    let lines = Leaderboard.arithmetic(&view, &PaneState::default(), 1).unwrap();
    let shown = lines.join("\n");
    for metric in &view.metrics {
        assert!(shown.contains(&metric.to_string()), "{metric} in {shown}");
    }
    assert!(
        shown.contains("nDCG@10 against") && shown.contains("the same"),
        "{shown}"
    );
    let why = Leaderboard.arithmetic(&failed(), &PaneState::default(), 2).unwrap();
    assert!(why.iter().any(|l| l.contains("more memory")), "{why:?}");
}

#[test]
fn what_is_taken_home_are_the_rows_that_are_there() {
    let table = Leaderboard.export(&running());
    assert_eq!(table.rows.len(), 3);
    assert_eq!(table.columns[..3], ["model", "p_holm", "ndcg@10"]);
    assert_eq!(table.rows[0][2], Cell::from(running().rows[0].mean("ndcg@10")));
}

#[test]
fn columns_are_chosen_and_the_rest_follows() {
    let chosen = |text: &str| columns(text, FeedbackKind::Ratings);
    let names = |text: &str| -> Vec<String> { chosen(text).unwrap().iter().map(ToString::to_string).collect() };
    assert_eq!(names("usual"), names("usual,ndcg@10,rmse"));
    assert_eq!(names("coverage@10, recall"), ["ndcg@10", "coverage@10", "recall@10"]);
    assert!(chosen("ndgc@10").unwrap_err().contains("ndcg"));
    let long: Vec<String> = (1..60).map(|k| format!("hit@{k}")).collect();
    assert!(chosen(&long.join(",")).unwrap_err().contains("at most 31"));
    let view = LeaderboardView {
        metrics: chosen("coverage@10,recall@10").unwrap(),
        ..view(5, BoardState::Done)
    };
    for size in SIZES {
        let shown = text(&Leaderboard, &view, &PaneState::default(), size);
        assert!(shown.contains("recall") && !shown.contains("RMSE"), "{shown}");
    }
    let table = Leaderboard.export(&view);
    assert_eq!(
        table.columns[2..],
        ["ndcg@10", "coverage@10", "recall@10", "fit_seconds", "error"]
    );
    assert_eq!(table.paper.unwrap().columns.len(), 3);
}

#[test]
fn a_click_on_a_head_ranks_by_its_column() {
    let view = view(5, BoardState::Done);
    let (buffer, drawn) = draw(&Leaderboard, &view, &PaneState::default(), SIZES[2], &Theme::default());
    assert!(drawn.heads.len() >= 5);
    for (place, mode) in &drawn.heads {
        let head: String = (place.left()..place.right())
            .map(|x| buffer[(x, place.y)].symbol())
            .collect();
        assert!(head.contains(&ranking(&view, *mode)), "{head:?} for {mode}");
    }
}
