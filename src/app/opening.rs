//! How a session begins and what is remembered of it.

use std::sync::Arc;

use super::session::{EditedRating, GuestRating, Session};
use super::state::State;
use crate::answers::{Subject, Whose, World};
use crate::data::{Dataset, Edits, UserIx};
use crate::panes::{PANES, PaneId, ThemeName};
use crate::screens::find_screen;

/// The state to begin with: as it was, as far as that still exists; `model` goes before the remembered one.
pub fn state(world: &World, session: Session, model: Option<String>) -> State {
    let mut state = State::default();
    let (data, catalog) = (&world.dataset, world.catalog());
    let lasting = PANES.iter().filter(|p| !p.is_about_subject);
    state.shared.lasting = lasting.map(|p| p.id).collect();
    let selection = &mut state.shared.selection;
    if let Some(subject) = remembered_subject(&session, data).or_else(|| worth_looking_at(data)) {
        selection.subject = subject;
    }
    selection.edits = Arc::new(remembered_edits(&session, data));
    let read = |text: &String| catalog.parse(text).ok().map(Arc::new);
    selection.formula = [model.as_ref(), Some(&session.model)]
        .into_iter()
        .flatten()
        .find_map(read)
        .unwrap_or_else(|| Arc::new(world.default_formula()));
    selection.compared = session.compared.iter().filter_map(read).collect();
    selection.seed = world.seed();
    for (pane, values) in session.controls {
        if let Some(spec) = PANES.iter().find(|p| p.id.0 == pane) {
            state.shared.memory_mut(spec.id).values = values;
        }
    }
    let screen = session.screen.chars().next().and_then(find_screen);
    state.show(screen.unwrap_or(0));
    if let Some(pane) = state.screen().panes.iter().position(|p| p.0 == session.pane) {
        state.focus(pane, None);
    }
    if let Some(theme) = session.theme.as_deref().and_then(ThemeName::parse) {
        state.theme = theme;
        state.theme_chosen = true;
    }
    state.sizes = session.sizes;
    state
}

fn remembered_subject(session: &Session, data: &Dataset) -> Option<Subject> {
    let id = &session.subject_id;
    match session.subject_kind.as_str() {
        "user" => data.find_user(id).map(|u| Subject::Person(Whose::User(u))),
        "item" => data.find_item(id).map(Subject::Item),
        _ => {
            let rating = |r: &GuestRating| {
                data.find_item(&r.item)
                    .filter(|_| r.rating.is_finite())
                    .map(|i| (i, r.rating))
            };
            let ratings = session.guest.as_ref()?.iter().filter_map(rating).collect();
            Some(Subject::Person(Whose::Guest(Arc::new(ratings))))
        }
    }
}

fn remembered_edits(session: &Session, data: &Dataset) -> Edits {
    let mut edits = Edits::default();
    for EditedRating { user, item, rating } in &session.edits {
        if let (Some(user), Some(item)) = (data.find_user(user), data.find_item(item))
            && rating.is_none_or(f64::is_finite)
        {
            edits.set(data, user, item, *rating);
        }
    }
    edits
}

/// What is remembered of a state.
pub fn session(state: &State, world: &World) -> Session {
    let data = &world.dataset;
    let selection = &state.shared.selection;
    let (kind, id) = match &selection.subject {
        Subject::Person(Whose::User(user)) => ("user", data.user_id(*user)),
        // Nobody outside the dataset has an id.
        Subject::Person(Whose::Guest(_)) => ("guest", ""),
        Subject::Item(item) => ("item", data.item_id(*item)),
    };
    let edited = |(user, item, rating): (UserIx, _, _)| EditedRating {
        user: data.user_id(user).to_owned(),
        item: data.item_id(item).to_owned(),
        rating,
    };
    let set = state.shared.memories.iter().filter(|(_, m)| !m.values.is_empty());
    Session {
        subject_kind: kind.to_owned(),
        subject_id: id.to_owned(),
        model: selection.formula.to_string(),
        screen: state.screen().digit.to_string(),
        theme: state.theme_chosen.then(|| state.theme.name().to_owned()),
        pane: state.shared.pane.0.to_owned(),
        compared: selection.compared.iter().map(ToString::to_string).collect(),
        sizes: state.sizes.clone(),
        controls: set
            .map(|(PaneId(pane), m)| ((*pane).to_owned(), m.values.clone()))
            .collect(),
        edits: selection.edits.cells().map(edited).collect(),
        guest: match &selection.subject {
            Subject::Person(Whose::Guest(ratings)) => {
                let rating = |(item, rating): &(crate::data::ItemIx, f64)| GuestRating {
                    item: data.item_id(*item).to_owned(),
                    rating: *rating,
                };
                Some(ratings.iter().map(rating).collect())
            }
            _ => None,
        },
    }
}

