use super::*;
use crate::answers::{Subject, Whose};
use crate::app::config::Config;
use crate::app::events::Mouse;
use crate::app::scope::Scope;
use crate::app::tests_common::{Stage, middle_world, toy_world};
use crate::engine::Order;
use crate::panes::{PaneId, Target};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

#[test]
fn it_opens_with_answers_and_the_list_leads() {
    let mut stage = Stage::new(middle_world(), (160, 40));
    let screen = stage.text();
    assert!(
        screen.contains("Recommendations") && screen.contains("Profile") && screen.contains("1 Explore"),
        "{screen}"
    );
    let focus = stage.explorer.state.shared.selection.focus_item;
    assert!(focus.is_some());
    let under = stage
        .explorer
        .state
        .shared
        .facts
        .target
        .as_ref()
        .and_then(Target::entity);
    assert_eq!(under, focus.map(crate::answers::Entity::Item));
}

#[test]
fn any_size_can_be_drawn_with_anything_on_top() {
    for keys in ["", "u", "m", ":", "?", "e", "x", "z", "=", "/"] {
        let mut stage = Stage::new(toy_world(), (120, 40));
        stage.press(keys);
        for size in [
            (200, 60),
            (80, 24),
            (79, 24),
            (40, 12),
            (30, 8),
            (28, 7),
            (27, 7),
            (5, 3),
            (1, 1),
            (0, 0),
            (120, 40),
        ] {
            stage.resize(size);
        }
    }
}

#[test]
fn a_window_that_is_too_small_says_what_it_needs() {
    let mut stage = Stage::new(toy_world(), (27, 6));
    let screen = stage.text();
    assert!(
        screen.contains("this window: 27 x 6") && screen.contains("needed: 28 x 7"),
        "{screen}"
    );
}

#[test]
fn themes_modes_and_ascii_draw_no_color_and_no_unicode_where_they_must_not() {
    let config = Config {
        ascii: true,
        theme: Some(crate::panes::ThemeName::Mono),
        ..Config::default()
    };
    let mut stage = Stage::with(toy_world(), (120, 40), config, Sessions::nowhere());
    for _ in 0..4 {
        let frame = stage.draw();
        assert!(frame.content.iter().all(|c| c.symbol().is_ascii()), "{}", stage.text());
        stage.press("T");
    }
    stage.explorer.theme = Theme::new(crate::panes::ThemeName::Mono, Depth::Mono);
    let frame = stage.draw();
    let reset =
        |c: &ratatui::buffer::Cell| c.fg == ratatui::style::Color::Reset && c.bg == ratatui::style::Color::Reset;
    assert!(frame.content.iter().all(reset));
}

#[test]
fn the_mouse_points_opens_and_scrolls() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    let place = |stage: &Stage, pane: usize| stage.explorer.places.layout.panes[pane].area;
    let profile = place(&stage, 0);
    stage
        .explorer
        .handle(Event::Mouse(Mouse::Press, profile.x + 3, profile.y));
    assert_eq!(stage.explorer.state.focused, 0);
    let rows = stage.explorer.places.drawn(PaneId("profile")).rows;
    stage.explorer.handle(Event::Mouse(Mouse::Press, rows.x, rows.y + 2));
    assert_eq!(stage.explorer.state.shared.memory(PaneId("profile")).cursor, 2);
    let focus = stage.explorer.state.shared.selection.focus_item;
    stage.explorer.handle(Event::Mouse(Mouse::WheelDown, rows.x, rows.y));
    assert_ne!(stage.explorer.state.shared.selection.focus_item, focus);
    // A second press opens.
    let before = stage.explorer.state.shared.selection.subject.clone();
    stage.settle();
    for _ in 0..2 {
        stage.explorer.handle(Event::Mouse(Mouse::Press, rows.x, rows.y + 1));
    }
    assert_ne!(stage.explorer.state.shared.selection.subject, before);
    stage.settle();
    // Anywhere, even outside of the screen, and on anything.
    for (x, y) in [(0, 0), (119, 0), (60, 1), (0, 39), (500, 500), (u16::MAX, u16::MAX)] {
        for what in [Mouse::Press, Mouse::Drag, Mouse::Release, Mouse::WheelUp] {
            stage.explorer.handle(Event::Mouse(what, x, y));
        }
    }
    stage.press("u");
    let rows = stage.explorer.places.layer.rows;
    stage
        .explorer
        .handle(Event::Mouse(Mouse::Press, rows.x + 1, rows.y + 3));
    stage.settle();
    // The picker lists whoever has most ratings first; the fourth is previewed.
    let previewed = stage.explorer.state.shared.selection.entity();
    stage.press("enter");
    assert_eq!(stage.explorer.state.shared.selection.entity(), previewed);
    assert!(stage.explorer.layers.is_empty() && previewed.is_some());
}

