//! The terminal as it was found, and back again: whatever was switched on is switched off in reverse, once, however the
//! program ends.

use std::cell::Cell;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::task::is_contained;

/// Standard output is no terminal: there is nowhere to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "standard output is not a terminal: the explorer needs one (the other commands, such as info or recommend, do not)"
)]
pub struct NotATerminal;

/// What was switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Raw,
    AlternateScreen,
    HiddenCursor,
    BracketedPaste,
    Mouse,
}

/// What is on now, in the order in which it was switched on. Shared with the panic hook and the signals.
static ENTERED: Mutex<Vec<Mode>> = Mutex::new(Vec::new());

/// The thread that draws. A panic of any other thread never touches the terminal.
static UI_THREAD: OnceLock<ThreadId> = OnceLock::new();

fn entered() -> MutexGuard<'static, Vec<Mode>> {
    ENTERED.lock().unwrap_or_else(PoisonError::into_inner)
}

fn switch_on(mode: Mode) -> io::Result<()> {
    // Noted first: a mode that was switched on half is switched off too.
    entered().push(mode);
    let mut out = io::stdout();
    match mode {
        Mode::Raw => enable_raw_mode(),
        Mode::AlternateScreen => execute!(out, EnterAlternateScreen),
        Mode::HiddenCursor => execute!(out, cursor::Hide),
        Mode::BracketedPaste => execute!(out, EnableBracketedPaste),
        Mode::Mouse => execute!(out, EnableMouseCapture),
    }
}

fn switch_off(mode: Mode) {
    let mut out = io::stdout();
    // Errors are ignored: the terminal may be gone, and what can still be undone should be.
    let _ = match mode {
        Mode::Raw => disable_raw_mode(),
        Mode::AlternateScreen => execute!(out, LeaveAlternateScreen),
        Mode::HiddenCursor => execute!(out, cursor::Show),
        Mode::BracketedPaste => execute!(out, DisableBracketedPaste),
        Mode::Mouse => execute!(out, DisableMouseCapture),
    };
}

/// Switches everything off that is on, the last first. Does nothing the second time.
fn leave() {
    let modes = std::mem::take(&mut *entered());
    if !modes.is_empty() {
        let _ = execute!(io::stdout(), EndSynchronizedUpdate);
    }
    for mode in modes.into_iter().rev() {
        switch_off(mode);
    }
}

fn enter(mouse: bool) -> io::Result<()> {
    let wanted = [
        Some(Mode::Raw),
        Some(Mode::AlternateScreen),
        Some(Mode::HiddenCursor),
        Some(Mode::BracketedPaste),
        mouse.then_some(Mode::Mouse),
    ];
    wanted.into_iter().flatten().try_for_each(switch_on)
}

/// Restores the terminal before the message of a panic of the drawing thread is printed. A worker's panic is contained where
/// it happens and becomes a failed answer; printing it would spoil the screen, so it only goes to the log.
fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if is_contained() {
                return;
            }
            let drawing = UI_THREAD.get() == Some(&thread::current().id());
            if drawing {
                leave();
                before(panic);
            } else if entered().is_empty() {
                before(panic);
            } else {
                tracing::error!("a worker panicked: {panic}");
            }
        }));
    });
}

/// A writer that sends what was written when a frame is whole: the terminal sees it in one piece.
struct Held {
    inner: BufWriter<Stdout>,
    hold: Rc<Cell<bool>>,
}

impl Write for Held {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.hold.get() { Ok(()) } else { self.inner.flush() }
    }
}

/// The terminal while it is ours. Dropping it gives it back.
pub struct Session {
    terminal: Terminal<CrosstermBackend<Held>>,
    hold: Rc<Cell<bool>>,
    mouse: bool,
    /// The size is assumed: the terminal did not know its own.
    is_guess: bool,
}

/// A full-color frame of 200×60 is 379 KB; with this buffer it goes out in three writes.
const BUFFER: usize = 256 * 1024;

/// Whether the terminal says how large it is.
fn knows_its_size() -> bool {
    !matches!(crossterm::terminal::size(), Ok((0, _) | (_, 0)))
}

/// The screen in the terminal's size; 80×24 where it doesn't know its own, as serial lines and some containers don't.
fn sized(hold: &Rc<Cell<bool>>) -> io::Result<Terminal<CrosstermBackend<Held>>> {
    let backend = CrosstermBackend::new(Held {
        inner: BufWriter::with_capacity(BUFFER, io::stdout()),
        hold: Rc::clone(hold),
    });
    if knows_its_size() {
        return Terminal::new(backend);
    }
    let viewport = Viewport::Fixed(Rect::new(0, 0, 80, 24));
    Terminal::with_options(backend, TerminalOptions { viewport })
}

