use std::fmt;
use std::str::FromStr;

use super::people::Listed;

/// How somebody reads a page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClickModel {
    /// Each place of a page is looked at on its own, place k with probability 1/log₂(k + 1).
    Position,
    /// From the top; a click may be the last thing done (Craswell, Zoeter, Taylor and Ramsey 2008).
    Cascade,
}

impl ClickModel {
    pub const ALL: [(Self, &'static str); 2] = [(Self::Position, "position"), (Self::Cascade, "cascade")];
}

impl fmt::Display for ClickModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = Self::ALL.iter().find(|(model, _)| model == self);
        f.write_str(named.map_or("", |(_, name)| name))
    }
}

impl FromStr for ClickModel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::ALL.iter().find(|(_, name)| *name == text);
        named
            .map(|(model, _)| *model)
            .ok_or_else(|| crate::data::unknown("click model called", text, Self::ALL.map(|(_, name)| name)))
    }
}

/// How people behave, all probabilities and rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Behavior {
    pub clicks: ClickModel,
    /// The probability that an item of middling taste and appeal is clicked when it is looked at.
    pub click_rate: f64,
    /// How much one standard deviation of taste adds to the logit of a click, and to that of being satisfied.
    pub strength: f64,
    /// The share of a click that goes by an item's popularity in place of taste, 0 to 1: what attracts and need not satisfy.
    pub bait: f64,
    /// Items a page.
    pub page: usize,
    /// The probability to go on to the next page at the end of one.
    pub more: f64,
    /// The probability that a click of the cascade is the last.
    pub stop: f64,
    /// The probability that a click on an item of quality 1 converts; it is proportional to quality.
    pub conversion: f64,
    /// Mean seconds that a click on an item of quality 1 keeps somebody; proportional to quality, log-normal with σ = 1.
    pub dwell: f64,
    /// The logit of the probability to come on a day, without a mood.
    pub habit: f64,
    /// What a session with something satisfying adds to that logit.
    pub pleasure: f64,
    /// What a session in which only what disappoints was clicked takes from it.
    pub annoyance: f64,
    /// The standard deviation between users of the logit of all their clicks.
    pub eagerness: f64,
    /// How much likelier B's items are clicked than their truth says, relative: an effect planted on top of the lists.
    pub effect: f64,
}

impl Default for Behavior {
    fn default() -> Self {
        Self {
            clicks: ClickModel::Position,
            click_rate: 0.03,
            strength: 0.8,
            bait: 0.3,
            page: 5,
            more: 0.4,
            stop: 0.5,
            conversion: 0.1,
            dwell: 60.0,
            habit: -0.4,
            pleasure: 0.8,
            annoyance: 0.6,
            eagerness: 0.5,
            effect: 0.0,
        }
    }
}

/// Seconds that reading an item of a list takes, clicked or not.
pub(super) const SECONDS_AN_ITEM: f64 = 2.0;

/// How many degrees of eagerness there are, equally likely.
pub(super) const LEVELS: usize = 3;

/// What the last session left behind.
pub(super) const MOODS: usize = 3;
/// Nothing was clicked yet, or in the last session.
pub(super) const INDIFFERENT: usize = 0;
/// Clicked, and never satisfied.
pub(super) const ANNOYED: usize = 1;
/// Something satisfied.
pub(super) const PLEASED: usize = 2;

impl Behavior {
    /// The probability to come on a day in each mood: σ(habit + pleasure·pleased − annoyance·annoyed).
    pub(super) fn coming(&self) -> [f64; MOODS] {
        [0.0, -self.annoyance, self.pleasure].map(|mood| logistic(self.habit + mood))
    }

    /// The probability that place `k` (from 0) of a page is looked at.
    pub(super) fn looked_at(&self, k: usize) -> f64 {
        match self.clicks {
            ClickModel::Position => 1.0 / ((k + 2) as f64).log2(),
            ClickModel::Cascade => 1.0,
        }
    }

    /// The probability that a click ends the session.
    pub(super) fn ends(&self) -> f64 {
        match self.clicks {
            ClickModel::Position => 0.0,
            ClickModel::Cascade => self.stop,
        }
    }

    /// What a degree of eagerness adds to the logit of a click: −√1.5, 0 or √1.5 standard deviations, whose variance is 1.
    pub(super) fn eager(&self, level: usize) -> f64 {
        (level as f64 - 1.0) * 1.5f64.sqrt() * self.eagerness
    }

    /// The probability to click what is looked at: of an arm that has the planted effect or not.
    pub(super) fn attraction(&self, listed: &Listed, level: usize, is_treated: bool) -> f64 {
        let drawn = (1.0 - self.bait) * listed.liked + self.bait * listed.appeal;
        let middling = (self.click_rate / (1.0 - self.click_rate)).ln();
        let chance = logistic(middling + self.strength * drawn + self.eager(level));
        if is_treated {
            (chance * (1.0 + self.effect)).clamp(0.0, 1.0)
        } else {
            chance
        }
    }

    /// The probability to be satisfied by what was clicked.
    pub(super) fn quality(&self, listed: &Listed) -> f64 {
        logistic(self.strength * listed.liked)
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