#[test]
fn a_session_is_remembered_for_its_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = Sessions::in_folder(folder.path());
    let open = |world| Stage::with(world, (120, 40), Config::default(), sessions.clone());
    let mut stage = open(middle_world());
    stage.press("i");
    stage.type_text("i33");
    stage.press("enter T >");
    stage.explorer.save();
    let again = open(middle_world());
    assert_eq!(
        again.explorer.state.shared.selection.subject,
        stage.explorer.state.shared.selection.subject
    );
    assert_eq!(again.explorer.state.theme, stage.explorer.state.theme);
    assert_eq!(again.explorer.state.sizes, stage.explorer.state.sizes);
    let other = open(toy_world());
    assert!(matches!(
        other.explorer.state.shared.selection.subject,
        Subject::Person(Whose::User(_))
    ));
}

#[test]
fn an_answer_that_is_being_replaced_stays_on_screen_and_is_marked() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    // All threads that answer are held: what is shown is of the user before.
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = Arc::new(std::sync::Mutex::new(held));
    for _ in 0..8 {
        let held = Arc::clone(&held);
        stage.explorer.tools.browsing.submit(move || {
            let _ = held.lock().map(|held| held.recv());
        });
    }
    stage.explorer.handle(Event::Key(Key::parse("enter").unwrap()));
    assert!(stage.explorer.is_pending());
    let area = Rect::new(0, 0, 120, 40);
    let mut buffer = Buffer::empty(area);
    stage.explorer.draw(area, &mut buffer, true);
    let screen = crate::panes::widgets::buffer_lines(&buffer).join("\n");
    assert!(screen.contains("Recommendations") && screen.contains('…'), "{screen}");
    let stale = stage.explorer.theme.style(crate::panes::Role::Stale);
    let row = stage.explorer.places.drawn(PaneId("recommendations")).rows;
    assert!(
        stale.fg.is_none_or(|fg| buffer[(row.x, row.y)].fg == fg),
        "what is stale is dimmed"
    );
    drop(release);
    stage.settle();
    assert!(!stage.explorer.is_pending());
}

/// Every key of the registry, and letters and digits to type, at random on one screen; leaving is no test.
fn press_at_random(digit: char) {
    let keys: Vec<Key> = crate::app::registry::actions()
        .iter()
        .filter(|a| {
            !a.id.starts_with("export_")
                && !["quit_program", "abort_program", "suspend_program", "save_edits"].contains(&a.id)
        })
        .flat_map(|a| a.keys.iter().copied())
        .chain("0 1 2 3 4 5 6 7 8 9 b c t . , * :".split_whitespace())
        .map(|k| Key::parse(k).unwrap())
        .collect();
    let mut stage = Stage::new(toy_world(), (100, 30));
    stage.explorer.act(Action::Screen(digit));
    // A small generator of its own: the same keys every time.
    let mut state = 0x2545_f491_u32 ^ u32::from(digit);
    let mut pressed = std::collections::BTreeSet::new();
    for n in 0..1800 {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let key = keys[state as usize % keys.len()];
        pressed.insert(key);
        // Exports would write files.
        if matches!(stage.explorer.layers.last(), Some(top) if top.scope() == Scope::Export) {
            stage.explorer.layers.clear();
        }
        stage.explorer.handle(Event::Key(key));
        if n % 3 == 0 {
            stage.explorer.poll();
            stage.draw();
        }
        if n % 100 == 99 {
            // Back to the screen that is tried, whatever lies on top.
            stage.explorer.layers.clear();
            stage.explorer.act(Action::Screen(digit));
        }
    }
    assert!(keys.iter().all(|k| pressed.contains(k)), "not every key was pressed");
    // What was set going may go on for longer than a test waits.
    for slot in &stage.explorer.slots {
        slot.order(Order::Reset);
    }
    stage.settle();
}

