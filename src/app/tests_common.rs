//! What the tests of the explorer share: a small world, and the explorer on it without a terminal.

use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::config::Config;
use super::events::Event;
use super::explorer::{Explorer, Options, Request};
use super::keys::Key;
use super::session::Sessions;
use crate::answers::World;
use crate::data::Filters;
use crate::models::tests_common as testing;
use crate::panes::widgets::buffer_lines;
use crate::panes::{ThemeName, theme::Depth};

/// Users A to D by items 1 to 4.
pub fn toy_world() -> World {
    let rows = [
        (0, 0, 5.0),
        (0, 1, 3.0),
        (0, 3, 1.0),
        (1, 0, 4.0),
        (1, 3, 1.0),
        (2, 0, 1.0),
        (2, 1, 1.0),
        (2, 3, 5.0),
        (3, 2, 5.0),
        (3, 3, 4.0),
    ];
    World::new(testing::dataset(&rows, 4), 42)
}

/// A world of some size, with lists to move in.
pub fn middle_world() -> World {
    World::new(testing::synthetic(40, 60), 42)
}

/// What an explorer on a world is started with, nothing remembered.
pub fn options(world: World) -> Options {
    Options {
        world,
        data: Vec::new(),
        filters: Filters::default(),
        reader: None,
        config: Config::default(),
        model: None,
        follow: None,
        threads: 2,
        sessions: Sessions::nowhere(),
        theme: ThemeName::Dark,
        depth: Depth::True,
    }
}

/// An explorer on a world, its first answers there.
pub struct Stage {
    /// The explorer.
    pub explorer: Explorer,
    /// Its size.
    pub size: (u16, u16),
}

/// How long a test waits for answers at most.
const LONG: Duration = Duration::from_secs(180);

impl Stage {
    /// At a size, with everything answered.
    pub fn new(world: World, size: (u16, u16)) -> Self {
        Self::with(world, size, Config::default(), Sessions::nowhere())
    }

    /// With settings and remembered sessions.
    pub fn with(world: World, size: (u16, u16), config: Config, sessions: Sessions) -> Self {
        let options = Options {
            config,
            sessions,
            ..options(world)
        };
        Self::of(Explorer::new(options, Arc::new(|| {})).unwrap(), size)
    }

    /// An explorer at a size, with everything answered.
    pub fn of(explorer: Explorer, size: (u16, u16)) -> Self {
        let mut stage = Self { explorer, size };
        stage.resize(size);
        stage.settle();
        stage
    }

    /// At another size from now on.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        self.explorer.handle(Event::Resize(size.0, size.1));
        self.draw();
    }

    /// Does the action with this id, everything answered.
    pub fn act(&mut self, id: &str) -> Vec<Request> {
        let keymap = super::keymap::Keymap::default();
        let requests = self.explorer.act(super::action::find(&keymap, id).unwrap());
        self.explorer.handle(Event::Wake);
        self.settle();
        requests
    }

    /// Waits for everything, and draws.
    pub fn settle(&mut self) -> Buffer {
        assert!(self.explorer.wait_idle(LONG), "answers did not come");
        self.draw()
    }

    /// Draws a frame of what is there.
    pub fn draw(&mut self) -> Buffer {
        let area = Rect::new(0, 0, self.size.0, self.size.1);
        let mut buffer = Buffer::empty(area);
        self.explorer.draw(area, &mut buffer, false);
        buffer
    }

    /// Presses keys, written as in the settings file, each answered before the next.
    pub fn press(&mut self, keys: &str) -> Vec<Request> {
        let mut requests = Vec::new();
        for key in keys.split_whitespace() {
            requests.extend(self.explorer.handle(Event::Key(Key::parse(key).unwrap())));
            self.settle();
        }
        requests
    }

    /// Types a text, letter by letter.
    pub fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            let key = Key::plain(super::keys::Code::Char(letter));
            self.explorer.handle(Event::Key(key));
        }
        self.settle();
    }

    /// The screen as text.
    pub fn text(&mut self) -> String {
        let buffer = self.draw();
        buffer_lines(&buffer).join("\n")
    }
}
