//! The models of the leaderboard: which stand on it, and what keys do to them.

use super::screens::{LEADERBOARD, USERS};
use super::state::State;
use crate::answers::leaderboard::{LADDER, first_models};
use crate::models::Catalog;
use crate::panes::leaderboard::model_key;
use crate::panes::{PaneId, Target};

/// The most models on the board.
const MOST: usize = crate::panes::users::MODES - 1;

/// Puts the model of all panes on the board, where it isn't yet. On a full board the last one gives way.
pub fn stand_by(state: &mut State) {
    let formula = &state.selection.formula;
    if !state.board.contains(formula) {
        state.board.truncate(MOST - 1);
        state.board.push(formula.clone());
    }
}

/// The place on the board of the model under the cursor, where there is one.
pub fn under_cursor(state: &State) -> Option<usize> {
    match state.facts.target {
        Some(Target::Model(key)) => find(state, key),
        _ => None,
    }
}

fn find(state: &State, key: u64) -> Option<usize> {
    state.board.iter().position(|m| model_key(m) == key)
}

/// Whether a model may be taken off: not the lesson's, and not the one that answers every pane.
pub fn is_removable(state: &State, at: usize) -> bool {
    let model = state.board.get(at);
    model.is_some_and(|m| !LADDER.contains(&m.as_str()) && *m != state.selection.formula)
}

/// Takes the model under the cursor off the board.
pub fn remove(state: &mut State) {
    if let Some(at) = under_cursor(state).filter(|at| is_removable(state, *at)) {
        state.board.remove(at);
        // Users are shown by the place of the model: begin with the best again.
        state.panes.entry(USERS).or_default().mode = 0;
    }
}

/// Lets a model answer every pane.
pub fn open(state: &mut State, at: usize) {
    if let Some(model) = state.board.get(at) {
        state.notice = Some(format!("{model} answers every pane: 1 shows its list"));
        state.selection.formula.clone_from(model);
    }
}

/// Shows the users of a model.
pub fn show_users(state: &mut State, key: u64) {
    let Some(at) = find(state, key) else { return };
    let users = state.panes.entry(USERS).or_default();
    if users.mode != at + 1 {
        (users.mode, users.cursor, users.offset) = (at + 1, 0, 0);
    }
}

/// While nobody chose a model, the cursor stays on the best one, whose users are shown.
pub fn settle(state: &mut State) {
    if state.panes.get(&USERS).is_none_or(|users| users.mode == 0) {
        state.panes.entry(LEADERBOARD).or_default().cursor = 0;
    }
}

/// Whether a pane shows what belongs to no subject.
pub fn is_of_board(pane: PaneId) -> bool {
    [LEADERBOARD, USERS].contains(&pane)
}

/// The models of a session before, the lesson's first; what can't be read is passed over.
pub fn remembered(models: &[String], catalog: &Catalog) -> Vec<String> {
    if models.is_empty() {
        return first_models();
    }
    let read = models
        .iter()
        .filter_map(|m| catalog.parse(m).ok())
        .map(|f| f.to_string());
    let mut board: Vec<String> = LADDER.map(str::to_owned).to_vec();
    for model in read.take(MOST) {
        if !board.contains(&model) {
            board.push(model);
        }
    }
    board.truncate(MOST);
    board
}

/// What is remembered of a board: nothing of one that is as it was at first.
pub fn to_remember(board: &[String]) -> Vec<String> {
    if board == first_models() {
        Vec::new()
    } else {
        board.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(models: &[&str]) -> Vec<String> {
        models.iter().map(|m| (*m).to_owned()).collect()
    }

    fn on(model: &str) -> State {
        let mut state = State {
            board: first_models(),
            ..State::default()
        };
        state.facts.target = Some(Target::Model(model_key(model)));
        state
    }

    #[test]
    fn the_model_of_all_panes_stands_on_the_board() {
        let mut state = on("svd");
        stand_by(&mut state);
        assert_eq!(state.board, first_models());
        state.selection.formula = "svdpp".to_owned();
        stand_by(&mut state);
        stand_by(&mut state);
        assert_eq!(
            (state.board.len(), state.board.last().map(String::as_str)),
            (6, Some("svdpp"))
        );
        // However many there were: one that is chosen has a row.
        for n in 1..=100 {
            state.selection.formula = format!("svd:factors={n}");
            stand_by(&mut state);
        }
        assert_eq!(
            (state.board.len(), state.board.last()),
            (MOST, Some(&state.selection.formula))
        );
        assert!(state.board.starts_with(&first_models()));
    }

    #[test]
    fn the_lesson_stays_and_so_does_the_model_of_all_panes() {
        for (model, removable) in [
            ("popularity", false),
            ("item-knn", false),
            ("ease", false),
            ("svd", true),
            (crate::models::DEFAULT_FORMULA, false),
            ("no such row", false),
        ] {
            let mut state = on(model);
            state.panes.entry(USERS).or_default().mode = 3;
            assert_eq!(state.can_remove_model(), removable, "{model}");
            remove(&mut state);
            assert_eq!(state.board.len(), 5 - usize::from(removable), "{model}");
            assert_eq!(state.pane_state(USERS).mode, if removable { 0 } else { 3 });
        }
    }

    #[test]
    fn a_row_leads_to_its_users_and_opens_as_the_model() {
        let mut state = on("ease");
        state.panes.entry(LEADERBOARD).or_default().cursor = 2;
        settle(&mut state);
        assert_eq!(state.pane_state(LEADERBOARD).cursor, 0);
        state.panes.entry(USERS).or_default().cursor = 7;
        show_users(&mut state, model_key("ease"));
        assert_eq!((state.pane_state(USERS).mode, state.pane_state(USERS).cursor), (3, 0));
        state.panes.entry(LEADERBOARD).or_default().cursor = 2;
        settle(&mut state);
        assert_eq!(state.pane_state(LEADERBOARD).cursor, 2);
        let at = under_cursor(&state).unwrap();
        open(&mut state, at);
        assert_eq!(state.selection.formula, "ease");
        assert!(state.notice.unwrap().contains("ease answers every pane"));
    }

    #[test]
    fn boards_are_remembered() {
        let remembered = |models: &[String]| remembered(models, &Catalog::default());
        assert_eq!(remembered(&[]), first_models());
        assert!(to_remember(&first_models()).is_empty());
        let before = names(&["popularity", "item-knn", "ease", "svdpp"]);
        assert_eq!(remembered(&to_remember(&before)), before);
        // A file may say anything: the lesson is there, what can't be read is not, nothing is there twice.
        let odd = names(&["svd", "no such model", "ease", "svd:factors=100"]);
        assert_eq!(remembered(&odd), names(&["popularity", "item-knn", "ease", "svd"]));
        let many: Vec<String> = (1..200).map(|n| format!("svd:factors={n}")).collect();
        assert_eq!(remembered(&many).len(), MOST);
    }
}
