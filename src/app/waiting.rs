//! The screen while data is read: how far it is, and that it can be stopped. Only where reading takes a while: what is
//! there at once is never announced.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::events::{Event, Events};
use super::keys::{Code, Key};
use super::terminal::Session;
use crate::panes::theme::Depth;
use crate::panes::theme::Role;
use crate::panes::widgets::{centered, gauge, message, to_ascii};
use crate::panes::{Theme, ThemeName};
use crate::task::{Cancel, Progress, Report, Task};

/// What is done sooner is not worth a screen.
const PATIENCE: Duration = Duration::from_millis(150);
/// Between two looks whether the work is done.
const LOOK: Duration = Duration::from_millis(15);
/// Between two frames.
const FRAME: Duration = Duration::from_millis(50);

/// Work that is going on in the background before there is anything to explore.
pub struct Opening<T> {
    result: Receiver<T>,
    cancel: Cancel,
    heard: Arc<Mutex<Heard>>,
    since: Instant,
}

/// How waiting ended.
pub enum Waited<T> {
    /// The work is done; the terminal is ours where the wait was shown on it.
    Done(T, Option<Box<Held>>),
    Left,
    /// A signal ended it; the terminal is restored, and the program should die of it.
    Signal(i32),
}

/// The terminal and what it reports, once both are ours.
pub struct Held {
    pub(super) terminal: Session,
    pub(super) events: Events,
}

impl Held {
    /// Takes the terminal. Whatever asks it a question must have had its answer: from here on keys are read.
    pub(super) fn take(mouse: bool) -> io::Result<Self> {
        let events = Events::default();
        let terminal = Session::enter(mouse)?;
        #[cfg(unix)]
        events.hear_signals()?;
        events.read_terminal()?;
        Ok(Self { terminal, events })
    }
}

/// The last report, and when its stage began.
#[derive(Debug, Default)]
struct Heard {
    report: Option<Report>,
    since: Option<Instant>,
}

impl Heard {
    fn hear(&mut self, report: Report) {
        if self.report.as_ref().is_none_or(|r| r.stage != report.stage) {
            self.since = Some(Instant::now());
        }
        self.report = Some(report);
    }
}

impl<T: Send + 'static> Opening<T> {
    /// Starts `work` with `task`, whose progress is heard here.
    ///
    /// # Errors
    /// The operating system refuses a thread.
    pub fn start(mut task: Task, work: impl FnOnce(&Task) -> T + Send + 'static) -> io::Result<Self> {
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let hear = Arc::clone(&heard);
        task.progress = Progress::to(move |report| {
            hear.lock().unwrap_or_else(PoisonError::into_inner).hear(report);
        });
        let cancel = task.cancel.clone();
        let (send, result) = channel();
        let run = move || {
            let _ = send.send(work(&task));
        };
        thread::Builder::new().name("opening".to_owned()).spawn(run)?;
        Ok(Self {
            result,
            cancel,
            heard,
            since: Instant::now(),
        })
    }

    /// Waits, on the terminal where it takes a while, until the work is done or stopped. What is stopped ends on its own;
    /// nobody waits for it. `name` is what is being opened.
    ///
    /// # Errors
    /// The terminal refuses, or the work ended without a result.
    pub fn wait(self, name: &str, theme: (ThemeName, Depth, bool), mouse: bool) -> io::Result<Waited<T>> {
        match self.result.recv_timeout(PATIENCE.saturating_sub(self.since.elapsed())) {
            Ok(result) => return Ok(Waited::Done(result, None)),
            Err(RecvTimeoutError::Disconnected) => return Err(without_result()),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let theme = Theme::new(theme.0, theme.1).ascii(theme.2);
        let Held { mut terminal, events } = Held::take(mouse)?;
        let mut drawn: Option<Instant> = None;
        loop {
            match self.result.try_recv() {
                Ok(result) => return Ok(Waited::Done(result, Some(Box::new(Held { terminal, events })))),
                Err(TryRecvError::Disconnected) => return Err(without_result()),
                Err(TryRecvError::Empty) => {}
            }
            let now = Instant::now();
            if drawn.is_none_or(|at| now.saturating_duration_since(at) >= FRAME) {
                drawn = Some(now);
                self.draw(&mut terminal, name, &theme)?;
            }
            match events.next(Some(now + LOOK)) {
                Some(Event::Key(key)) if stops(key) => {
                    self.cancel.cancel();
                    return Ok(Waited::Left);
                }
                Some(Event::Hangup) => {
                    self.cancel.cancel();
                    return Ok(Waited::Left);
                }
                Some(Event::Terminate(signal)) => {
                    self.cancel.cancel();
                    return Ok(Waited::Signal(signal));
                }
                #[cfg(unix)]
                Some(Event::Suspend) => terminal.suspend()?,
                Some(Event::Continue) => terminal.resume()?,
                Some(Event::Resize(..)) => drawn = None,
                _ => {}
            }
        }
    }

    fn draw(&self, terminal: &mut Session, name: &str, theme: &Theme) -> io::Result<()> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let report = heard.report.clone();
        let elapsed = heard.since.unwrap_or(self.since).elapsed();
        drop(heard);
        terminal.draw(|frame| {
            let area = frame.area();
            draw(report.as_ref(), elapsed, name, theme, area, frame.buffer_mut());
        })
    }
}

