use crate::models::{Formula, Norm};

/// A hybrid has at most so many parts.
const MOST_PARTS: usize = 5;
/// Parts are taken from so many of the best models.
const CHOICE: usize = 8;
/// What a part gets that joins: of two, of more.
const SHARES: [f64; 2] = [0.5, 0.25];
const SHARE_OF_MORE: [f64; 2] = [0.2, 0.1];
/// By what a weight is turned.
const TURN: f64 = 1.4;

/// A weighted hybrid of the best of some models.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mix {
    /// Shares, which sum to 1, and the places of the models.
    parts: Vec<(f64, usize)>,
    norm: Norm,
}

impl Mix {
    /// Its formula, from the formulas of the models: weights in thousandths. `None` where one of them has none.
    pub fn formula(&self, part: impl Fn(usize) -> Option<Formula>) -> Option<Formula> {
        let thousandths = |x: f64| (x * 1000.0).round() / 1000.0;
        let mut terms: Vec<(f64, Formula)> = Vec::with_capacity(self.parts.len());
        for (share, at) in &self.parts {
            terms.push((thousandths(*share), part(*at)?));
        }
        // Where nothing is normalized only weights that sum to 1 give ratings.
        if let Some((first, others)) = terms.split_first_mut() {
            first.0 = thousandths(1.0 - others.iter().map(|(weight, _)| weight).sum::<f64>());
        }
        Some(Formula::Weighted { terms, norm: self.norm })
    }

    fn scaled(parts: Vec<(f64, usize)>, norm: Norm) -> Self {
        let sum: f64 = parts.iter().map(|(share, _)| share).sum();
        let parts = parts.into_iter().map(|(share, at)| (share / sum, at)).collect();
        Self { parts, norm }
    }

    /// With another part, or another share of it.
    fn with(&self, at: usize, share: f64) -> Self {
        let others = self.parts.iter().filter(|(_, other)| *other != at);
        let rest: f64 = others.clone().map(|(share, _)| share).sum();
        let mut parts: Vec<(f64, usize)> = Vec::with_capacity(self.parts.len() + 1);
        for (own, other) in &self.parts {
            let new = if *other == at {
                share
            } else {
                own / rest * (1.0 - share)
            };
            parts.push((new, *other));
        }
        if !self.has(at) {
            parts.push((share, at));
        }
        Self { parts, norm: self.norm }
    }

    fn has(&self, at: usize) -> bool {
        self.parts.iter().any(|(_, other)| *other == at)
    }
}

/// Hybrids near the best one: the same of what its models became, with another part, other shares, another normalization, a
/// part less. Without one yet, the best model with each of the others. `ranked` are the places of the models, best first.
pub(super) fn around(best: Option<&Mix>, ranked: &[usize], of_ratings: bool) -> Vec<Mix> {
    let chosen = &ranked[..ranked.len().min(CHOICE)];
    let Some(best) = best else {
        let Some((first, others)) = chosen.split_first() else {
            return Vec::new();
        };
        let norm = if of_ratings { Norm::None } else { Norm::ZScore };
        let of = |share: f64| {
            let pair = move |other: &usize| Mix::scaled(vec![(1.0 - share, *first), (share, *other)], norm);
            others.iter().map(pair)
        };
        return SHARES.into_iter().flat_map(of).collect();
    };
    let mut mixes = vec![best.clone()];
    // One of each kind in turn: how many are tried at once is limited.
    let mut kinds: [Vec<Mix>; 3] = Default::default();
    if best.parts.len() < MOST_PARTS {
        for share in SHARE_OF_MORE {
            let others = chosen.iter().filter(|at| !best.has(**at));
            kinds[0].extend(others.map(|at| best.with(*at, share)));
        }
    }
    for (share, at) in &best.parts {
        for turned in [share * TURN, share / TURN] {
            if (0.01..0.99).contains(&turned) {
                kinds[1].push(best.with(*at, turned));
            }
        }
    }
    if !of_ratings {
        let others = [Norm::ZScore, Norm::MinMax, Norm::Rank].into_iter();
        let others = others.filter(|norm| *norm != best.norm);
        kinds[2].extend(others.map(|norm| Mix { norm, ..best.clone() }));
    }
    if best.parts.len() > 2 {
        for (_, at) in &best.parts {
            let left = best.parts.iter().filter(|(_, other)| other != at).copied();
            kinds[2].push(Mix::scaled(left.collect(), best.norm));
        }
    }
    let longest = kinds.iter().map(Vec::len).max().unwrap_or(0);
    for n in 0..longest {
        mixes.extend(kinds.iter().filter_map(|kind| kind.get(n).cloned()));
    }
    mixes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formula(at: usize) -> Option<Formula> {
        ["ease", "als", "popularity", "slim"]
            .get(at)
            .map(|text| Formula::parse(text).unwrap())
    }

    #[test]
    fn the_first_hybrids_are_pairs_with_the_best_model() {
        let mixes = around(None, &[1, 0, 2], false);
        let texts: Vec<String> = mixes.iter().map(|m| m.formula(formula).unwrap().to_string()).collect();
        assert_eq!(
            texts,
            [
                "0.5*als + 0.5*ease | zscore",
                "0.5*als + 0.5*popularity | zscore",
                "0.75*als + 0.25*ease | zscore",
                "0.75*als + 0.25*popularity | zscore"
            ]
        );
        assert_eq!(around(None, &[], false), []);
        // A model alone has nobody to be mixed with.
        assert_eq!(around(None, &[3], false), []);
    }

    #[test]
    fn shares_sum_to_one_whatever_is_changed() {
        let best = Mix::scaled(vec![(3.0, 0), (1.0, 1), (0.5, 2)], Norm::MinMax);
        let mixes = around(Some(&best), &[0, 1, 2, 3], false);
        assert!(mixes.len() > 10, "{}", mixes.len());
        assert_eq!(mixes[0], best);
        let mut kinds = [0; 3];
        for mix in &mixes {
            let sum: f64 = mix.parts.iter().map(|(share, _)| share).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{mix:?}");
            kinds[mix.parts.len() - 2] += 1;
            let Formula::Weighted { terms, .. } = mix.formula(formula).unwrap() else {
                panic!("a sum")
            };
            let sum: f64 = terms.iter().map(|(weight, _)| weight).sum();
            assert!((sum - 1.0).abs() < 1e-9);
            assert!(terms.iter().all(|(weight, _)| *weight > 0.0));
        }
        // Parts were left out and added.
        assert!(kinds.iter().all(|n| *n > 0), "{kinds:?}");
        // Sums of ratings stay ratings: nothing is normalized.
        let ratings = around(
            Some(&Mix::scaled(vec![(1.0, 0), (1.0, 1)], Norm::None)),
            &[0, 1, 2],
            true,
        );
        assert!(ratings.iter().all(|mix| mix.norm == Norm::None));
    }

    #[test]
    fn another_share_leaves_the_others_in_proportion() {
        let mix = Mix::scaled(vec![(0.6, 0), (0.3, 1), (0.1, 2)], Norm::ZScore).with(2, 0.4);
        let expected = [(0.4, 0), (0.2, 1), (0.4, 2)];
        for ((share, at), (wanted, place)) in mix.parts.iter().zip(expected) {
            assert!((share - wanted).abs() < 1e-12 && *at == place, "{mix:?}");
        }
    }
}
