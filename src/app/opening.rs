//! How a session begins and what is remembered of it.

use super::board;
use super::screens::find_screen;
use super::session::Session;
use super::state::State;
use crate::answers::{Subject, Whose, World};
use crate::data::{Dataset, UserIx};
use crate::models::DEFAULT_FORMULA;
use crate::panes::ThemeName;

/// The state to begin with: as it was, as far as that still exists; `model` goes before the remembered one.
pub fn state(world: &World, session: Session, model: Option<String>) -> State {
    let mut state = State::default();
    let (data, catalog) = (&world.dataset, world.catalog());
    let remembered = match session.subject_kind.as_str() {
        "user" => data
            .find_user(&session.subject_id)
            .map(|u| Subject::Person(Whose::User(u))),
        "item" => data.find_item(&session.subject_id).map(Subject::Item),
        _ => None,
    };
    if let Some(subject) = remembered.or_else(|| worth_looking_at(data)) {
        state.selection.subject = subject;
    }
    let formulas = [model.as_deref(), Some(session.model.as_str()), Some(DEFAULT_FORMULA)];
    let mut read = formulas.into_iter().flatten().filter_map(|f| catalog.parse(f).ok());
    state.selection.formula = read
        .next()
        .map_or_else(|| DEFAULT_FORMULA.to_owned(), |f| f.to_string());
    state.selection.seed = world.seed();
    state.board = board::remembered(&session.compared, catalog);
    state.screen = session.screen.chars().next().and_then(find_screen).unwrap_or(0);
    // Recommendations lead: the keyboard starts there.
    let panes = state.screen().panes;
    let pane = panes.iter().position(|p| p.0 == session.pane);
    state.focused = pane
        .or_else(|| panes.iter().position(|p| p.0 == "recommendations"))
        .unwrap_or(0);
    if let Some(theme) = session.theme.as_deref().and_then(ThemeName::parse) {
        state.theme = theme;
        state.theme_chosen = true;
    }
    state.sizes = session.sizes;
    state
}

/// What is remembered of a state. A guest is not: nobody outside the dataset has an id.
pub fn session(state: &State, world: &World) -> Session {
    let data = &world.dataset;
    let (kind, id) = match &state.selection.subject {
        Subject::Person(Whose::User(user)) => ("user", data.user_id(*user)),
        Subject::Person(Whose::Guest(_)) => ("", ""),
        Subject::Item(item) => ("item", data.item_id(*item)),
    };
    Session {
        subject_kind: kind.to_owned(),
        subject_id: id.to_owned(),
        model: state.selection.formula.clone(),
        screen: state.screen().digit.to_string(),
        theme: state.theme_chosen.then(|| state.theme.name().to_owned()),
        pane: state.pane().0.to_owned(),
        compared: board::to_remember(&state.board),
        sizes: state.sizes.clone(),
    }
}

/// Somebody with enough ratings to have a taste, and few enough to see it: the first with 40 to 150 ratings, else whoever
/// has the most. An item where there is nobody.
fn worth_looking_at(data: &Dataset) -> Option<Subject> {
    let count = |user: UserIx| data.user_row(user).len();
    let fitting = data.users().find(|u| (40..=150).contains(&count(*u)));
    // The first of those with the most.
    let most = || data.users().max_by_key(|u| (count(*u), std::cmp::Reverse(u.0)));
    let user = fitting.or_else(most).map(|u| Subject::Person(Whose::User(u)));
    user.or_else(|| data.items().next().map(Subject::Item))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing;

    #[test]
    fn a_session_is_taken_up_again() {
        let world = testing::toy_world();
        let mut before = state(&world, Session::default(), None);
        before.selection.subject = Subject::Item(world.dataset.items().nth(2).unwrap());
        before.selection.formula = "popularity".to_owned();
        before.focused = 3;
        before.theme = ThemeName::Light;
        before.theme_chosen = true;
        before.sizes.insert("1-wide-row-0".to_owned(), 2);
        let remembered = session(&before, &world);
        let after = state(&world, remembered.clone(), None);
        assert_eq!(after.selection, before.selection);
        assert_eq!(
            (after.focused, after.theme, after.sizes.clone()),
            (3, ThemeName::Light, before.sizes)
        );
        // What was asked for goes before what is remembered.
        assert_eq!(
            state(&world, remembered, Some("item-knn".to_owned())).selection.formula,
            "item-knn"
        );
    }

    #[test]
    fn what_no_longer_exists_is_passed_over() {
        let world = testing::toy_world();
        let gone = Session {
            subject_kind: "user".to_owned(),
            subject_id: "nobody".to_owned(),
            model: "no-such-model".to_owned(),
            screen: "x".to_owned(),
            theme: Some("pink".to_owned()),
            pane: "lost".to_owned(),
            ..Session::default()
        };
        let state = state(&world, gone, None);
        assert!(matches!(state.selection.subject, Subject::Person(Whose::User(_))));
        assert_eq!((state.selection.formula.as_str(), state.screen), (DEFAULT_FORMULA, 0));
        assert_eq!(state.pane().0, "recommendations");
    }
}
