//! Whole frames, cell by cell: each screen at three sizes, with each layer open, stale, failed and waiting.

use super::*;
use crate::app::tests_common::{Stage, middle_world, toy_world};
use crate::panes::widgets::buffer_lines;
use std::sync::mpsc::{Sender, channel};

/// The lines of a frame, without what differs from run to run: the memory of the process, the seconds of fits.
fn lines(buffer: &Buffer) -> String {
    let is_said = |cell: &char| cell.is_alphanumeric() || " .,".contains(*cell);
    let mut seconds = None;
    let mut frame = String::new();
    for line in buffer_lines(buffer) {
        let mut cells: Vec<char> = line.chars().collect();
        let find = |text: &str| line.find(text).map(|at| line[..at].chars().count());
        seconds = seconds.filter(|_| !line.starts_with(['├', '╰']) && !line.contains("● answers"));
        let hidden = match (find("│process "), seconds) {
            (Some(at), _) => at + 9..at + 9 + cells[at + 9..].iter().take_while(|c| is_said(c)).count(),
            (None, Some(at)) => at..at + 6,
            _ => 0..0,
        };
        cells.get_mut(hidden).into_iter().flatten().for_each(|cell| *cell = ' ');
        seconds = find("fit s").or(seconds);
        frame.extend(cells);
        frame.push('\n');
    }
    frame
}

pub(super) fn assert_frame(name: &str, buffer: &Buffer) {
    insta::assert_snapshot!(name, lines(buffer));
}

/// Keeps as many threads of an executor busy, until the sender goes.
fn hold(executor: &Executor, threads: usize) -> Sender<()> {
    let (release, held) = channel::<()>();
    let held = Arc::new(std::sync::Mutex::new(held));
    for _ in 0..threads {
        let held = Arc::clone(&held);
        executor.submit(move || {
            let _ = held.lock().map(|held| held.recv());
        });
    }
    release
}

#[test]
fn screens() {
    for screen in crate::screens::SCREENS {
        let mut stage = Stage::new(middle_world(), (80, 24));
        stage.press(&screen.digit.to_string());
        for size in [(80, 24), (120, 40), (200, 60)] {
            stage.resize(size);
            let frame = stage.settle();
            if screen.digit == '7' {
                // Its times differ from run to run: panes are compared by their own tests.
                let text = lines(&frame);
                for title in ["Request", "Rank flow", "Session", "Nightly batch"] {
                    assert!(text.contains(title), "{title} at {}: {text}", size.0);
                }
                continue;
            }
            assert_frame(&format!("{}_{}", screen.name.to_lowercase(), size.0), &frame);
        }
    }
}

#[test]
fn layers() {
    for (name, keys, text) in [
        ("picker", "i", "i1"),
        ("why_not", "w", ""),
        ("guest", "n", ""),
        ("palette", ":", ""),
        ("models", "m", "als"),
        ("help", "?", ""),
        ("arithmetic", "=", ""),
        ("rating", "shift-tab e", ""),
        ("filter", "/", "i2"),
        ("export", "x", ""),
        ("control", "3 tab tab enter", ""),
    ] {
        let mut stage = Stage::new(middle_world(), (120, 40));
        stage.press(keys);
        stage.type_text(text);
        assert!(!stage.explorer.layers.is_empty(), "{keys} opens nothing");
        assert_frame(&format!("layer_{name}"), &stage.settle());
    }
}

#[test]
fn stale() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    let release = hold(&stage.explorer.tools.browsing, 8);
    stage.explorer.handle(Event::Key(Key::parse("enter").unwrap()));
    let area = Rect::new(0, 0, 120, 40);
    let mut buffer = Buffer::empty(area);
    stage.explorer.draw(area, &mut buffer, true);
    assert_frame("stale", &buffer);
    drop(release);
    stage.settle();
}

#[test]
fn failed() {
    let mut stage = Stage::new(toy_world(), (120, 40));
    stage.press("m");
    // The toy has no times.
    stage.type_text("trending");
    stage.press("enter");
    assert_frame("failed", &stage.settle());
}

#[test]
fn waiting() {
    let mut stage = Stage::new(toy_world(), (120, 40));
    let release = hold(&stage.explorer.background, 4);
    for key in "m n m f enter".split(' ') {
        stage.explorer.handle(Event::Key(Key::parse(key).unwrap()));
    }
    while stage.explorer.is_pending() || stage.explorer.poll() {
        assert!(stage.explorer.tools.browsing.wait_idle(Duration::from_secs(60)));
        stage.explorer.poll();
    }
    assert_frame("waiting", &stage.draw());
    drop(release);
    stage.settle();
}
