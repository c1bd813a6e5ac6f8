//! How neighbors are measured: the controls of the neighborhood, which the panes about one of the neighbors go by, too.

use crate::models::neighborhood::{Measure, SIMILARITY_NAMES, Similarity};
use crate::panes::controls::{Control, Kind, Range, Step, Value};
use crate::panes::{PaneId, Shared};

/// The pane whose controls these are.
pub const PANE: PaneId = PaneId("neighborhood");

/// The control that names the similarity.
pub const SIMILARITY: &str = "similarity";

/// How many neighbors there are until somebody says otherwise.
const NEAR: f64 = 20.0;

/// The most neighbors that are listed: each has an interval of its own.
const MOST: f64 = 500.0;

/// The measure and the number of neighbors that the controls say.
pub fn settings(shared: &Shared) -> (Measure, usize) {
    let settings = shared.settings(PANE, controls(shared));
    let measure = Measure {
        similarity: similarity(shared),
        min_support: settings.number("support").max(1.0) as usize,
        shrinkage: settings.number("shrinkage").max(0.0),
    };
    (measure, settings.number("k").max(1.0) as usize)
}

fn similarity(shared: &Shared) -> Similarity {
    let named = shared.values(PANE).get(SIMILARITY).map(crate::panes::controls::text_of);
    named
        .and_then(|name| Similarity::find(&name).ok())
        .unwrap_or(Similarity::Cosine)
}

/// Measure, k, support and shrinkage.
pub fn controls(shared: &Shared) -> Vec<Control> {
    let whole = |min, max| {
        Kind::Number(Range {
            min,
            max,
            step: Step::By(1.0, 10.0),
            unit: "",
        })
    };
    vec![
        Control {
            name: SIMILARITY,
            doc: "How alike two rows are; the pane Measures says what each looks at.",
            kind: Kind::Choice(SIMILARITY_NAMES.iter().map(|name| (*name).to_owned()).collect()),
            default: Value::Text(Similarity::Cosine.name().to_owned()),
        },
        Control {
            name: "k",
            doc: "How many of the nearest are listed, and vote.",
            kind: whole(1.0, MOST),
            default: Value::Number(NEAR),
        },
        Control {
            name: "support",
            doc: "With fewer common ratings there is no similarity.",
            kind: whole(1.0, 10_000.0),
            default: Value::Number(1.0),
        },
        Control {
            name: "shrinkage",
            doc: "Pulls similarities with few common ratings towards 0: times n/(n + shrinkage).",
            kind: whole(0.0, 10_000.0),
            default: Value::Number(similarity(shared).default_shrinkage()),
        },
    ]
}
