use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key as it is bound and shown: `g`, `G`, `space`, `ctrl-z`, `alt-left`, `shift-tab`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub code: Code,
    pub ctrl: bool,
    pub alt: bool,
    /// With Shift held; never for characters, where the letter itself tells.
    pub shift: bool,
}

/// The keys that every terminal can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // The names are the keys.
pub enum Code {
    Char(char),
    Enter,
    Esc,
    Tab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    F(u8),
}

const NAMES: [(&str, Code); 15] = [
    ("enter", Code::Enter),
    ("esc", Code::Esc),
    ("tab", Code::Tab),
    ("backspace", Code::Backspace),
    ("delete", Code::Delete),
    ("insert", Code::Insert),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("home", Code::Home),
    ("end", Code::End),
    ("page-up", Code::PageUp),
    ("page-down", Code::PageDown),
    ("space", Code::Char(' ')),
];

impl Key {
    /// A key without modifiers.
    pub fn plain(code: Code) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// Reads the notation of the settings file.
    ///
    /// # Errors
    /// One sentence with what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut key = Self::plain(Code::Esc);
        let mut rest = text;
        loop {
            let (modifier, after) = match rest.split_once('-') {
                Some((modifier, after)) if !after.is_empty() => (modifier, after),
                _ => break,
            };
            match modifier {
                "ctrl" => key.ctrl = true,
                "alt" => key.alt = true,
                "shift" => key.shift = true,
                _ => break,
            }
            rest = after;
        }
        key.code = Code::parse(rest)
            .ok_or_else(|| format!("{text:?} is not a key (examples: g, G, space, ctrl-z, alt-left, shift-tab, f5)"))?;
        if let Code::Char(letter) = key.code {
            if key.shift {
                return Err(format!("{text:?}: write shifted letters as they are typed, like G"));
            }
            if key.ctrl {
                key.code = Code::Char(letter.to_ascii_lowercase());
            }
        }
        Ok(key)
    }

    /// From the terminal; `None` for keys that cannot be bound.
    pub fn of_event(event: KeyEvent) -> Option<Self> {
        let held = |modifier| event.modifiers.contains(modifier);
        let mut key = Self {
            code: Code::Esc,
            ctrl: held(KeyModifiers::CONTROL),
            alt: held(KeyModifiers::ALT),
            shift: held(KeyModifiers::SHIFT),
        };
        key.code = match event.code {
            KeyCode::Char(letter) => {
                // `G` comes with Shift on Unix, `?` without: the letter tells.
                key.shift = false;
                Code::Char(if key.ctrl { letter.to_ascii_lowercase() } else { letter })
            }
            KeyCode::BackTab => {
                key.shift = true;
                Code::Tab
            }
            KeyCode::Enter => Code::Enter,
            KeyCode::Esc => Code::Esc,
            KeyCode::Tab => Code::Tab,
            KeyCode::Backspace => Code::Backspace,
            KeyCode::Delete => Code::Delete,
            KeyCode::Insert => Code::Insert,
            KeyCode::Up => Code::Up,
            KeyCode::Down => Code::Down,
            KeyCode::Left => Code::Left,
            KeyCode::Right => Code::Right,
            KeyCode::Home => Code::Home,
            KeyCode::End => Code::End,
            KeyCode::PageUp => Code::PageUp,
            KeyCode::PageDown => Code::PageDown,
            KeyCode::F(n) => Code::F(n),
            _ => return None,
        };
        Some(key)
    }

    /// The character it types into a text field, where it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(letter) if !self.ctrl && !self.alt => Some(letter),
            _ => None,
        }
    }

    /// As people read it on a hint line: `Enter`, `Ctrl-z`, `←`, `g`.
    pub fn shown(self) -> String {
        let name = match self.code {
            Code::Char(' ') => "Space".to_owned(),
            Code::Char(letter) => letter.to_string(),
            Code::Up => "↑".to_owned(),
            Code::Down => "↓".to_owned(),
            Code::Left => "←".to_owned(),
            Code::Right => "→".to_owned(),
            Code::PageUp => "PgUp".to_owned(),
            Code::PageDown => "PgDn".to_owned(),
            Code::F(n) => format!("F{n}"),
            other => {
                let name = other.name();
                let mut letters = name.chars();
                letters
                    .next()
                    .map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
            }
        };
        let modifiers = [(self.ctrl, "Ctrl-"), (self.alt, "Alt-"), (self.shift, "Shift-")];
        let held: String = modifiers.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect();
        held + &name
    }
}

impl Code {
    fn parse(text: &str) -> Option<Self> {
        if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Some(*code);
        }
        let mut letters = text.chars();
        if let (Some(letter), None) = (letters.next(), letters.next()) {
            return (!letter.is_control() && !letter.is_whitespace()).then_some(Self::Char(letter));
        }
        let number = text.strip_prefix('f')?.parse().ok()?;
        (1..=12).contains(&number).then_some(Self::F(number))
    }

    fn name(self) -> String {
        match self {
            Self::Char(' ') => "space".to_owned(),
            Self::Char(letter) => letter.to_string(),
            Self::F(n) => format!("f{n}"),
            other => NAMES
                .iter()
                .find(|(_, code)| *code == other)
                .map_or(String::new(), |(name, _)| (*name).to_owned()),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                f.write_str(name)?;
            }
        }
        f.write_str(&self.code.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_they_are_read() {
        for text in [
            "g",
            "G",
            "?",
            "space",
            "ctrl-z",
            "alt-left",
            "shift-tab",
            "f5",
            "-",
            "ctrl--",
            "alt--",
            "ctrl-alt-x",
            "page-up",
            "ö",
            "<",
            "=",
        ] {
            assert_eq!(Key::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Key::parse("ctrl-Z"), Key::parse("ctrl-z"));
    }

    #[test]
    fn what_is_no_key_says_so() {
        for text in ["", "shift-g", "f13", "f0", "meta-x", "gg", "\u{1b}", "ctrl-", " "] {
            let error = Key::parse(text).unwrap_err();
            assert!(error.starts_with(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn events_become_keys() {
        let event = |code, modifiers| Key::of_event(KeyEvent::new(code, modifiers)).map(|k| k.to_string());
        let (none, shift, ctrl) = (KeyModifiers::NONE, KeyModifiers::SHIFT, KeyModifiers::CONTROL);
        for (code, modifiers, text) in [
            (KeyCode::Char('G'), shift, "G"),
            (KeyCode::Char('?'), none, "?"),
            (KeyCode::Char('?'), shift, "?"),
            (KeyCode::BackTab, shift, "shift-tab"),
            (KeyCode::BackTab, none, "shift-tab"),
            (KeyCode::Char('Z'), ctrl | shift, "ctrl-z"),
            (KeyCode::Char(' '), none, "space"),
            (KeyCode::Left, KeyModifiers::ALT, "alt-left"),
            (KeyCode::F(5), none, "f5"),
        ] {
            assert_eq!(event(code, modifiers).as_deref(), Some(text));
        }
        assert_eq!(event(KeyCode::CapsLock, none), None);
    }

    #[test]
    fn hints_read_well() {
        for (text, shown) in [
            ("enter", "Enter"),
            ("ctrl-z", "Ctrl-z"),
            ("alt-left", "Alt-←"),
            ("space", "Space"),
            ("page-down", "PgDn"),
            ("f2", "F2"),
            ("G", "G"),
        ] {
            assert_eq!(Key::parse(text).unwrap().shown(), shown);
        }
    }
}