/// One test a screen: they run side by side.
macro_rules! random_keys {
    ($($name:ident $digit:literal)+) => {
        mod random_keys {
            $(#[test]
            fn $name() {
                super::press_at_random($digit);
            })+

            #[test]
            fn every_screen_is_tried() {
                let tried = [$($digit),+];
                assert!(crate::screens::SCREENS.iter().map(|screen| screen.digit).eq(tried));
            }
        }
    };
}

random_keys! {
    never_break_explore '1'
    never_break_neighbors '2'
    never_break_factors '3'
    never_break_why '4'
    never_break_hybrid '5'
    never_break_cold_start '6'
    never_break_pipeline '7'
    never_break_experiment '8'
    never_break_evaluate '9'
    never_break_data '0'
}

#[test]
fn the_picture_of_the_screen_is_what_is_on_it() {
    let mut stage = Stage::new(toy_world(), (100, 30));
    let picture = crate::app::svg::svg(&stage.draw(), &stage.explorer.theme);
    assert!(picture.starts_with("<svg") && picture.contains("Recommendations") && picture.ends_with("</svg>\n"));
}

#[test]
fn ids_of_an_import_that_do_not_match_are_told_until_a_key_and_in_the_menu() {
    let folder = tempfile::tempdir().unwrap();
    let table = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    table("user_factors.csv", "id,f1\nu0,1\nnobody,2\n");
    table("item_factors.csv", "id,f1\ni0,1\ni1,2\ni2,3\ni3,4\n");
    let mut catalog = crate::models::Catalog::default();
    catalog.import("explored", folder.path()).unwrap();
    let mut explorer = Options {
        model: Some("explored".to_owned()),
        ..crate::app::tests_common::options(toy_world().naming(catalog))
    };
    explorer.config.no_session = true;
    let mut stage = Stage::of(Explorer::new(explorer, Arc::new(|| {})).unwrap(), (120, 40));
    let told = "explored: 1 of its 2 users are not in the dataset; 3 of the dataset's 4 users are not in it";
    assert!(stage.text().contains(told), "{}", stage.text());
    // Any key does away with it; nothing says it a second time.
    stage.press("down up");
    assert!(!stage.text().contains("explored: 1 of"), "{}", stage.text());
    stage.press("m ctrl-u");
    stage.type_text("explored");
    assert!(
        stage.text().contains("1 of its 2 users are not in the dataset"),
        "{}",
        stage.text()
    );
}

#[test]
fn every_pane_names_the_command_that_prints_the_same() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    let user = stage
        .explorer
        .world
        .id(stage.explorer.state.shared.selection.entity().unwrap())
        .to_owned();
    for (pane, command) in [
        ("profile", format!("recscope profile --user {user}")),
        ("recommendations", format!("recscope recommend --user {user} -n 200")),
        ("why", format!("recscope explain --user {user} --item i")),
        ("neighbors", format!("recscope neighbors --user {user} -k 100")),
        ("factors", format!("recscope factors --user {user}")),
        ("cold_start", "recscope bandit --policies".to_owned()),
    ] {
        let panes = stage.explorer.state.screen().panes;
        let at = panes.iter().position(|p| p.0 == pane).unwrap();
        stage.explorer.state.focus(at, None);
        stage.press("ctrl-l");
        let requests = stage.press("Y");
        let [Request::Copy(line)] = requests.as_slice() else {
            panic!("{pane}: {requests:?}");
        };
        assert!(
            line.starts_with(&command) && line.ends_with("--format json"),
            "{pane}: {line}"
        );
    }
}
