use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::super::actions::{ACTIONS, Action, Scope};
use super::super::screens::SCREENS;
use super::super::state::State;
use crate::models::{Catalog, ModelEntry};

/// One row of the command palette.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What is shown.
    pub title: String,
    /// One line more.
    pub doc: &'static str,
    /// The action's id, by which its keys are found; empty for a screen, whose digit is in the title.
    pub id: &'static str,
    /// What it does.
    pub action: Action,
    /// The matched letters of the title.
    pub matched: Vec<usize>,
}

/// The commands that are possible here, best match first; all of them in their order for an empty search.
pub fn choices(state: &State, search: &str) -> Vec<Choice> {
    let here = [Scope::Pane(state.pane().0), Scope::Panes, Scope::Always];
    let offered = |id: &str| id != "open_palette" && id != "step_out" && !id.starts_with("move_");
    let possible = ACTIONS
        .iter()
        .filter(|a| here.contains(&a.scope) && offered(a.id) && (a.possible)(state));
    let mut all: Vec<Choice> = possible
        .map(|a| Choice {
            title: a.title.to_owned(),
            doc: a.doc,
            id: a.id,
            action: a.action,
            matched: Vec::new(),
        })
        .collect();
    all.extend(SCREENS.iter().map(|s| Choice {
        title: format!("Screen {} {}", s.digit, s.name),
        doc: "Switches to this screen.",
        id: "",
        action: Action::Screen(s.digit),
        matched: Vec::new(),
    }));
    if search.trim().is_empty() {
        return all;
    }
    let matcher = SkimMatcherV2::default().ignore_case();
    let mut found: Vec<(i64, Choice)> = all
        .into_iter()
        .filter_map(|mut choice| {
            let (score, matched) = matcher.fuzzy_indices(&choice.title, search.trim())?;
            choice.matched = matched;
            Some((score, choice))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, choice)| choice).collect()
}

/// The models that the last word of a formula may mean: those that contain it, or all where none does or it is one.
pub fn models(catalog: &Catalog, formula: &str) -> Vec<ModelEntry> {
    let word = last_word(formula);
    let found: Vec<ModelEntry> = catalog.models().filter(|m| m.name().contains(word)).collect();
    if word.is_empty() || found.is_empty() || found.iter().any(|m| m.name() == word) {
        return catalog.models().collect();
    }
    found
}

/// The word that a formula ends with: what is being typed.
pub fn last_word(formula: &str) -> &str {
    let start = formula
        .rfind(|c: char| !(c.is_alphanumeric() || c == '-'))
        .map_or(0, |at| at + formula[at..].chars().next().map_or(0, char::len_utf8));
    &formula[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_what_is_being_typed() {
        for (formula, word) in [
            ("0.6*item-k", "item-k"),
            ("svd + ", ""),
            ("", ""),
            ("é(pop", "pop"),
            ("svd:factors=1", "1"),
        ] {
            assert_eq!(last_word(formula), word);
        }
    }

    #[test]
    fn models_are_offered_by_the_word() {
        let catalog = Catalog::default();
        let names = |formula: &str| {
            let models = models(&catalog, formula);
            models.iter().map(|m| m.name().to_owned()).collect::<Vec<_>>()
        };
        let all = crate::models::MODELS.len();
        assert!(names("0.6*knn").iter().all(|n| n.contains("knn")) && !names("0.6*knn").is_empty());
        assert_eq!(names("svd + ").len(), all);
        assert_eq!(names("no-such-thing").len(), all);
        assert_eq!(names("popularity").len(), all);
    }

    #[test]
    fn the_palette_finds_what_is_possible() {
        let state = State::default();
        let all = choices(&state, "");
        assert!(all.iter().any(|c| c.id == "show_help") && all.iter().all(|c| c.id != "undo_edit"));
        let theme = choices(&state, "nxt thme");
        assert_eq!(theme.first().map(|c| c.id), Some("next_theme"));
        assert!(!theme[0].matched.is_empty());
        assert!(choices(&state, "zzzzzz").is_empty());
        assert_eq!(choices(&state, "explore")[0].action, Action::Screen('1'));
    }
}
