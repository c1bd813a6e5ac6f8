//! A fit that takes long is stopped by a key, and what it has learned stands wherever the whole was asked for.

use std::time::{Duration, Instant};

use super::events::Event;
use super::keys::Key;
use super::tests_common::{Stage, middle_world};
use crate::models::Formula;
use crate::panes::PaneId;
use crate::panes::controls::Value;

/// Far more epochs than anybody waits for.
const LONG: &str = "svd:epochs=100000";

/// A key whose consequences take too long to be waited for.
fn press_and_go(stage: &mut Stage, key: &str) {
    stage.explorer.handle(Event::Key(Key::parse(key).unwrap()));
}

/// Presses the key that stops, once something learns.
fn stop(stage: &mut Stage) {
    let since = Instant::now();
    while !stage.explorer.state.enough.is_heeded() {
        assert!(since.elapsed() < Duration::from_secs(60), "nothing was fitted");
        std::thread::sleep(Duration::from_millis(1));
    }
    stage.press("D");
}

/// The number of epochs in a formula.
fn epochs(formula: &str) -> usize {
    let (_, rest) = formula.split_once("epochs=").unwrap();
    rest.parse().unwrap()
}

#[test]
fn a_fit_is_stopped_by_a_key_and_its_formula_says_so() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("D");
    let before = stage.explorer.state.shared.selection.formula.to_string();
    let text = stage.text();
    assert!(text.contains("nothing is being fitted epoch by epoch"), "{text}");
    stage.press("m");
    let wanted = format!("0.5*popularity + 0.5*{LONG}");
    for letter in wanted.chars() {
        stage
            .explorer
            .handle(Event::Key(Key::plain(super::keys::Code::Char(letter))));
    }
    press_and_go(&mut stage, "enter");
    stop(&mut stage);
    let kept = stage.explorer.state.shared.selection.formula.to_string();
    assert!(kept.starts_with("0.5*popularity + 0.5*svd:epochs="), "{kept}");
    assert!((1..100_000).contains(&epochs(&kept)), "{kept}");
    let text = stage.text();
    assert!(text.contains("was stopped after"), "{text}");
    let fits = &stage.explorer.world.fits;
    assert!(fits.get(&Formula::parse(&kept).unwrap()).is_some());
    assert!(fits.get(&Formula::parse(LONG).unwrap()).is_none());
    // Undone, the whole is fitted again; undone once more, it is as before.
    press_and_go(&mut stage, "ctrl-z");
    assert_eq!(stage.explorer.state.shared.selection.formula.to_string(), wanted);
    stage.press("ctrl-z");
    assert_eq!(stage.explorer.state.shared.selection.formula.to_string(), before);
}

#[test]
fn the_model_of_a_pane_is_stopped_and_the_rest_stays() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("3 tab");
    let before = stage.explorer.state.shared.selection.formula.to_string();
    let values = |stage: &Stage| stage.explorer.state.shared.values(PaneId("factors"));
    let memory = stage.explorer.state.shared.memory_mut(PaneId("factors"));
    memory.values.insert("model".to_owned(), Value::Text(LONG.to_owned()));
    memory.values.insert("factors".to_owned(), Value::Number(7.0));
    press_and_go(&mut stage, "T");
    stop(&mut stage);
    let Some(Value::Text(kept)) = values(&stage).get("model").cloned() else {
        panic!("{:?}", values(&stage))
    };
    assert!(kept.starts_with("svd:factors=7,epochs="), "{kept}");
    assert!((1..100_000).contains(&epochs(&kept)), "{kept}");
    assert!(!values(&stage).contains_key("factors"));
    assert_eq!(stage.explorer.state.shared.selection.formula.to_string(), before);
    let text = stage.text();
    assert!(text.contains(&format!("Factors · {kept} · 7 factors")), "{text}");
}
