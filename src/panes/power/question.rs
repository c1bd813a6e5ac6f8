use super::Power;
use crate::answers::{CommandLine, World, command_line};
use crate::experiment::power::{SizeFormula, detectable_target, n_of_proportions, power_of_proportions};
use crate::panes::controls::{Control, Step};
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// What is planned.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerQuery {
    baseline: f64,
    /// Relative.
    effect: f64,
    power: f64,
    alpha: f64,
    /// Users an arm that there are.
    users: f64,
    /// New users a day, both arms together.
    daily: f64,
}

/// What it takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planned {
    pub baseline: f64,
    pub alpha: f64,
    pub power: f64,
    /// Users an arm that there are, and what they find.
    pub users: f64,
    pub detectable: Option<f64>,
    /// New users a day.
    pub daily: f64,
    /// Users an arm that the effect needs; `None` where there is none.
    pub needed: Option<f64>,
    /// Other effects, smaller and larger.
    pub rows: Vec<PlannedRow>,
    /// Users an arm, and the power that they have.
    pub curve: Vec<(f64, f64)>,
}

/// An effect, and what it needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedRow {
    pub lift: f64,
    pub target: f64,
    pub n: Option<f64>,
}

impl Planned {
    /// Days until both arms have so many users.
    pub fn days(&self, n: f64) -> u64 {
        (2.0 * n / self.daily.max(1.0)).ceil() as u64
    }

    fn of(query: &PowerQuery) -> Self {
        let needed = |lift: f64| {
            let target = query.baseline * (1.0 + lift);
            let is_rate = target > 0.0 && target < 1.0;
            let n = is_rate
                .then(|| n_of_proportions(query.baseline, target, query.alpha, query.power, SizeFormula::Pooled))
                .flatten();
            PlannedRow { lift, target, n }
        };
        let rows = [0.25, 0.5, 1.0, 2.0, 4.0].map(|by| needed(query.effect * by));
        let wanted = rows[2];
        let most = wanted.n.map_or(query.users, |n| (2.0 * n).max(query.users));
        let at = |step: u32| {
            let n = most * f64::from(step) / 60.0;
            (n, power_of_proportions(query.baseline, wanted.target, query.alpha, n))
        };
        Self {
            baseline: query.baseline,
            alpha: query.alpha,
            power: query.power,
            users: query.users,
            detectable: detectable_target(query.baseline, query.alpha, query.power, query.users),
            daily: query.daily,
            needed: wanted.n,
            rows: rows.into_iter().filter(|row| row.n.is_some()).collect(),
            curve: (0..=60).map(at).collect(),
        }
    }
}

impl Ask for Power {
    type Query = PowerQuery;
    type View = Planned;

    fn controls(_shared: &Shared) -> Vec<Control> {
        vec![
            Control::number(
                "baseline",
                "The rate of the control.",
                (0.0001, 0.9),
                Step::By(0.01, 0.05),
                0.04,
            ),
            Control::number(
                "effect",
                "The effect that is to be found, relative.",
                (-0.9, 5.0),
                Step::By(0.01, 0.05),
                0.05,
            ),
            Control::number(
                "power",
                "The probability to find it.",
                (0.1, 0.999),
                Step::By(0.05, 0.1),
                0.8,
            ),
            Control::number(
                "alpha",
                "The level of the two-sided test.",
                (0.001, 0.09),
                Step::By(0.005, 0.05),
                0.05,
            ),
            Control::number(
                "users",
                "Users an arm that there are: what do they find?",
                (10.0, 1e9),
                Step::Decades,
                20_000.0,
            ),
            Control::number(
                "daily",
                "New users a day, both arms together.",
                (1.0, 1e8),
                Step::Decades,
                5_000.0,
            ),
        ]
    }

    fn query(shared: &Shared) -> Result<PowerQuery, String> {
        let settings = shared.settings(Self::ID, Self::controls(shared));
        Ok(PowerQuery {
            baseline: settings.number("baseline"),
            effect: settings.number("effect"),
            power: settings.number("power"),
            alpha: settings.number("alpha"),
            users: settings.number("users"),
            daily: settings.number("daily"),
        })
    }

    fn source(_setting: &Setting<'_>) -> Source<PowerQuery, Planned> {
        Source::computed(|query: &PowerQuery, _| Ok(Planned::of(query)))
    }

    fn command(query: &PowerQuery, view: &Planned, world: &World, data: &[String]) -> Option<String> {
        let target = query.baseline * (1.0 + query.effect);
        view.needed?;
        let options = [
            ("--baseline", query.baseline.to_string()),
            ("--target", target.to_string()),
            ("--power", query.power.to_string()),
            ("--alpha", query.alpha.to_string()),
        ];
        let question = CommandLine::Options {
            command: "power",
            reads: false,
            options: &options,
            seed: Some(42),
        };
        Some(command_line(world, data, question))
    }
}

#[cfg(test)]
pub(super) fn planned(baseline: f64, effect: f64) -> Planned {
    Planned::of(&PowerQuery {
        baseline,
        effect,
        power: 0.8,
        alpha: 0.05,
        users: 20_000.0,
        daily: 5_000.0,
    })
}
