//! What others took in sessions like this one.
//!
//! - [`sessions`]: everybody's history, cut where nothing happened for a while.
//! - [`serve`]: the nearest of them, what they say, and why.

mod serve;
mod sessions;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serve::Serving;
use sessions::Sessions;

use super::chronology::Chronology;
use super::{
    Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Profile, Range, Recommender, Served,
    Training, Unit,
};
use crate::data::Dataset;
use crate::task::{Cancel, Cancelled};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "session-knn",
    title: "Session-based nearest neighbors (V-SKNN)",
    summary: "Cuts histories into sessions, finds those that share most with what the profile rated, its latest ratings \
              first, and lets each speak for all that was in it.",
    formula: "score(u, i) = Σ sim(u, s) over the k nearest sessions s with i,  sim(u, s) = Σ_j w_j·idf_j / √|s| over the \
              items j in both",
    parameters: &[
        Parameter {
            name: "k",
            range: Range::WholeOrAll(1, u64::MAX),
            default: "100",
            doc: "how many sessions speak",
        },
        Parameter {
            name: "sample",
            range: Range::WholeOrAll(1, u64::MAX),
            default: "1000",
            doc: "only so many are compared: the latest that share an item",
        },
        Parameter {
            name: "gap",
            range: Range::Real(0.0, 1e9),
            default: "24",
            doc: "after so many hours without a rating a new session begins",
        },
        Parameter {
            name: "decay",
            range: Range::Choice(&["linear", "div", "none"]),
            default: "linear",
            doc: "what a rating weighs that is s ratings back of n: linear 1 − s/n, div 1/(1 + s), none 1",
        },
        Parameter {
            name: "idf",
            range: Range::Choice(&["true", "false"]),
            default: "true",
            doc: "whether common items count less: times ln(1 + sessions / sessions with the item)",
        },
        Parameter {
            name: "last",
            range: Range::WholeOrAll(1, u64::MAX),
            default: "all",
            doc: "only so many of the profile's latest ratings count",
        },
    ],
    unit: |_| Unit::Score,
    paper: "M. Ludewig and D. Jannach (2018), Evaluation of Session-based Recommendation Algorithms; similarities over the \
            root of the session's length",
    strengths: "Follows what somebody is up to now, needs no training, and shows whose sessions it went by. Wants times; \
                without them every history is one session.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<SessionKnn>(),
};

impl Fit for SessionKnn {
    type Trained = Sessions;

    /// The sessions: all that there is to learn.
    fn train(context: &FitContext, params: &Params) -> Result<Sessions, FitError> {
        let chronology = Chronology::of(&context.dataset);
        let gap = params.real("gap") * 3600.0;
        Ok(Sessions::of(&context.dataset, &chronology, gap, &context.task)?)
    }

    fn open(sessions: Arc<Sessions>, context: &FitContext, params: &Params) -> Fitted {
        let dataset = Arc::clone(&context.dataset);
        Ok(Arc::new(Self {
            sessions,
            settings: Settings {
                k: params.whole("k"),
                sample: params.whole("sample"),
                decay: match params.word("decay") {
                    "div" => Decay::Div,
                    "none" => Decay::None,
                    _ => Decay::Linear,
                },
                by_rarity: params.word("idf") == "true",
                last: params.whole("last"),
            },
            chronology: Chronology::of(&dataset),
            dataset,
        }))
    }
}

/// How the weight of a rating goes down with those after it.
#[derive(Clone, Copy, Debug)]
enum Decay {
    Linear,
    Div,
    None,
}

impl Decay {
    /// Of the rating `steps` back among `n`.
    fn weight(self, steps: usize, n: usize) -> f64 {
        match self {
            Self::Linear => 1.0 - steps as f64 / n as f64,
            Self::Div => 1.0 / (1.0 + steps as f64),
            Self::None => 1.0,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    k: usize,
    sample: usize,
    decay: Decay,
    by_rarity: bool,
    last: usize,
}

struct SessionKnn {
    dataset: Arc<Dataset>,
    sessions: Arc<Sessions>,
    chronology: Chronology,
    settings: Settings,
}

impl Recommender for SessionKnn {
    fn unit(&self) -> Unit {
        Unit::Score
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        Ok(Box::new(Serving::open(self, &profile, cancel)?))
    }

    fn memory_bytes(&self) -> usize {
        self.sessions.memory_bytes() + self.chronology.memory_bytes()
    }
}