impl Session {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// The terminal refuses; it is left as it was then. [`NotATerminal`] (as the source of the error) where there is none.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        if !io::stdout().is_terminal() {
            return Err(io::Error::new(io::ErrorKind::Unsupported, NotATerminal));
        }
        let _ = UI_THREAD.set(thread::current().id());
        install_panic_hook();
        // Themes decide about colors (NO_COLOR included); left to itself crossterm would then also erase bold and reverse.
        crossterm::style::force_color_output(true);
        if let Err(error) = enter(mouse) {
            leave();
            return Err(error);
        }
        let hold = Rc::new(Cell::new(false));
        match sized(&hold) {
            Ok(terminal) => Ok(Self {
                terminal,
                hold,
                mouse,
                is_guess: !knows_its_size(),
            }),
            Err(error) => {
                leave();
                Err(error)
            }
        }
    }

    /// Draws one frame in one piece.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(&mut self, paint: impl FnOnce(&mut ratatui::Frame<'_>)) -> io::Result<()> {
        let piece = Piece::begin(&mut self.terminal, &self.hold)?;
        piece.terminal.draw(paint)?;
        piece.end()
    }

    /// Forgets what is on the screen, so that the next frame draws every cell. (`Terminal::clear` would ask the terminal for
    /// its cursor, and race the thread that reads the keys.)
    pub fn repaint(&mut self) -> io::Result<()> {
        let area = self.terminal.get_frame().area();
        self.terminal.resize(area)
    }

    /// The terminal has another size, maybe its first one.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn resized(&mut self) -> io::Result<()> {
        if self.is_guess && knows_its_size() {
            self.is_guess = false;
            self.terminal = sized(&self.hold)?;
        }
        Ok(())
    }

    /// Switches mouse reports on or off: off leaves the mouse to the terminal's own selection.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        let is_on = entered().contains(&Mode::Mouse);
        if on && !is_on {
            switch_on(Mode::Mouse)
        } else {
            if !on && is_on {
                entered().retain(|m| *m != Mode::Mouse);
                switch_off(Mode::Mouse);
            }
            Ok(())
        }
    }

    /// Gives the terminal back for a while, stops, and takes it again when the program is continued.
    ///
    /// # Errors
    /// The terminal refuses to be taken again.
    #[cfg(unix)]
    pub fn suspend(&mut self) -> io::Result<()> {
        leave();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        self.resume()
    }

    /// Takes the terminal again after something else had it.
    ///
    /// # Errors
    /// The terminal refuses.
    pub fn resume(&mut self) -> io::Result<()> {
        leave();
        enter(self.mouse)?;
        self.repaint()
    }

    /// Sends `text` to the terminal's clipboard (OSC 52). Nothing confirms that it arrived.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let out = self.terminal.backend_mut();
        execute!(out, crossterm::clipboard::CopyToClipboard::to_clipboard_from(text))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = Write::flush(self.terminal.backend_mut());
        // ratatui's own drop shows the cursor if it hid it; ours comes after in any case.
        leave();
    }
}

/// One frame between Begin and End, sent when it is whole, whatever happens in between.
struct Piece<'a> {
    terminal: &'a mut Terminal<CrosstermBackend<Held>>,
    hold: &'a Cell<bool>,
    ended: bool,
}

impl<'a> Piece<'a> {
    fn begin(terminal: &'a mut Terminal<CrosstermBackend<Held>>, hold: &'a Cell<bool>) -> io::Result<Self> {
        hold.set(true);
        let piece = Self {
            terminal,
            hold,
            ended: false,
        };
        queue!(piece.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        Ok(piece)
    }

    fn end(mut self) -> io::Result<()> {
        self.finish()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.ended = true;
        let backend = self.terminal.backend_mut();
        let queued = queue!(backend, EndSynchronizedUpdate);
        self.hold.set(false);
        queued.and_then(|()| Write::flush(backend))
    }
}

impl Drop for Piece<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.finish();
        }
    }
}

/// Ends the program as the signal would have ended it, the terminal given back: whoever started us sees the truth.
#[cfg(unix)]
pub fn die_of(signal: i32) {
    leave();
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}
