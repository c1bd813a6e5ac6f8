//! The program in a real (pseudo-)terminal: what it draws, and that it leaves the terminal as it found it.
#![cfg(unix)]

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a test waits for anything at most.
const LONG: Duration = Duration::from_secs(60);

struct Program {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    raw: Vec<u8>,
    _state: tempfile::TempDir,
}

impl Program {
    /// The explorer on the sample, in a window of 100 by 30, with these variables.
    fn start(variables: &[(&str, &str)]) -> Self {
        Self::start_on(None, variables)
    }

    /// As [`Program::start`], on data of one's own.
    fn start_on(data: Option<&std::path::Path>, variables: &[(&str, &str)]) -> Self {
        Self::start_in((30, 100), data, variables)
    }

    /// As [`Program::start_on`], with any arguments, in a window of so many rows and columns.
    fn start_in(
        (rows, cols): (u16, u16),
        arguments: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>,
        variables: &[(&str, &str)],
    ) -> Self {
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let state = tempfile::tempdir().unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_recscope"));
        command.args(arguments);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("HOME", state.path());
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let (send, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = vec![0; 65536];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                if send.send(bytes[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            master: pair.master,
            keys,
            output,
            screen: vt100::Parser::new(30, 100, 0),
            raw: Vec::new(),
            _state: state,
        }
    }

    /// Takes what was drawn until `done` says so.
    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + LONG;
        while !done(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.output.recv_timeout(left) else {
                panic!("waited for {what} in vain:\n{}", self.text());
            };
            self.screen.process(&bytes);
            self.raw.extend(bytes);
        }
    }

    fn until_shown(&mut self, text: &str) {
        self.until(text, |p| p.text().contains(text));
    }

    fn text(&self) -> String {
        self.screen.screen().contents()
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-s", name, &pid])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for the end, and for the rest of the output.
    fn ended(&mut self) -> portable_pty::ExitStatus {
        let deadline = Instant::now() + LONG;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it did not end:\n{}", self.text());
            if let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(20)) {
                self.screen.process(&bytes);
                self.raw.extend(bytes);
            }
        };
        while let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(200)) {
            self.screen.process(&bytes);
            self.raw.extend(bytes);
        }
        status
    }

    /// Everything that was switched on is off again.
    fn assert_restored(&self) {
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "pasting is as it was");
        assert_eq!(
            screen.mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "the mouse is free"
        );
        let raw = String::from_utf8_lossy(&self.raw);
        assert_eq!(raw.matches("\u{1b}[?2026h").count() > 0, raw.contains("\u{1b}[?2026l"));
        let (begun, ended) = (raw.rfind("\u{1b}[?2026h"), raw.rfind("\u{1b}[?2026l"));
        assert!(begun < ended, "no frame is left half done");
    }
}

#[test]
fn it_starts_draws_resizes_and_leaves_the_terminal_as_it_was() {
    let mut program = Program::start(&[]);
    program.until_shown("Recommendations");
    assert!(program.screen.screen().alternate_screen());
    program.until_shown("item-knn");
    let size = PtySize {
        rows: 40,
        cols: 130,
        pixel_width: 0,
        pixel_height: 0,
    };
    program.screen.screen_mut().set_size(40, 130);
    program.master.resize(size).unwrap();
    program.until("the wider frame", |p| p.text().lines().any(|l| l.chars().count() > 110));
    program.press("?");
    program.until_shown("What is possible here");
    program.press("\u{1b}");
    program.until("help to close", |p| !p.text().contains("What is possible here"));
    program.press("q");
    assert!(program.ended().success());
    program.assert_restored();
}

#[test]
fn the_wait_for_much_data_is_shown_and_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ratings.csv");
    // The same block of text time and again: it takes a while to read, and little to write.
    let row = |n: u32| format!("{},{},{},{}\n", n % 977, n % 1009, 1 + n % 5, 900_000_000 + n);
    let block = (0..50_000).map(row).collect::<Vec<_>>().concat();
    let mut file = std::fs::File::create(&path).unwrap();
    for _ in 0..150 {
        file.write_all(block.as_bytes()).unwrap();
    }
    for keys in ["\u{1b}", "\u{3}", "q"] {
        let mut program = Program::start_on(Some(&path), &[]);
        program.until_shown("Esc or Ctrl-C stops");
        program.until_shown("rows");
        assert!(program.text().contains("MB/s"), "{}", program.text());
        program.press(keys);
        assert!(program.ended().success());
        program.assert_restored();
        assert!(!program.text().contains("Recommendations"));
    }
}

#[test]
fn ctrl_c_leaves_from_anywhere() {
    let mut program = Program::start(&[]);
    program.until_shown("Recommendations");
    program.press("u\u{3}");
    assert!(program.ended().success());
    program.assert_restored();
}

