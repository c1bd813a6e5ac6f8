//! Session-based nearest neighbors.
//!
//! - [`sessions`]: all histories, cut into sessions.
//! - [`serve`]: the nearest sessions of a profile, scores and explanations.

mod serve;
mod sessions;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serve::ServedSessionKnn;
use sessions::Sessions;

use super::chronology::Chronology;
use super::{
    Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Profile, Range, Recommender, Search,
    Served, Training, Unit,
};
use crate::data::Dataset;
use crate::task::{Cancel, Cancelled};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "session-knn",
    title: "Session-based nearest neighbors (V-SKNN)",
    summary: "Cuts histories into sessions, finds those that share most with the profile's latest ratings, and \
              recommends what else was in them.",
    formula: "score(u, i) = Σ sim(u, s) over the k nearest sessions s with i,  sim(u, s) = Σ_j w_j·idf_j / √|s| over the \
              items j in both",
    parameters: &[
        Parameter {
            name: "k",
            range: Range::WholeOrAll(1, u64::MAX),
            default: "100",
            doc: "number of nearest sessions",
        },
        Parameter {
            name: "sample",
            range: Range::WholeOrAll(1, u64::MAX),
            default: "1000",
            doc: "compare only this many of the latest sessions that share an item",
        },
        Parameter {
            name: "gap",
            range: Range::Real(0.0, 1e9),
            default: "24",
            doc: "hours without a rating after which a new session begins",
        },
        Parameter {
            name: "decay",
            range: Range::Choice(&["linear", "div", "none"]),
            default: "linear",
            doc: "weight of a rating s steps back among n: linear 1 − s/n, div 1/(1 + s), none 1",
        },
        Parameter {
            name: "idf",
            range: Range::Choice(&["true", "false"]),
            default: "true",
            doc: "whether to weight items by rarity: ln(1 + sessions / sessions with the item)",
        },
        Parameter {
            name: "last",
            range: Range::WholeOrAll(1, u64::MAX),
            default: "all",
            doc: "use only this many of the profile's latest ratings",
        },
    ],
    search: &[
        Search::log("k", 20.0, 1000.0),
        Search::log("sample", 200.0, 5000.0),
        Search::log("gap", 1.0, 1000.0),
        Search::words("decay", &["linear", "div", "none"]),
    ],
    unit: |_| Unit::Score,
    paper: "M. Ludewig and D. Jannach (2018), Evaluation of Session-based Recommendation Algorithms; similarities over the \
            root of the session's length",
    strengths: "Follows current interests, needs no training, and shows whose sessions a score comes from. Needs \
                rating times; without them every history is one session.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<SessionKnn>(),
};

impl Fit for SessionKnn {
    type Trained = Sessions;

    /// Cuts the sessions; there is nothing else to learn.
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
                use_idf: params.word("idf") == "true",
                last: params.whole("last"),
            },
            chronology: Chronology::of(&dataset),
            dataset,
        }))
    }
}

/// How the weight of a rating falls with the number of later ones.
#[derive(Clone, Copy, Debug)]
enum Decay {
    Linear,
    Div,
    None,
}

impl Decay {
    /// The weight of the rating `steps` back among `n`.
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
    use_idf: bool,
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
        Ok(Box::new(ServedSessionKnn::open(self, &profile, cancel)?))
    }

    fn memory_bytes(&self) -> usize {
        self.sessions.memory_bytes() + self.chronology.memory_bytes()
    }
}
