//! The controls of a formula: each is bound to one of its dials, so that the formula alone says how it is turned. Remembered is
//! only what the dials were before somebody turned them.

use std::sync::Arc;

use super::Hybrid;
use crate::models::formula::{Dial, DialKind, DialValue};
use crate::models::{Formula, Norm};
use crate::panes::controls::{Control, Kind, Range, Step, Value, interned};
use crate::panes::{Pane, Shared};

/// Of which formula the remembered values are, however that is turned.
const OF: &str = "of";

/// Under which name the value of a dial before it was turned is remembered.
fn was(path: &str) -> String {
    format!("was {path}")
}

/// A value as controls have it.
fn to_control(value: DialValue) -> Value {
    match value {
        DialValue::Number(n) => Value::Number(n),
        DialValue::Norm(norm) => Value::Text(norm.name().to_owned()),
    }
}

/// A value of a control as dials have it.
fn to_dial(value: &Value) -> Option<DialValue> {
    match value {
        Value::Number(n) => Some(DialValue::Number(*n)),
        Value::Text(name) => {
            let norm = Norm::ALL.into_iter().find(|norm| norm.name() == name)?;
            Some(DialValue::Norm(norm))
        }
        Value::Flag(_) => None,
    }
}

/// What a dial was before it was turned; `None` where it was not.
fn before(shared: &Shared, path: &str) -> Option<DialValue> {
    let values = shared.values(Hybrid::ID);
    let shape = shared.selection.formula.shape().to_string();
    // What was remembered of another formula says nothing of this one.
    let is_of_this = values.get(OF) == Some(&Value::Text(shape));
    values.get(&was(path)).filter(|_| is_of_this).and_then(to_dial)
}

/// The formula before any of its dials was turned: old ranks are by it.
pub fn base(shared: &Shared) -> Arc<Formula> {
    let now = &shared.selection.formula;
    let mut base = Formula::clone(now);
    for dial in now.dials() {
        if let Some(value) = before(shared, &dial.path)
            && let Ok(turned) = base.turned(&dial.path, value)
        {
            base = turned;
        }
    }
    Arc::new(base)
}

/// Turns a dial of the formula; `None` turns it back to what it was. False where there is no such dial.
pub fn turn(shared: &mut Shared, path: &str, value: Option<&Value>) -> bool {
    let formula = Arc::clone(&shared.selection.formula);
    let Ok(dial) = formula.dial(path) else { return false };
    let first = before(shared, path).unwrap_or(dial.value);
    let to = value.map_or(Some(first), to_dial);
    let Some(turned) = to.and_then(|to| formula.turned(path, to).ok()) else {
        return false;
    };
    let shape = Value::Text(formula.shape().to_string());
    let values = &mut shared.memory_mut(Hybrid::ID).values;
    if values.get(OF) != Some(&shape) {
        values.retain(|name, _| !name.starts_with("was "));
        values.insert(OF.to_owned(), shape);
    }
    if to == Some(first) {
        values.remove(&was(path));
    } else {
        values.insert(was(path), to_control(first));
    }
    // Turned back, nothing tells that it ever was turned.
    if values.keys().all(|name| !name.starts_with("was ")) {
        values.remove(OF);
    }
    shared.set_formula(Arc::new(turned));
    true
}

/// What is now is what old ranks are by from now on.
pub fn keep(shared: &mut Shared) {
    let values = &mut shared.memory_mut(Hybrid::ID).values;
    values.retain(|name, _| name != OF && !name.starts_with("was "));
}

/// Whether any dial is turned away from what it was.
pub fn is_turned(shared: &Shared) -> bool {
    *base(shared) != *shared.selection.formula
}

/// Turns all dials back to what they were.
pub fn turn_back(shared: &mut Shared) {
    let base = base(shared);
    keep(shared);
    shared.set_formula(base);
}

/// The controls of a formula, one a dial.
pub fn controls(shared: &Shared) -> Vec<Control> {
    controls_of(&shared.selection.formula)
}

/// The controls of a formula, one a dial, each set to what its dial is set to.
pub fn controls_of(formula: &Formula) -> Vec<Control> {
    let dials = formula.dials();
    let control = |dial: &Dial| Control {
        name: interned(&dial.path),
        doc: match dial.kind {
            DialKind::Weight => "How much the part counts in the sum; 0 leaves it out.",
            DialKind::Norm => "How the scores of each part are brought onto one scale before they are weighed.",
            DialKind::Threshold => "From how many ratings on the switch takes its other branch.",
            DialKind::Keep => "How many items each stage of the cascade passes on.",
        },
        kind: kind_of(dial, &dials),
        default: to_control(dial.value),
    };
    dials.iter().map(control).collect()
}

fn kind_of(dial: &Dial, all: &[Dial]) -> Kind {
    let number = match dial.value {
        DialValue::Number(n) => n,
        DialValue::Norm(_) => 0.0,
    };
    let slider = |min: f64, max: f64, step| {
        Kind::Slider(Range {
            min,
            max,
            step,
            unit: "",
        })
    };
    match dial.kind {
        DialKind::Weight => {
            // All weights have the same range, so that bars can be compared.
            let weights = all
                .iter()
                .filter(|d| d.kind == DialKind::Weight)
                .filter_map(|d| match d.value {
                    DialValue::Number(n) => Some(n),
                    DialValue::Norm(_) => None,
                });
            let (low, high) = weights.fold((0.0_f64, 1.0_f64), |(low, high), w| (low.min(w), high.max(w)));
            slider(low.floor(), high.ceil(), Step::By(0.05, 0.25))
        }
        DialKind::Norm => Kind::Choice(Norm::ALL.iter().map(|norm| norm.name().to_owned()).collect()),
        DialKind::Threshold => slider(0.0, number.max(50.0).ceil(), Step::By(1.0, 10.0)),
        DialKind::Keep => slider(1.0, number.max(10_000.0), Step::Decades),
    }
}