#[test]
fn ctrl_c_keeps_what_a_fit_has_learned_and_once_more_ends_it() {
    let films = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-data/films");
    let start = |model: &str| {
        let arguments = ["factors", films, "--no-cache", "--user", "u042", "--model", model];
        let mut program = Program::start_in((30, 100), arguments, &[]);
        program.until_shown("epochs/s");
        program.press("\u{3}");
        program
    };
    let mut program = start("svd:factors=2,epochs=100000");
    assert!(program.ended().success());
    let said = String::from_utf8_lossy(&program.raw).into_owned();
    assert!(
        said.contains("svd:factors=2,epochs=100000 was stopped after "),
        "{said}"
    );
    assert!(said.contains("by svd:factors=2,epochs="), "{said}");
    // An epoch of this one takes longer than the second key.
    let mut program = start("svdpp:factors=1000,epochs=100000");
    std::thread::sleep(Duration::from_millis(50));
    program.press("\u{3}");
    assert!(!program.ended().success());
    assert!(!String::from_utf8_lossy(&program.raw).contains("was stopped after"));
}

#[test]
fn signals_end_it_with_the_terminal_restored() {
    for name in ["TERM", "HUP", "INT"] {
        let mut program = Program::start(&[]);
        program.until_shown("Recommendations");
        program.signal(name);
        let status = program.ended();
        assert!(
            !status.success(),
            "{name}: who started it must see that a signal ended it"
        );
        program.assert_restored();
    }
}

#[test]
fn it_can_be_stopped_and_continued() {
    let mut program = Program::start(&[]);
    program.until_shown("Recommendations");
    program.signal("TSTP");
    program.until("the shell's screen", |p| !p.screen.screen().alternate_screen());
    program.assert_restored();
    // The screen is given back a moment before the program stops, and a signal to go on is lost on one that still runs: a
    // shell waits for the stop, this test says it again.
    let deadline = Instant::now() + LONG;
    while !(program.screen.screen().alternate_screen() && program.text().contains("Recommendations")) {
        assert!(
            Instant::now() < deadline,
            "the explorer did not come back:\n{}",
            program.text()
        );
        program.signal("CONT");
        while let Ok(bytes) = program.output.recv_timeout(Duration::from_millis(300)) {
            program.screen.process(&bytes);
            program.raw.extend(bytes);
        }
    }
    program.press("q");
    assert!(program.ended().success());
    program.assert_restored();
}

#[test]
fn without_color_nothing_is_colored_but_the_cursor_still_shows() {
    let mut program = Program::start(&[("NO_COLOR", "1")]);
    let cells_of = |p: &Program| -> Vec<vt100::Cell> {
        let cell = |y, x| p.screen.screen().cell(y, x).cloned();
        (0..30).flat_map(|y| (0..100).filter_map(move |x| cell(y, x))).collect()
    };
    program.until("the row under the cursor, reversed", |p| {
        cells_of(p).iter().any(vt100::Cell::inverse)
    });
    let cells = cells_of(&program);
    let plain = vt100::Color::Default;
    assert!(cells.iter().all(|c| c.fgcolor() == plain && c.bgcolor() == plain));
    assert!(cells.iter().any(vt100::Cell::bold));
    program.press("q");
    assert!(program.ended().success());
}

/// Only debug builds can be told to panic.
#[cfg(debug_assertions)]
#[test]
fn a_panic_restores_the_terminal_before_it_speaks_and_a_workers_panic_does_not_touch_it() {
    let mut program = Program::start(&[("RECSCOPE_PANIC", "draw")]);
    let status = program.ended();
    assert!(!status.success());
    program.assert_restored();
    assert!(
        program.text().contains("as asked by RECSCOPE_PANIC"),
        "{}",
        program.text()
    );
    let mut program = Program::start(&[("RECSCOPE_PANIC", "worker")]);
    program.until_shown("this computation broke down");
    assert!(program.screen.screen().alternate_screen());
    program.press("q");
    assert!(program.ended().success());
    program.assert_restored();
}

#[test]
fn a_terminal_that_does_not_know_its_size_is_taken_as_80_by_24() {
    let mut program = Program::start_in((0, 0), std::iter::empty::<&str>(), &[]);
    program.until_shown("Recommendations");
    program.until_shown("q quit");
    let size = PtySize {
        rows: 30,
        cols: 100,
        pixel_width: 0,
        pixel_height: 0,
    };
    program.master.resize(size).unwrap();
    program.until("the hints on the last of 30 lines", |p| {
        p.screen
            .screen()
            .rows(0, 100)
            .nth(29)
            .is_some_and(|line| line.contains("q quit"))
    });
    program.press("q");
    assert!(program.ended().success());
}

/// The clipboard of a terminal never answers, and tmux keeps what is sent to it unless it is told otherwise.
#[test]
fn inside_tmux_the_footer_says_how_a_copy_gets_through() {
    for (variables, hint) in [(&[][..], false), (&[("TMUX", "/tmp/tmux-0/default,1,0")][..], true)] {
        let mut program = Program::start(variables);
        program.until_shown("rank 1 of");
        program.press("y");
        program.until_shown("Sent to the terminal's clipboard");
        assert_eq!(program.text().contains("set-clipboard on"), hint);
        program.press("q");
        assert!(program.ended().success());
    }
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_recscope"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert!(
        sentence.contains("not a terminal") && sentence.lines().count() == 1,
        "{sentence}"
    );
}
