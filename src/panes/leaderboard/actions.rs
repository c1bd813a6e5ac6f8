use std::sync::Arc;

use super::Leaderboard;
use crate::answers::leaderboard::{first_models, ladder};
use crate::engine::Order;
use crate::models::Formula;
use crate::panes::{ActionRow, Pane, PaneId, Shared, Target};

/// What can be done with the board.
pub const ACTIONS: &[ActionRow] = &[
    ActionRow {
        id: "run_evaluation",
        title: "Measure or stop",
        hint: "measure/stop",
        doc: "Measures the models that have no row yet, or stops that.",
        keys: &["space"],
        run: |shared, _| shared.order(Order::Toggle),
        possible: |_| true,
    },
    ActionRow {
        id: "remove_model",
        title: "Remove the model",
        hint: "remove",
        doc: "Takes it off the board; the lesson's three and the one in use stay.",
        keys: &["delete", "d"],
        run: |shared, _| remove(shared),
        possible: |shared| under_cursor(shared).is_some_and(|at| is_removable(shared, at)),
    },
];

/// The most models on the board.
pub const MOST: usize = 64;

/// The pane that shows the users of the model under the cursor.
pub const USERS: PaneId = PaneId("users");

/// Brings the board in line with the selection: the first models where there are none yet, and the model of all panes, for
/// which the last one gives way on a full board. While nobody chose a model, the cursor stays on the best one.
pub fn settle(shared: &mut Shared) {
    let read = |m: String| Formula::parse(&m).ok().map(Arc::new);
    let selection = &mut shared.selection;
    let lesson = ladder(shared.words.kind);
    if lesson
        .iter()
        .any(|m| !selection.compared.iter().any(|c| c.to_string() == **m))
    {
        // The lesson's models stand first, whatever a session says.
        let remembered = std::mem::take(&mut selection.compared);
        let first: Vec<String> = if remembered.is_empty() {
            first_models(shared.words.kind)
        } else {
            lesson.map(str::to_owned).to_vec()
        };
        selection.compared.extend(first.into_iter().filter_map(read));
        for model in remembered {
            if !selection.compared.contains(&model) {
                selection.compared.push(model);
            }
        }
        selection.compared.truncate(MOST);
    }
    if !selection.compared.contains(&selection.formula) {
        selection.compared.truncate(MOST - 1);
        selection.compared.push(Arc::clone(&selection.formula));
    }
    if shared.memory_mut(USERS).mode == 0 {
        shared.memory_mut(Leaderboard::ID).cursor = 0;
    }
}

/// The place on the board of the model under the cursor, where there is one.
fn under_cursor(shared: &Shared) -> Option<usize> {
    match &shared.facts.target {
        Some(Target::Model(model)) => find(shared, model),
        _ => None,
    }
}

fn find(shared: &Shared, model: &str) -> Option<usize> {
    shared.selection.compared.iter().position(|m| m.to_string() == *model)
}

/// Whether a model may be taken off: not the lesson's, and not the one that answers every pane.
fn is_removable(shared: &Shared, at: usize) -> bool {
    let selection = &shared.selection;
    let lesson = ladder(shared.words.kind);
    let is_free = |m: &Arc<Formula>| !lesson.contains(&m.to_string().as_str()) && *m != selection.formula;
    selection.compared.get(at).is_some_and(is_free)
}

fn remove(shared: &mut Shared) {
    if let Some(at) = under_cursor(shared).filter(|at| is_removable(shared, *at)) {
        shared.selection.compared.remove(at);
        // Users are shown by the place of the model: begin with the best again.
        shared.memory_mut(USERS).mode = 0;
    }
}

