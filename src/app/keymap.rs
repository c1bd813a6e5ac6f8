use std::collections::HashMap;

use super::action::{Action, ActionSpec, Offers};
use super::keys::{Code, Key};
use super::scope::Scope;

/// Which key does what, by scope; made from the registry and the settings.
#[derive(Clone, Debug)]
pub struct Keymap {
    actions: &'static [ActionSpec],
    bound: HashMap<(Scope, Key), usize>,
    keys: Vec<Vec<Key>>,
}

impl Keymap {
    /// These actions with their own keys.
    pub fn new(actions: &'static [ActionSpec]) -> Self {
        let keys = actions
            .iter()
            .map(|a| a.keys.iter().filter_map(|k| Key::parse(k).ok()).collect());
        Self::of(actions, keys.collect())
    }

    fn of(actions: &'static [ActionSpec], keys: Vec<Vec<Key>>) -> Self {
        let mut bound = HashMap::new();
        for (n, action) in actions.iter().enumerate() {
            for key in &keys[n] {
                bound.insert((action.scope, *key), n);
            }
        }
        Self { actions, bound, keys }
    }

    /// The same with other keys for some actions.
    ///
    /// # Errors
    /// One sentence: an unknown action, or a key that two actions would share in one scope. Comes with the index of the
    /// binding at fault.
    pub fn rebound(mut self, bindings: &[(String, Vec<Key>)]) -> Result<Self, (usize, String)> {
        let find = |id: &str| self.actions.iter().position(|a| a.id == id);
        for (at, (id, keys)) in bindings.iter().enumerate() {
            let Some(n) = find(id) else {
                let ids = self.actions.iter().map(|a| a.id);
                let close = crate::data::nearest(id, ids).map_or(String::new(), |c| format!("; did you mean {c}?"));
                return Err((at, format!("there is no action {id}{close}")));
            };
            self.keys[n].clone_from(keys);
        }
        for (at, (id, keys)) in bindings.iter().enumerate() {
            let own = find(id).map(|n| self.actions[n].scope);
            for (n, action) in self.actions.iter().enumerate().filter(|(_, a)| a.id != id) {
                let clash = keys.iter().find(|k| self.keys[n].contains(k));
                if let (Some(key), true) = (clash, own == Some(action.scope)) {
                    return Err((
                        at,
                        format!("{key} is bound to {} already; give that another key too", action.id),
                    ));
                }
            }
        }
        Ok(Self::of(self.actions, self.keys))
    }

    /// What `key` may do where these scopes count, the innermost first.
    pub fn find_all<'a>(&'a self, scopes: &'a [Scope], key: Key) -> impl Iterator<Item = &'static ActionSpec> + 'a {
        let bound = move |scope: &Scope| self.bound.get(&(*scope, key)).map(|n| &self.actions[*n]);
        scopes.iter().filter_map(bound)
    }

    /// The screen that a digit switches to where it is not bound to anything else.
    pub fn screen(scopes: &[Scope], key: Key) -> Option<Action> {
        match key.code {
            Code::Char(digit) if digit.is_ascii_digit() && key.typed().is_some() && scopes.contains(&Scope::Panes) => {
                Some(Action::Screen(digit))
            }
            _ => None,
        }
    }

    /// The keys of an action, as bound now.
    fn keys(&self, id: &str) -> &[Key] {
        let at = self.actions.iter().position(|a| a.id == id);
        at.map_or(&[], |n| self.keys[n].as_slice())
    }
}

impl Offers for Keymap {
    fn actions(&self) -> &'static [ActionSpec] {
        self.actions
    }

    fn hint(&self, id: &str) -> String {
        self.keys(id).first().map_or(String::new(), |k| k.shown())
    }

    fn keys_shown(&self, id: &str) -> String {
        let keys: Vec<String> = self.keys(id).iter().map(|k| k.shown()).collect();
        keys.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::parse(text).unwrap()
    }

    #[test]
    fn the_keys_everyone_can_rely_on_are_bound() {
        let map = Keymap::default();
        let keys = "u i / up down left right h j k l g G page-up page-down ctrl-d ctrl-u enter backspace alt-left alt-right \
                    e = w ctrl-z ctrl-y m : ? z < > + - y x f esc q tab shift-tab";
        for text in keys.split_whitespace() {
            assert!(
                map.find_all(&[Scope::Panes, Scope::Always], key(text)).next().is_some(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_pane_hides_the_keys_of_all_panes() {
        let map = Keymap::default();
        let scopes = [Scope::Pane("cold_start"), Scope::Panes, Scope::Always];
        let find = |scopes: &[Scope], text| map.find_all(scopes, key(text)).next().map(|a| a.id);
        assert_eq!(find(&scopes, "space"), Some("run_bandit"));
        assert_eq!(find(&scopes[1..], "space"), Some("fold_branch"));
        assert_eq!(find(&scopes, "ctrl-c"), Some("abort_program"));
        assert!(matches!(Keymap::screen(&scopes, key("3")), Some(Action::Screen('3'))));
        assert!(Keymap::screen(&[Scope::List, Scope::Always], key("3")).is_none());
    }

    #[test]
    fn keys_can_be_rebound() {
        let map = Keymap::default()
            .rebound(&[("quit_program".to_owned(), vec![key("ctrl-q"), key("f10")])])
            .unwrap();
        let find = |text| map.find_all(&[Scope::Panes], key(text)).next().map(|a| a.id);
        assert_eq!(
            (find("q"), find("ctrl-q"), find("f10")),
            (None, Some("quit_program"), Some("quit_program"))
        );
        assert_eq!(map.hint("quit_program"), "Ctrl-q");
        // A swap of two keys is no clash.
        let swap = [
            ("zoom_pane".to_owned(), vec![key("f")]),
            ("freeze_why".to_owned(), vec![key("z")]),
        ];
        assert!(Keymap::default().rebound(&swap).is_ok());
    }

    #[test]
    fn bad_bindings_are_named() {
        let unknown = Keymap::default()
            .rebound(&[("zoom_pan".to_owned(), vec![])])
            .unwrap_err();
        assert_eq!(
            unknown,
            (0, "there is no action zoom_pan; did you mean zoom_pane?".to_owned())
        );
        let taken = [
            ("go_last".to_owned(), vec![key("G")]),
            ("zoom_pane".to_owned(), vec![key("q")]),
        ];
        let error = Keymap::default().rebound(&taken).unwrap_err();
        assert_eq!(
            error,
            (
                1,
                "q is bound to quit_program already; give that another key too".to_owned()
            )
        );
    }
}
