//! What comes in: keys, paste, mouse, a new size, signals, and the word that an answer is there. One channel for all of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use crossterm::event as terminal;

use super::keys::Key;
use crate::engine::Waker;

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A key was pressed (or repeats).
    Key(Key),
    /// A text was pasted, its lines joined by blanks.
    Paste(String),
    /// The mouse did something at a cell, counted from the upper left.
    Mouse(Mouse, u16, u16),
    Resize(u16, u16),
    Wake,
    /// The program was asked to end by this signal.
    Terminate(i32),
    /// The program was asked to stop for a while.
    Suspend,
    /// The program goes on after it was stopped.
    Continue,
    Hangup,
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    Press,
    /// The pointer moved with the left button down.
    Drag,
    Release,
    WheelUp,
    WheelDown,
}

/// Wheels and trackpads send bursts; what comes within this time of the last one counted is dropped.
const WHEEL: Duration = Duration::from_millis(20);

/// Turns what the terminal reports into events.
#[derive(Debug, Default)]
pub struct Translator {
    wheel: Option<Instant>,
    /// When the terminal began to answer a question about its colors that nobody waits for any more.
    answering: Option<Instant>,
}

/// How long such an answer may take to come in: it is a few dozen bytes in one piece.
const ANSWER: Duration = Duration::from_millis(500);

impl Translator {
    /// The event, or `None` for what does not matter.
    pub fn translate(&mut self, event: terminal::Event, now: Instant) -> Option<Event> {
        match event {
            terminal::Event::Key(key) if key.kind != terminal::KeyEventKind::Release => {
                if self.is_late_answer(key, now) {
                    return None;
                }
                Key::of_event(key).map(Event::Key)
            }
            terminal::Event::Paste(text) => Some(Event::Paste(flatten(&text))),
            terminal::Event::Resize(width, height) => Some(Event::Resize(width, height)),
            terminal::Event::Mouse(mouse) => {
                let what = self.mouse(mouse.kind, now)?;
                Some(Event::Mouse(what, mouse.column, mouse.row))
            }
            _ => None,
        }
    }

    /// Whether the key is part of a terminal's answer (`ESC ] 11 ; rgb:… ESC \\` or BEL) that came after its time was up:
    /// a slow line must not type into the program. It reads as Alt-] and what follows it.
    fn is_late_answer(&mut self, key: terminal::KeyEvent, now: Instant) -> bool {
        use terminal::{KeyCode::Char, KeyModifiers};
        let with = |modifier| key.modifiers.contains(modifier);
        let begins = key.code == Char(']') && with(KeyModifiers::ALT);
        let fresh = |since: &Instant| now.saturating_duration_since(*since) < ANSWER;
        if begins {
            self.answering = Some(now);
        } else if !self.answering.as_ref().is_some_and(fresh) {
            self.answering = None;
            return false;
        } else if (key.code == Char('\\') && with(KeyModifiers::ALT))
            || (key.code == Char('g') && with(KeyModifiers::CONTROL))
        {
            self.answering = None;
        }
        true
    }

    fn mouse(&mut self, kind: terminal::MouseEventKind, now: Instant) -> Option<Mouse> {
        use terminal::{MouseButton::Left, MouseEventKind};
        match kind {
            MouseEventKind::Down(Left) => Some(Mouse::Press),
            MouseEventKind::Drag(Left) => Some(Mouse::Drag),
            MouseEventKind::Up(Left) => Some(Mouse::Release),
            MouseEventKind::ScrollUp => self.turned(now).then_some(Mouse::WheelUp),
            MouseEventKind::ScrollDown => self.turned(now).then_some(Mouse::WheelDown),
            _ => None,
        }
    }

    fn turned(&mut self, now: Instant) -> bool {
        let counts = self
            .wheel
            .is_none_or(|last| now.saturating_duration_since(last) >= WHEEL);
        if counts {
            self.wheel = Some(now);
        }
        counts
    }
}

/// One line of a text of several: line ends and tabs become blanks, other control characters go.
fn flatten(text: &str) -> String {
    let mut flat = String::with_capacity(text.len());
    let mut blank = false;
    for letter in text.trim_end_matches(['\n', '\r']).chars() {
        let is_break = matches!(letter, '\n' | '\r' | '\t');
        if is_break && !blank {
            flat.push(' ');
        } else if !is_break && !letter.is_control() {
            flat.push(letter);
        }
        blank = is_break;
    }
    flat
}

/// The channel of events.
pub struct Events {
    send: Sender<Event>,
    receive: Receiver<Event>,
    woken: Arc<AtomicBool>,
}

impl Default for Events {
    fn default() -> Self {
        let (send, receive) = channel();
        Self {
            send,
            receive,
            woken: Arc::default(),
        }
    }
}

impl Events {
    /// What publishers of answers call: however often, one [`Event::Wake`] waits.
    pub fn waker(&self) -> Waker {
        let (send, woken) = (self.send.clone(), Arc::clone(&self.woken));
        Arc::new(move || {
            if !woken.swap(true, Ordering::AcqRel) {
                let _ = send.send(Event::Wake);
            }
        })
    }

    /// The next event; `None` when `deadline` has come. Without a deadline it waits as long as it takes, at no cost.
    pub fn next(&self, deadline: Option<Instant>) -> Option<Event> {
        let event = match deadline {
            None => self.receive.recv().ok(),
            Some(at) => self
                .receive
                .recv_timeout(at.saturating_duration_since(Instant::now()))
                .ok(),
        };
        self.seen(event)
    }

    /// The next event that is there already.
    pub fn waiting(&self) -> Option<Event> {
        self.seen(self.receive.try_recv().ok())
    }

    fn seen(&self, event: Option<Event>) -> Option<Event> {
        if event == Some(Event::Wake) {
            // Before the answers are looked at: what is published from now on wakes again.
            self.woken.store(false, Ordering::Release);
        }
        event
    }

    /// Starts the thread that reads the terminal. It ends with the program, or when the terminal is gone.
    ///
    /// # Errors
    /// The operating system refuses a thread.
    pub fn read_terminal(&self) -> std::io::Result<()> {
        let send = self.send.clone();
        let read = move || {
            let mut translator = Translator::default();
            loop {
                let event = match terminal::read() {
                    Ok(event) => translator.translate(event, Instant::now()),
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => None,
                    Err(_) => Some(Event::Hangup),
                };
                let gone = event == Some(Event::Hangup);
                if event.is_some_and(|e| send.send(e).is_err()) || gone {
                    return;
                }
            }
        };
        thread::Builder::new().name("input".to_owned()).spawn(read).map(drop)
    }

    /// Starts the thread that hears signals.
    ///
    /// # Errors
    /// The operating system refuses.
    #[cfg(unix)]
    pub fn hear_signals(&self) -> std::io::Result<()> {
        use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
        let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT])?;
        let send = self.send.clone();
        let hear = move || {
            for signal in signals.forever() {
                let event = match signal {
                    SIGTSTP => Event::Suspend,
                    SIGCONT => Event::Continue,
                    other => Event::Terminate(other),
                };
                if send.send(event).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(hear).map(drop)
    }
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
