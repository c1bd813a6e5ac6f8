use std::fmt::Write;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::abtest::{check_positive, check_share};
use super::context::Context;
use super::output::{exact, exact_or_empty};
use super::table::{counted, rounded};
use super::{CliError, Run};
use crate::experiment::power::{SizeFormula, detectable_target, n_of_means, n_of_proportions, power_of_proportions};

/// How many users an arm an experiment needs, or what so many can find.
#[derive(Debug, Args)]
pub struct Power {
    /// The rate of the control
    #[arg(long, value_name = "RATE", required_unless_present = "effect")]
    baseline: Option<f64>,
    /// The rate of the treatment that is to be found
    #[arg(long, value_name = "RATE")]
    target: Option<f64>,
    /// Two means in place of two rates: their difference in standard deviations
    #[arg(long, value_name = "D", conflicts_with_all = ["baseline", "target"], allow_hyphen_values = true)]
    effect: Option<f64>,
    /// The probability to find it
    #[arg(long = "power", value_name = "SHARE", default_value_t = 0.8)]
    chance: f64,
    /// The level of the two-sided test
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// So many users an arm: what they find (without --target), or how surely (with it)
    #[arg(long, value_name = "USERS", conflicts_with = "effect")]
    n: Option<f64>,
    /// How the number is computed [default: pooled for rates, t for means]
    #[arg(long, value_name = "NAME")]
    formula: Option<Named>,
}

/// Names of formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Named {
    /// Two rates, as power.prop.test of R
    Pooled,
    /// Two rates by Cohen's h, as G*Power and statsmodels
    CohenH,
    /// Two means by the normal law
    Normal,
    /// Two means by the noncentral t law, as power.t.test of R
    T,
}

/// What is needed, or found.
#[derive(Debug, Serialize)]
struct PowerView {
    /// Not rounded.
    n_per_arm: f64,
    n_total: f64,
    formula: &'static str,
    name: String,
    baseline: Option<f64>,
    target: Option<f64>,
    effect: Option<f64>,
    alpha: f64,
    power: f64,
}

impl Run for Power {
    fn run(self, context: &Context) -> Result<(), CliError> {
        check_share("--alpha", self.alpha)?;
        check_share("--power", self.chance)?;
        if self.chance <= self.alpha {
            return Err(CliError::Usage("--power must be above --alpha".into()));
        }
        let view = match (self.effect, self.baseline) {
            (Some(effect), _) => self.means(effect)?,
            (None, Some(baseline)) => self.rates(baseline)?,
            (None, None) => return Err(CliError::Usage("name --baseline or --effect".into())),
        };
        let header = ["n_per_arm", "baseline", "target", "effect", "alpha", "power", "formula"];
        let row = |view: &PowerView| {
            [[
                exact(view.n_per_arm),
                exact_or_empty(view.baseline),
                exact_or_empty(view.target),
                exact_or_empty(view.effect),
                exact(view.alpha),
                exact(view.power),
                view.name.clone(),
            ]]
        };
        context.print(&view, &header, row, text)
    }
}

impl Power {
    fn formula(&self, of: [(Named, SizeFormula); 2], what: &str) -> Result<(Named, SizeFormula), CliError> {
        let wanted = self.formula.unwrap_or(of[0].0);
        let found = of.into_iter().find(|(name, _)| *name == wanted);
        found.ok_or_else(|| CliError::Usage(format!("--formula {} is not for {what}", name(wanted))))
    }

    fn means(&self, effect: f64) -> Result<PowerView, CliError> {
        let of = [
            (Named::T, SizeFormula::NoncentralT),
            (Named::Normal, SizeFormula::Normal),
        ];
        let (named, formula) = self.formula(of, "means")?;
        let n = n_of_means(effect, self.alpha, self.chance, formula);
        let n = n.ok_or_else(|| CliError::Usage("--effect must be a number that is not (nearly) 0".into()))?;
        Ok(self.view(n, named, formula, (None, None, Some(effect)), self.chance))
    }

    fn rates(&self, baseline: f64) -> Result<PowerView, CliError> {
        check_share("--baseline", baseline)?;
        let of = [
            (Named::Pooled, SizeFormula::Pooled),
            (Named::CohenH, SizeFormula::CohenH),
        ];
        let (named, formula) = self.formula(of, "rates")?;
        if let Some(target) = self.target {
            check_share("--target", target)?;
        }
        if let Some(n) = self.n {
            check_positive("--n", n)?;
            if named == Named::CohenH {
                return Err(CliError::Usage("--n goes with --formula pooled".into()));
            }
            if let Some(target) = self.target {
                let power = power_of_proportions(baseline, target, self.alpha, n);
                return Ok(self.view(n, named, formula, (Some(baseline), Some(target), None), power));
            }
            let target = detectable_target(baseline, self.alpha, self.chance, n).ok_or_else(|| {
                CliError::Failed(format!(
                    "{} users an arm find no rate at all with this power",
                    rounded(n)
                ))
            })?;
            return Ok(self.view(n, named, formula, (Some(baseline), Some(target), None), self.chance));
        }
        let target = self
            .target
            .ok_or_else(|| CliError::Usage("name --target, or --n USERS".into()))?;
        let n = n_of_proportions(baseline, target, self.alpha, self.chance, formula);
        let n = n.ok_or_else(|| CliError::Usage("--target is the baseline: there is nothing to be found".into()))?;
        Ok(self.view(n, named, formula, (Some(baseline), Some(target), None), self.chance))
    }

    fn view(
        &self,
        n: f64,
        named: Named,
        formula: SizeFormula,
        (baseline, target, effect): (Option<f64>, Option<f64>, Option<f64>),
        power: f64,
    ) -> PowerView {
        PowerView {
            n_per_arm: n,
            n_total: 2.0 * n,
            formula: formula.text(),
            name: name(named),
            baseline,
            target,
            effect,
            alpha: self.alpha,
            power,
        }
    }
}

fn name(named: Named) -> String {
    named
        .to_possible_value()
        .map_or_else(String::new, |v| v.get_name().to_owned())
}

fn text(view: &PowerView) -> String {
    let mut text = format!(
        "{} users an arm, {} in all",
        counted(view.n_per_arm.ceil() as u64),
        counted(2 * view.n_per_arm.ceil() as u64)
    );
    if let (Some(baseline), Some(target)) = (view.baseline, view.target) {
        let lift = 100.0 * (target / baseline - 1.0);
        let _ = write!(
            text,
            ", to find {} against {} ({lift:+.1} %)",
            rounded(target),
            rounded(baseline)
        );
    }
    if let Some(effect) = view.effect {
        let _ = write!(text, ", to find {} standard deviations", rounded(effect));
    }
    let _ = write!(
        text,
        " with a power of {} at α = {}\n{}: n {}{}\n",
        rounded(view.power),
        rounded(view.alpha),
        view.name,
        if view.formula.starts_with("such") { "" } else { "= " },
        view.formula
    );
    text
}
