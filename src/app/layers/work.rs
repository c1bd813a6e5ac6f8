//! How a number comes about: all of it at once, or step by step; and, where one would rather guess first, without results.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::PAGE;
use super::page::{Page, draw_page, widest};
use crate::answers::arithmetic::Slide;
use crate::app::action::{Cx, Layer, Scene, Then};
use crate::app::scope::{Scope, Verb};
use crate::panes::{Drawn, Role};

/// The steps of a number.
struct Work {
    title: String,
    slides: Vec<Slide>,
    /// The last step shown; all of them where there is none.
    at: Option<usize>,
    /// Results are hidden until they are revealed.
    guesses: bool,
    revealed: bool,
    scroll: usize,
    /// The cells of the longest line.
    widest: u16,
}

/// Opens the arithmetic of what is under the cursor.
pub fn open(cx: &mut Cx<'_>) {
    let pane = cx.state.shared.pane;
    let remembered = cx.state.shared.memory(pane);
    let work = cx.slot(pane).and_then(|s| s.work(&remembered, remembered.cursor));
    if let Some(work) = work {
        let slides = work.slides();
        let lines = slides.iter().flat_map(|slide| &slide.lines);
        let widest = widest(std::iter::once(&work.title).chain(lines));
        cx.open(Work {
            title: work.title,
            slides,
            at: None,
            guesses: false,
            revealed: false,
            scroll: 0,
            widest,
        });
    }
}

impl Work {
    /// Whether the result of the step is hidden.
    fn hides(&self) -> bool {
        let slide = self.at.and_then(|at| self.slides.get(at));
        self.guesses && !self.revealed && slide.is_some_and(Slide::has_result)
    }

    /// The lines as they are shown now: the title, the steps before, the step itself.
    fn lines(&self) -> Vec<(&str, Role)> {
        let mut lines = vec![(self.title.as_str(), Role::Text)];
        let last = self.at.unwrap_or(self.slides.len());
        for (n, slide) in self.slides.iter().enumerate().take(last.saturating_add(1)) {
            let is_before = self.at.is_some_and(|at| n < at);
            let role = if is_before { Role::Muted } else { Role::Text };
            let shown = if self.at == Some(n) && self.hides() {
                &slide.hidden
            } else {
                &slide.lines
            };
            lines.extend(shown.iter().map(|line| (line.as_str(), role)));
        }
        lines
    }

    /// Goes to a step: its end is seen, which is where its result stands.
    fn go(&mut self, to: Option<usize>) {
        self.at = to;
        self.revealed = false;
        self.scroll = if to.is_some() {
            self.lines().len().saturating_sub(PAGE)
        } else {
            0
        };
    }

    fn step(&mut self, forward: bool) {
        let last = self.slides.len().saturating_sub(1);
        match (self.at, forward) {
            _ if self.slides.is_empty() => {}
            (None, true) => self.go(Some(0)),
            // What is still hidden is shown before one goes on.
            (Some(_), true) if self.hides() => self.revealed = true,
            (Some(at), true) => {
                if at < last {
                    self.go(Some(at + 1));
                }
            }
            (Some(at), false) => self.go(at.checked_sub(1)),
            (None, false) => {}
        }
    }

    fn heading(&self) -> String {
        let steps = self.slides.len();
        match self.at {
            None => "Arithmetic".to_owned(),
            Some(at) if self.hides() => format!("Arithmetic · step {} of {steps} · guess, then space", at + 1),
            Some(at) => format!("Arithmetic · step {} of {steps}", at + 1),
        }
    }
}

impl Layer for Work {
    fn scope(&self) -> Scope {
        Scope::Work
    }

    fn scopes(&self) -> Vec<Scope> {
        vec![Scope::Work, Scope::Reading]
    }

    fn act(&mut self, verb: Verb, _: &mut Cx<'_>) -> Then {
        match verb {
            Verb::Close => return Then::Close,
            Verb::Step(forward) => self.step(forward),
            Verb::Guess => {
                self.guesses = !self.guesses;
                if self.guesses && self.at.is_none() {
                    self.step(true);
                }
                self.revealed = false;
            }
            Verb::Reveal if self.hides() => self.revealed = true,
            Verb::Reveal => {
                self.scroll = crate::app::scope::Motion::PageDown.from(self.scroll, self.lines().len(), PAGE);
            }
            Verb::Move(motion) => self.scroll = motion.from(self.scroll, self.lines().len(), PAGE),
            _ => {}
        }
        Then::Stay
    }

    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        let page = Page {
            title: &self.heading(),
            lines: &self.lines(),
            scroll: self.scroll,
            widest: self.widest,
        };
        draw_page(&page, scene, buffer);
        (None, Drawn::default())
    }
}
