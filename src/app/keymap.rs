use std::collections::HashMap;

use super::actions::{ACTIONS, Action, ActionSpec, Scope};
use super::keys::{Code, Key};

/// Which key does what, by scope; made from the registry and the settings.
#[derive(Clone, Debug)]
pub struct Keymap {
    bound: HashMap<(Scope, Key), usize>,
    keys: Vec<Vec<Key>>,
}

impl Default for Keymap {
    fn default() -> Self {
        let keys = ACTIONS
            .iter()
            .map(|a| a.keys.iter().filter_map(|k| Key::parse(k).ok()).collect());
        Self::of(keys.collect())
    }
}

impl Keymap {
    fn of(keys: Vec<Vec<Key>>) -> Self {
        let mut bound = HashMap::new();
        for (n, action) in ACTIONS.iter().enumerate() {
            for key in &keys[n] {
                bound.insert((action.scope, *key), n);
            }
        }
        Self { bound, keys }
    }

    /// The registry's keys with those of some actions replaced.
    ///
    /// # Errors
    /// One sentence: an unknown action, or a key that two actions would share in one scope. Comes with the index of the
    /// binding at fault.
    pub fn rebound(bindings: &[(String, Vec<Key>)]) -> Result<Self, (usize, String)> {
        let mut map = Self::default();
        for (at, (id, keys)) in bindings.iter().enumerate() {
            let Some(n) = ACTIONS.iter().position(|a| a.id == id) else {
                let ids = ACTIONS.iter().map(|a| a.id);
                let close = crate::data::nearest(id, ids).map_or(String::new(), |c| format!("; did you mean {c}?"));
                return Err((at, format!("there is no action {id}{close}")));
            };
            map.keys[n].clone_from(keys);
        }
        for (at, (id, keys)) in bindings.iter().enumerate() {
            for (n, action) in ACTIONS.iter().enumerate().filter(|(_, a)| a.id != id) {
                let own = ACTIONS.iter().find(|a| a.id == id);
                let clash = keys.iter().find(|k| map.keys[n].contains(k));
                if let (Some(key), true) = (clash, own.is_some_and(|o| o.scope == action.scope)) {
                    return Err((
                        at,
                        format!("{key} is bound to {} already; give that another key too", action.id),
                    ));
                }
            }
        }
        Ok(Self::of(map.keys))
    }

    /// What `key` may do where these scopes count, the innermost first.
    pub fn find_all<'a>(&'a self, scopes: &'a [Scope], key: Key) -> impl Iterator<Item = &'static ActionSpec> + 'a {
        let bound = move |scope: &Scope| self.bound.get(&(*scope, key)).map(|n| &ACTIONS[*n]);
        scopes.iter().filter_map(bound)
    }

    /// What `key` does where these scopes count, the innermost first, whether it is possible or not.
    #[cfg(test)]
    pub fn find(&self, scopes: &[Scope], key: Key) -> Option<&'static ActionSpec> {
        self.find_all(scopes, key).next()
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
    pub fn keys(&self, id: &str) -> &[Key] {
        let at = ACTIONS.iter().position(|a| a.id == id);
        at.map_or(&[], |n| self.keys[n].as_slice())
    }

    /// The first key of an action as people read it; empty where it has none.
    pub fn hint(&self, id: &str) -> String {
        self.keys(id).first().map_or(String::new(), |k| k.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn key(text: &str) -> Key {
        Key::parse(text).unwrap()
    }

    #[test]
    fn no_two_actions_share_a_key_in_one_scope() {
        let mut seen = HashSet::new();
        let mut ids = HashSet::new();
        for action in ACTIONS {
            assert!(ids.insert(action.id), "{} stands twice", action.id);
            assert!(
                action.id.contains('_') && !action.doc.is_empty() && action.doc.ends_with(['.', '?']),
                "{}",
                action.id
            );
            for text in action.keys {
                assert!(
                    seen.insert((action.scope, key(text))),
                    "{text} of {} is taken",
                    action.id
                );
            }
        }
    }

    #[test]
    fn the_keys_everyone_can_rely_on_are_bound() {
        let map = Keymap::default();
        let keys = "u i / up down left right h j k l g G page-up page-down ctrl-d ctrl-u enter backspace alt-left alt-right \
                    e = w ctrl-z ctrl-y m : ? z < > + - y x f esc q tab shift-tab";
        for text in keys.split_whitespace() {
            assert!(map.find(&[Scope::Panes, Scope::Always], key(text)).is_some(), "{text}");
        }
    }

    #[test]
    fn a_pane_hides_the_keys_of_all_panes() {
        let map = Keymap::default();
        let scopes = [Scope::Pane("cold_start"), Scope::Panes, Scope::Always];
        assert_eq!(
            map.find(&scopes, key("space")).map(|a| a.action),
            Some(Action::RunPause)
        );
        assert_eq!(
            map.find(&scopes[1..], key("space")).map(|a| a.action),
            Some(Action::Fold)
        );
        assert_eq!(map.find(&scopes, key("ctrl-c")).map(|a| a.action), Some(Action::Quit));
        assert_eq!(Keymap::screen(&scopes, key("3")), Some(Action::Screen('3')));
        assert_eq!(Keymap::screen(&[Scope::List, Scope::Always], key("3")), None);
    }

    #[test]
    fn keys_can_be_rebound() {
        let map = Keymap::rebound(&[("quit_program".to_owned(), vec![key("ctrl-q"), key("f10")])]).unwrap();
        let find = |text| map.find(&[Scope::Panes], key(text)).map(|a| a.id);
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
        assert!(Keymap::rebound(&swap).is_ok());
    }

    #[test]
    fn bad_bindings_are_named() {
        let unknown = Keymap::rebound(&[("zoom_pan".to_owned(), vec![])]).unwrap_err();
        assert_eq!(
            unknown,
            (0, "there is no action zoom_pan; did you mean zoom_pane?".to_owned())
        );
        let taken = [
            ("go_last".to_owned(), vec![key("G")]),
            ("zoom_pane".to_owned(), vec![key("q")]),
        ];
        let error = Keymap::rebound(&taken).unwrap_err();
        assert_eq!(
            error,
            (
                1,
                "q is bound to quit_program already; give that another key too".to_owned()
            )
        );
    }

    #[test]
    fn the_key_table_holds_every_action_of_the_panes() {
        let table = super::super::actions::keys_markdown();
        for action in ACTIONS.iter().filter(|a| a.scope == Scope::Panes && !a.keys.is_empty()) {
            assert!(
                table.contains(action.title) && table.contains(&format!("`{}`", action.keys[0])),
                "{}",
                action.id
            );
        }
    }
}
