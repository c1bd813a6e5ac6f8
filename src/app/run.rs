//! The loop that owns the terminal.

use std::time::Instant;

use super::draw::SLOW_FRAME;
use super::events::{Event, Events};
use super::explorer::{Explorer, Options, Request};
use super::pacing::Pacing;
use super::terminal::Session;
use super::waiting::Held;

/// How the explorer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Left,
    /// A signal ended it; the terminal is restored, and the program should die of it.
    Signal(i32),
}

/// Runs the explorer until the person leaves; on the terminal that is `held`, where the wait for the data was shown on it.
///
/// # Errors
/// No terminal ([`super::NotATerminal`] as the source), or it is gone.
pub fn run(options: Options, held: Option<Box<Held>>) -> std::io::Result<Ending> {
    let mouse = !options.config.no_mouse;
    let Held { mut terminal, events } = held.map_or_else(|| Held::take(mouse), |held| Ok(*held))?;
    let explorer = Explorer::new(options, events.waker())?;
    let mut run = Run {
        explorer,
        pacing: Pacing::default(),
    };
    let ended = run.until_left(&events, &mut terminal);
    drop(terminal);
    run.explorer.save();
    ended
}

struct Run {
    explorer: Explorer,
    pacing: Pacing,
}

impl Run {
    fn until_left(&mut self, events: &Events, terminal: &mut Session) -> std::io::Result<Ending> {
        self.pacing.changed(Instant::now());
        self.pacing.awaiting(self.explorer.is_pending(), Instant::now());
        loop {
            let now = Instant::now();
            if self.pacing.due(now) {
                self.draw(terminal, now)?;
                continue;
            }
            let Some(first) = events.next(self.pacing.deadline()) else {
                continue;
            };
            let mut next = Some(first);
            while let Some(event) = next {
                next = events.waiting();
                // Of several new sizes the last one counts.
                let superseded = matches!(event, Event::Resize(..)) && matches!(next, Some(Event::Resize(..)));
                if superseded {
                    continue;
                }
                if let Some(ending) = self.happened(event, terminal)? {
                    return Ok(ending);
                }
            }
        }
    }

    fn happened(&mut self, event: Event, terminal: &mut Session) -> std::io::Result<Option<Ending>> {
        let now = Instant::now();
        if event == Event::Wake {
            if self.explorer.poll() {
                self.pacing.changed(now);
            }
            self.pacing.awaiting(self.explorer.is_pending(), now);
            return Ok(None);
        }
        if matches!(event, Event::Resize(..)) {
            terminal.resized()?;
        }
        for request in self.explorer.handle(event) {
            match request {
                Request::Quit => return Ok(Some(Ending::Left)),
                Request::Die(signal) => return Ok(Some(Ending::Signal(signal))),
                #[cfg(unix)]
                Request::Suspend => terminal.suspend()?,
                #[cfg(not(unix))]
                Request::Suspend => {}
                Request::Resume => terminal.resume()?,
                Request::Repaint => terminal.repaint()?,
                Request::Mouse(on) => terminal.set_mouse(on)?,
                Request::Copy(text) => terminal.copy(&text)?,
            }
        }
        self.pacing.changed(now);
        if self.explorer.is_pending() {
            self.pacing.asked(now);
        } else {
            self.pacing.awaiting(false, now);
        }
        Ok(None)
    }

    fn draw(&mut self, terminal: &mut Session, now: Instant) -> std::io::Result<()> {
        let stale = self.pacing.is_stale(now);
        let explorer = &mut self.explorer;
        terminal.draw(|frame| {
            crate::task::panic_if_asked("draw");
            let area = frame.area();
            if let Some(cursor) = explorer.draw(area, frame.buffer_mut(), stale) {
                frame.set_cursor_position(cursor);
            }
        })?;
        if cfg!(debug_assertions) && now.elapsed() > SLOW_FRAME {
            tracing::debug!("a frame took {} ms", now.elapsed().as_millis());
        }
        Ok(())
    }
}
