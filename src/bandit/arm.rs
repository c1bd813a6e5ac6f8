use serde::Serialize;

use super::BanditError;
use super::kl::kl;
use super::worlds::Preset;

/// The most arms that one experiment may have.
pub const MOST_ARMS: usize = 1_000;

/// One thing that can be shown, and how often people like it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Arm {
    /// The item's id, verbatim; a letter for an arm without an item.
    pub id: String,
    pub label: String,
    /// The true success rate μ, 0 to 1, which policies never see.
    pub mean: f64,
    /// What similar items let expect of it, 0 to 1: for policies with an informed prior. See [`super::guess_rates`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guess: Option<f64>,
}

/// Arms named A, B, C, … with these success rates. Whether they make an experiment is asked of [`check_arms`].
pub fn arms_of(means: &[f64]) -> Vec<Arm> {
    let arm = |(n, &mean): (usize, &f64)| Arm {
        id: letters(n),
        label: letters(n),
        mean,
        guess: None,
    };
    means.iter().enumerate().map(arm).collect()
}

/// Reads arms as they are written on the command line: `0.10,0.12,0.30`, or the name of a [`Preset`].
pub fn parse_arms(text: &str) -> Result<Vec<Arm>, BanditError> {
    if text.trim().is_empty() {
        return Err(BanditError::NoArms);
    }
    if let Some(preset) = Preset::find(text.trim()) {
        return Ok(arms_of(&preset.rates()));
    }
    let means = text.split(',').map(|part| match part.trim().parse::<f64>() {
        Ok(mean) => Ok(mean),
        Err(_) => Err(BanditError::NotARate(part.trim().to_owned())),
    });
    let arms = arms_of(&means.collect::<Result<Vec<f64>, _>>()?);
    check_arms(&arms)?;
    Ok(arms)
}

/// Whether these arms make an experiment.
pub fn check_arms(arms: &[Arm]) -> Result<(), BanditError> {
    if arms.is_empty() {
        return Err(BanditError::NoArms);
    }
    if arms.len() > MOST_ARMS {
        return Err(BanditError::TooManyArms {
            given: arms.len(),
            most: MOST_ARMS,
        });
    }
    match arms.iter().find(|arm| !(0.0..=1.0).contains(&arm.mean)) {
        Some(arm) => Err(BanditError::BadMean {
            arm: arm.label.clone(),
            mean: arm.mean,
        }),
        None => Ok(()),
    }
}

/// How much each pull of each arm costs: Δ_i = μ* − μ_i, where μ* is the highest rate. 0 for the best arms.
pub fn gaps(arms: &[Arm]) -> Vec<f64> {
    let best = arms.iter().map(|a| a.mean).fold(0.0, f64::max);
    arms.iter().map(|a| best - a.mean).collect()
}

/// The Lai–Robbins coefficient C(μ) = Σ_{i: μ_i < μ*} (μ* − μ_i) / kl(μ_i, μ*) of arms with success rates `means`.
///
/// No policy that is good on all arms has, for large T, a regret below C(μ)·ln T. That is asymptotic: at a finite T
/// good policies lie below it. 0 where all arms are equally good. O(K). Lai and Robbins 1985, "Asymptotically
/// efficient adaptive allocation rules".
pub fn lower_bound_coefficient(means: &[f64]) -> f64 {
    let best = means.iter().copied().fold(0.0, f64::max);
    let worse = means.iter().filter(|&&m| m < best);
    worse.map(|&m| (best - m) / kl(m, best)).sum()
}

/// A, B, …, Z, AA, AB, …
fn letters(mut n: usize) -> String {
    let mut name = Vec::new();
    loop {
        name.push(char::from(b'A' + (n % 26) as u8));
        if n < 26 {
            return name.iter().rev().collect();
        }
        n = n / 26 - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_bound_meets_published_coefficients() {
        let close = |means: &[f64], expected: f64| {
            let found = lower_bound_coefficient(means);
            assert!((found - expected).abs() < 1e-7 * expected, "{found} for {expected}");
        };
        close(&[0.9, 0.8], 2.2520996985);
        close(
            &[0.10, 0.05, 0.05, 0.05, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01],
            17.4451741312,
        );
        close(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], 7.5165155423);
        let one_better = |k: usize, gap: f64| [vec![0.5], vec![0.5 - gap; k - 1]].concat();
        close(&one_better(10, 0.1), 44.6971465);
        close(&one_better(10, 0.02), 224.9399776);
        close(&one_better(100, 0.1), 491.668612);
        close(&one_better(100, 0.02), 2474.339753);
        assert_eq!(lower_bound_coefficient(&[0.3, 0.3]), 0.0);
        assert!(lower_bound_coefficient(&[1.0, 0.0, 0.5]).is_finite());
    }

    #[test]
    fn arms_are_read_or_refused_in_one_sentence() {
        let arms = parse_arms("0.10, 0.12,0.30").unwrap();
        assert_eq!(arms.iter().map(|a| a.mean).collect::<Vec<_>>(), [0.10, 0.12, 0.30]);
        assert_eq!(arms[2].id, "C");
        let refused = |text: &str| parse_arms(text).unwrap_err().to_string();
        assert!(refused(" ").starts_with("there are no arms"));
        assert!(refused("0.1,x").starts_with("\"x\" is not a success rate"));
        assert_eq!(
            refused("0.1,1.5"),
            "arm B has the success rate 1.5, which is not between 0 and 1"
        );
        assert!(refused("NaN").contains("not between 0 and 1"));
        assert!(refused(&vec!["0.5"; 1001].join(",")).contains("at most 1000"));
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!(
            [0, 25, 26, 51, 52, 702].map(letters),
            ["A", "Z", "AA", "AZ", "BA", "AAA"]
        );
    }
}