/// Shows the users of the model under the cursor.
pub fn show_users(shared: &mut Shared, target: &Target) {
    let Target::Model(model) = target else { return };
    let Some(at) = find(shared, model) else { return };
    let users = shared.memory_mut(USERS);
    if users.mode != at + 1 {
        (users.mode, users.cursor) = (at + 1, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::FeedbackKind;
    use crate::models::DEFAULT_FORMULA;

    fn read(model: &str) -> Arc<Formula> {
        Arc::new(Formula::parse(model).unwrap())
    }

    fn names(shared: &Shared) -> Vec<String> {
        shared.selection.compared.iter().map(ToString::to_string).collect()
    }

    /// The board as it begins, the cursor on a model.
    fn on(model: &str) -> Shared {
        let mut shared = Shared::default();
        settle(&mut shared);
        shared.facts.target = Some(Target::Model(model.to_owned()));
        shared
    }

    #[test]
    fn the_model_of_all_panes_stands_on_the_board() {
        let mut shared = on("svd");
        assert_eq!(names(&shared), first_models(FeedbackKind::Ratings));
        shared.set_formula(read("svdpp"));
        settle(&mut shared);
        settle(&mut shared);
        assert_eq!(
            (names(&shared).len(), names(&shared).last().cloned()),
            (6, Some("svdpp".to_owned()))
        );
        // However many there were: one that is chosen has a row.
        for n in 1..100 {
            shared.set_formula(read(&format!("svd:factors={n}")));
            settle(&mut shared);
        }
        assert_eq!(names(&shared).len(), MOST);
        assert_eq!(shared.selection.compared.last(), Some(&shared.selection.formula));
        assert!(names(&shared).starts_with(&first_models(FeedbackKind::Ratings)));
    }

    #[test]
    fn the_lesson_stays_and_so_does_the_model_of_all_panes() {
        for (model, removable) in [
            ("popularity", false),
            ("item-knn", false),
            ("ease", false),
            ("svd", true),
            (DEFAULT_FORMULA, false),
            ("no such row", false),
        ] {
            let mut shared = on(model);
            shared.memory_mut(USERS).mode = 3;
            let action = ACTIONS.iter().find(|a| a.id == "remove_model").unwrap();
            assert_eq!((action.possible)(&shared), removable, "{model}");
            remove(&mut shared);
            assert_eq!(names(&shared).len(), 5 - usize::from(removable), "{model}");
            assert_eq!(shared.memory(USERS).mode, if removable { 0 } else { 3 });
        }
    }

    #[test]
    fn a_row_leads_to_its_users() {
        assert_eq!(USERS, crate::panes::users::Users::ID);
        let mut shared = on("ease");
        shared.memory_mut(Leaderboard::ID).cursor = 2;
        settle(&mut shared);
        assert_eq!(shared.memory(Leaderboard::ID).cursor, 0);
        shared.memory_mut(USERS).cursor = 7;
        show_users(&mut shared, &Target::Model("ease".to_owned()));
        assert_eq!((shared.memory(USERS).mode, shared.memory(USERS).cursor), (3, 0));
        shared.memory_mut(Leaderboard::ID).cursor = 2;
        settle(&mut shared);
        assert_eq!(shared.memory(Leaderboard::ID).cursor, 2);
    }

    #[test]
    fn a_session_says_what_stands_beside_the_lesson() {
        let settled = |models: &[&str]| {
            let mut shared = Shared::default();
            shared.set_formula(read("ease"));
            shared.selection.compared = models.iter().map(|m| read(m)).collect();
            settle(&mut shared);
            names(&shared)
        };
        assert_eq!(settled(&[]), first_models(FeedbackKind::Ratings));
        let before = ["popularity", "item-knn", "ease", "svdpp"];
        assert_eq!(settled(&before), before);
        // A file may say anything: the lesson is there, and nothing is there twice.
        assert_eq!(
            settled(&["svd", "ease", "svd:factors=100"]),
            ["popularity", "item-knn", "ease", "svd"]
        );
        let many: Vec<String> = (1..200).map(|n| format!("svd:factors={n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(settled(&many).len(), MOST);
    }
}
