use rand::RngExt;
use rand_distr::StandardNormal;

use super::behavior::{ANNOYED, Behavior, INDIFFERENT, MOODS, PLEASED, SECONDS_AN_ITEM};
use super::metrics::Totals;
use super::people::Listed;
use crate::bandit::Stream;

/// Who walks down which list, and how.
#[derive(Clone, Copy)]
pub(super) struct Walk<'a> {
    pub list: &'a [Listed],
    pub behavior: &'a Behavior,
    pub level: usize,
    pub treated: Treated<'a>,
}

/// On which items the planted effect is.
#[derive(Clone, Copy)]
pub(super) enum Treated<'a> {
    All(bool),
    /// By place in the list.
    Each(&'a [bool]),
}

/// What is expected of one session.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SessionOdds {
    /// Expected totals; `chances` and `returns` are 0.
    pub totals: Totals,
    /// The probability of each mood afterwards.
    pub(super) moods: [f64; MOODS],
}

impl Walk<'_> {
    /// The probability to click the item at `place` of the list, place `k` of its page.
    fn chance(&self, place: usize, k: usize) -> f64 {
        let is_treated = match self.treated {
            Treated::All(is_treated) => is_treated,
            Treated::Each(places) => places.get(place).copied().unwrap_or(false),
        };
        let attraction = self.behavior.attraction(&self.list[place], self.level, is_treated);
        self.behavior.looked_at(k) * attraction
    }

    /// The session, drawn: its totals, and the mood that it leaves; `clicked` is told the place of each click.
    pub(super) fn draw(&self, stream: &mut Stream, mut clicked: impl FnMut(usize)) -> (Totals, usize) {
        let behavior = self.behavior;
        let (mut totals, mut mood, mut seen) = (Totals::default(), INDIFFERENT, 0);
        totals.sessions = 1.0;
        'pages: for (number, page) in self.list.chunks(behavior.page).enumerate() {
            if number > 0 && stream.random::<f64>() >= behavior.more {
                break;
            }
            totals.pages += 1.0;
            for listed in page {
                totals.views += 1.0;
                totals.bits += listed.bits;
                seen |= listed.categories;
            }
            totals.seconds += SECONDS_AN_ITEM * page.len() as f64;
            for (k, listed) in page.iter().enumerate() {
                let place = number * behavior.page + k;
                if stream.random::<f64>() >= self.chance(place, k) {
                    continue;
                }
                clicked(place);
                totals.clicks += 1.0;
                let quality = behavior.quality(listed);
                if stream.random::<f64>() < quality {
                    totals.satisfied += 1.0;
                    mood = PLEASED;
                } else {
                    mood = mood.max(ANNOYED);
                }
                totals.conversions += f64::from(stream.random::<f64>() < behavior.conversion * quality);
                let normal: f64 = stream.sample(StandardNormal);
                totals.seconds += behavior.dwell * quality * (normal - 0.5).exp();
                if behavior.ends() > 0.0 && stream.random::<f64>() < behavior.ends() {
                    break 'pages;
                }
            }
        }
        totals.categories = f64::from(seen.count_ones());
        (totals, mood)
    }

    /// What is expected of the session, exactly: the walk with probabilities in place of draws. O(list).
    pub(super) fn odds(&self) -> SessionOdds {
        let behavior = self.behavior;
        let mut totals = Totals {
            sessions: 1.0,
            ..Totals::default()
        };
        // How likely the walk is still going on in each mood, and how likely it ended in each.
        let mut going = [0.0; MOODS];
        going[INDIFFERENT] = 1.0;
        let mut moods = [0.0; MOODS];
        let mut seen = 0u64;
        for (number, page) in self.list.chunks(behavior.page).enumerate() {
            if number > 0 {
                for (mood, mass) in going.iter_mut().enumerate() {
                    moods[mood] += *mass * (1.0 - behavior.more);
                    *mass *= behavior.more;
                }
            }
            let here: f64 = going.iter().sum();
            totals.pages += here;
            let before = seen.count_ones();
            for listed in page {
                totals.views += here;
                totals.bits += here * listed.bits;
                seen |= listed.categories;
            }
            totals.categories += here * f64::from(seen.count_ones() - before);
            totals.seconds += here * SECONDS_AN_ITEM * page.len() as f64;
            for (k, listed) in page.iter().enumerate() {
                let chance = self.chance(number * behavior.page + k, k);
                let quality = behavior.quality(listed);
                let clicks = going.iter().sum::<f64>() * chance;
                totals.clicks += clicks;
                totals.satisfied += clicks * quality;
                totals.conversions += clicks * behavior.conversion * quality;
                totals.seconds += clicks * behavior.dwell * quality;
                let mut after = going.map(|mass| mass * (1.0 - chance));
                for (mood, mass) in going.iter().enumerate() {
                    for (to, share) in [(PLEASED, quality), (mood.max(ANNOYED), 1.0 - quality)] {
                        let mass = mass * chance * share;
                        moods[to] += mass * behavior.ends();
                        after[to] += mass * (1.0 - behavior.ends());
                    }
                }
                going = after;
            }
        }
        for (mood, mass) in going.into_iter().enumerate() {
            moods[mood] += mass;
        }
        SessionOdds { totals, moods }
    }
}
