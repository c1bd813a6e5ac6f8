//! Scores that are kept for whoever was served once: for measuring many combinations of the same parts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::data::{ItemIx, UserIx};
use crate::models::{Explanation, NoScore, Profile, Recommender, Scores, Served, Serving, Unit};
use crate::task::{Cancel, Cancelled};

/// A model that scores every stored user once. It only scores: it explains nothing.
struct Remembered {
    model: Arc<dyn Recommender>,
    kept: Mutex<HashMap<UserIx, Arc<Scores>>>,
}

/// The same model, with the scores of every stored user kept: 9 bytes an item and user.
pub fn remembered(model: Arc<dyn Recommender>) -> Arc<dyn Recommender> {
    Arc::new(Remembered {
        model,
        kept: Mutex::default(),
    })
}

impl Recommender for Remembered {
    fn unit(&self) -> Unit {
        self.model.unit()
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let user = profile.user().filter(|_| !profile.is_edited());
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scores) = user.and_then(|user| kept().get(&user).map(Arc::clone)) {
            return Ok(Box::new(ServedScores(scores)));
        }
        let serving = Serving::open(&self.model, profile, cancel)?;
        let scores = Arc::clone(serving.scores(cancel)?);
        if let Some(user) = user {
            kept().insert(user, Arc::clone(&scores));
        }
        Ok(Box::new(ServedScores(scores)))
    }

    fn memory_bytes(&self) -> usize {
        self.model.memory_bytes()
    }
}

struct ServedScores(Arc<Scores>);

impl Served for ServedScores {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        self.0.get(item).ok_or(NoScore::NoComponent)
    }

    fn score_all(&self, _cancel: &Cancel) -> Result<Scores, Cancelled> {
        Ok(Scores::clone(&self.0))
    }

    fn explain(&self, _item: ItemIx) -> Result<Explanation, NoScore> {
        Err(NoScore::NoComponent)
    }
}