fn without_result() -> io::Error {
    io::Error::other("reading the data broke off")
}

/// Esc, q, Ctrl-C and Ctrl-D stop.
fn stops(key: Key) -> bool {
    match key.code {
        Code::Esc => true,
        Code::Char('q') => !key.alt,
        Code::Char('c' | 'd') => key.ctrl,
        _ => false,
    }
}

/// What is being opened, how far it is, and what stops it, in the middle of `area`.
fn draw(report: Option<&Report>, elapsed: Duration, name: &str, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if let Some((foreground, background)) = theme.painted_ground() {
        buffer.set_style(area, ratatui::style::Style::new().fg(foreground).bg(background));
    }
    let all = centered(area, area.width, 7);
    let line = |n: u16| Rect {
        y: all.y + n.min(all.height.saturating_sub(1)),
        height: u16::from(n < all.height),
        ..all
    };
    let mut say = |n: u16, text: &str, role: Role| message(buffer, line(n), &[text], theme.style(role), theme);
    say(0, name, Role::Title);
    say(6, "Esc or Ctrl-C stops", Role::Muted);
    if let Some(report) = report {
        let share = report.share();
        let percent = share.map_or_else(String::new, |s| format!(" {:.0} %", (s * 100.0).floor()));
        say(2, &format!("{}{percent}", report.stage), Role::Text);
        say(4, &report.pace(elapsed), Role::Text);
        let row = line(3);
        let bar = centered(row, row.width.saturating_sub(4).min(60), row.height);
        if let Some(share) = share.filter(|_| bar.height > 0) {
            gauge(buffer, bar, share, theme);
        }
    }
    to_ascii(buffer, area, theme);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(report: Option<&Report>, width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let theme = Theme::new(ThemeName::Dark, Depth::True);
        draw(report, Duration::from_secs(1), "films", &theme, area, &mut buffer);
        let row = |y: u16| {
            (0..width)
                .map(|x| buffer[(x, y)].symbol().to_owned())
                .collect::<String>()
        };
        (0..height).map(|y| row(y).trim().to_owned()).collect()
    }

    #[test]
    fn the_wait_shows_how_far_it_is_and_how_to_stop_it() {
        let report = Report::of("reading ratings", 300_000_000, 600_000_000, "bytes").with("rows", 12_345_678.0);
        let lines = shown(Some(&report), 80, 24);
        let text = lines.join("\n");
        for wanted in [
            "films",
            "reading ratings 50 %",
            "12,345,678 rows, 300 MB/s, 1 s left",
            "Esc or Ctrl-C stops",
        ] {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
        let bar = lines.iter().find(|l| l.contains('█')).unwrap();
        assert_eq!(bar.matches('█').count(), 30);
        for (width, height) in [(0, 0), (1, 1), (7, 3), (30, 8)] {
            shown(Some(&report), width, height);
            shown(None, width, height);
        }
    }

    #[test]
    fn work_that_is_done_at_once_is_not_announced() {
        let opening = Opening::start(Task::unattended(), |_| 42).unwrap();
        let theme = (ThemeName::Dark, Depth::Mono, false);
        assert!(matches!(opening.wait("x", theme, false), Ok(Waited::Done(42, None))));
    }

    #[test]
    fn some_keys_stop_and_others_do_not() {
        let ctrl = |c| Key {
            ctrl: true,
            ..Key::plain(Code::Char(c))
        };
        for key in [Key::plain(Code::Esc), Key::plain(Code::Char('q')), ctrl('c'), ctrl('d')] {
            assert!(stops(key), "{key}");
        }
        for key in [Key::plain(Code::Enter), Key::plain(Code::Char('c')), ctrl('x')] {
            assert!(!stops(key), "{key}");
        }
    }
}
