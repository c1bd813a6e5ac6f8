use super::*;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

fn mouse(kind: MouseEventKind) -> terminal::Event {
    terminal::Event::Mouse(MouseEvent {
        kind,
        column: 3,
        row: 4,
        modifiers: KeyModifiers::NONE,
    })
}

#[test]
fn presses_and_repeats_count_and_releases_do_not() {
    let mut translator = Translator::default();
    let now = Instant::now();
    let mut key = |kind| {
        let event = KeyEvent::new_with_kind(KeyCode::Char('j'), KeyModifiers::NONE, kind);
        translator.translate(terminal::Event::Key(event), now)
    };
    let j = Some(Event::Key(Key::parse("j").unwrap()));
    assert_eq!(
        (
            key(KeyEventKind::Press),
            key(KeyEventKind::Repeat),
            key(KeyEventKind::Release)
        ),
        (j.clone(), j, None)
    );
}

#[test]
fn motion_is_dropped_and_the_wheel_is_throttled() {
    let mut translator = Translator::default();
    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    assert_eq!(translator.translate(mouse(MouseEventKind::Moved), start), None);
    let press = translator.translate(mouse(MouseEventKind::Down(MouseButton::Left)), start);
    assert_eq!(press, Some(Event::Mouse(Mouse::Press, 3, 4)));
    let heard: Vec<bool> = [0, 5, 19, 20, 30, 45]
        .map(|ms| {
            translator
                .translate(mouse(MouseEventKind::ScrollDown), at(ms))
                .is_some()
        })
        .to_vec();
    assert_eq!(heard, [true, false, false, true, false, true]);
    assert_eq!(
        translator.translate(mouse(MouseEventKind::Down(MouseButton::Right)), start),
        None
    );
}

#[test]
fn pasted_lines_become_one() {
    for (pasted, line) in [
        ("Alien\n", "Alien"),
        ("a\r\nb\n\nc", "a b c"),
        ("x\ty\u{1b}[31mz", "x y[31mz"),
        ("", ""),
    ] {
        let event = Translator::default().translate(terminal::Event::Paste(pasted.to_owned()), Instant::now());
        assert_eq!(event, Some(Event::Paste(line.to_owned())));
    }
}

#[test]
fn many_answers_wake_once_and_later_ones_wake_again() {
    let events = Events::default();
    let wake = events.waker();
    wake();
    wake();
    assert_eq!(events.waiting(), Some(Event::Wake));
    assert_eq!(events.waiting(), None);
    wake();
    assert_eq!(events.next(None), Some(Event::Wake));
    assert_eq!(events.next(Some(Instant::now())), None);
}

#[test]
fn a_late_answer_about_colors_types_nothing() {
    let mut translator = Translator::default();
    let now = Instant::now();
    let mut press =
        |code, modifiers, at| translator.translate(terminal::Event::Key(KeyEvent::new(code, modifiers)), at);
    // ESC ] 11;rgb:d8/dc/e6 ESC \ as the key reader takes it apart.
    assert_eq!(press(KeyCode::Char(']'), KeyModifiers::ALT, now), None);
    for letter in "11;rgb:d8/dc/e6q".chars() {
        assert_eq!(press(KeyCode::Char(letter), KeyModifiers::NONE, now), None);
    }
    assert_eq!(press(KeyCode::Char('\\'), KeyModifiers::ALT, now), None);
    let q = Some(Event::Key(Key::parse("q").unwrap()));
    assert_eq!(press(KeyCode::Char('q'), KeyModifiers::NONE, now), q);
    // An answer that never ends gives the keyboard back.
    assert_eq!(press(KeyCode::Char(']'), KeyModifiers::ALT, now), None);
    assert_eq!(
        press(KeyCode::Char('q'), KeyModifiers::NONE, now + Duration::from_secs(1)),
        q
    );
}