/// Somebody with enough ratings to have a taste, and few enough to see it: the first with 40 to 150 ratings, else whoever
/// has the most. At least ten items, or half of them, must be left to be recommended, if that leaves anybody. An item where
/// there is nobody.
fn worth_looking_at(data: &Dataset) -> Option<Subject> {
    let count = |user: UserIx| data.user_row(user).len();
    let spare = 10.min(data.items_with_ratings() / 2);
    let has_rest = |user: UserIx| count(user) + spare <= data.items_with_ratings();
    let fitting = data.users().find(|u| (40..=150).contains(&count(*u)) && has_rest(*u));
    // The first of those with the most.
    let most = || {
        data.users()
            .max_by_key(|u| (has_rest(*u) && count(*u) > 0, count(*u), std::cmp::Reverse(u.0)))
    };
    let user = fitting.or_else(most).map(|u| Subject::Person(Whose::User(u)));
    user.or_else(|| data.items().next().map(Subject::Item))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests_common;
    use crate::models::Formula;

    #[test]
    fn a_session_is_taken_up_again() {
        let world = tests_common::toy_world();
        let mut before = state(&world, Session::default(), None);
        before.shared.selection.subject = Subject::Item(world.dataset.items().nth(2).unwrap());
        before.shared.selection.formula = Arc::new(Formula::parse("popularity").unwrap());
        before.focus(3, None);
        before.theme = ThemeName::Light;
        before.theme_chosen = true;
        before.sizes.insert("1-wide-row-0".to_owned(), 2);
        let remembered = session(&before, &world);
        let after = state(&world, remembered.clone(), None);
        assert_eq!(after.shared.selection, before.shared.selection);
        assert_eq!(
            (after.focused, after.theme, after.sizes.clone()),
            (3, ThemeName::Light, before.sizes)
        );
        // What was asked for goes before what is remembered.
        assert_eq!(
            state(&world, remembered, Some("item-knn".to_owned()))
                .shared
                .selection
                .formula
                .to_string(),
            "item-knn"
        );
    }

    #[test]
    fn the_first_subject_has_something_to_be_recommended() {
        // u0 rated all of 60 items, u1 only 45 of them.
        let mut rows: Vec<(u32, u32, f64)> = (0..60).map(|item| (0, item, f64::from(item % 5))).collect();
        rows.extend((0..45).map(|item| (1, item, f64::from(item % 3))));
        let data = crate::models::tests_common::dataset(&rows, 60);
        assert_eq!(worth_looking_at(&data), Some(Subject::Person(Whose::User(UserIx(1)))));
        // Somebody, even where everybody rated everything.
        let data = crate::models::tests_common::dataset(&rows[..60], 60);
        assert_eq!(worth_looking_at(&data), Some(Subject::Person(Whose::User(UserIx(0)))));
    }

    #[test]
    fn what_no_longer_exists_is_passed_over() {
        let world = tests_common::toy_world();
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
        assert!(matches!(
            state.shared.selection.subject,
            Subject::Person(Whose::User(_))
        ));
        assert_eq!(
            (&*state.shared.selection.formula, state.screen),
            (&Formula::default(), 0)
        );
        assert_eq!(state.shared.pane.0, "recommendations");
    }

    #[test]
    fn edits_guests_and_controls_survive_quitting() {
        use crate::panes::controls::Value;
        let world = tests_common::toy_world();
        let data = &world.dataset;
        let mut before = state(&world, Session::default(), None);
        let (user, item) = (data.users().next().unwrap(), data.items().next().unwrap());
        let mut edits = Edits::default();
        edits.set(data, user, item, None);
        edits.set(data, user, data.items().nth(2).unwrap(), Some(2.5));
        before.shared.selection.edits = Arc::new(edits);
        before.shared.selection.subject = Subject::Person(Whose::Guest(Arc::new(vec![(item, 4.0)])));
        let pane = PANES.last().unwrap().id;
        let values = &mut before.shared.memory_mut(pane).values;
        values.insert("a".to_owned(), Value::Number(0.25));
        values.insert("b".to_owned(), Value::Text("x".to_owned()));
        values.insert("c".to_owned(), Value::Flag(true));
        let text = toml::to_string(&session(&before, &world)).unwrap();
        let after = state(&world, toml::from_str(&text).unwrap(), None);
        assert_eq!(after.shared.selection, before.shared.selection);
        assert_eq!(after.shared.values(pane), before.shared.values(pane));
        // What is no rating of this dataset is passed over.
        let odd = text.replace("4.0", "nan").replace("0.25", "nan");
        let after = state(&world, toml::from_str(&odd).unwrap(), None);
        assert_eq!(
            after.shared.selection.subject,
            Subject::Person(Whose::Guest(Arc::default()))
        );
    }

    #[test]
    fn a_session_of_an_earlier_version_is_taken_up() {
        let world = tests_common::toy_world();
        let text = "subject-kind = \"user\"\nsubject-id = \"u1\"\nmodel = \"popularity\"\nscreen = \"9\"\ntheme = \"light\"\n\
                    pane = \"users\"\ncompared = [\"popularity\", \"item-knn\", \"ease\", \"svdpp\"]\n\
                    [sizes]\n1-wide-column-0 = 4\n";
        let state = state(&world, toml::from_str(text).unwrap(), None);
        let shared = &state.shared;
        assert_eq!(shared.selection.subject, Subject::Person(Whose::User(UserIx(1))));
        assert_eq!(
            (shared.selection.formula.to_string(), shared.pane.0),
            ("popularity".to_owned(), "users")
        );
        let compared: Vec<String> = shared.selection.compared.iter().map(ToString::to_string).collect();
        assert_eq!(compared, ["popularity", "item-knn", "ease", "svdpp"]);
        assert_eq!((state.screen().digit, state.theme), ('9', ThemeName::Light));
        assert_eq!(state.sizes.get("1-wide-column-0"), Some(&4));
    }
}
