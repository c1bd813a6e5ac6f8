use std::sync::Arc;

use serde::Serialize;

use super::Lab;
use crate::experiment::simulate::{ArmDay, Behavior, CLASSES, Crowd, Design, METRICS, MetricSpec, Truth};
use crate::experiment::{
    Adjustment, Looked, Measured, Plan, PlanBounds, Ratio, SampleRatio, Tested, Verdict, VerdictKind, critical_z,
    normal_two_sided, one_mean_test,
};
use crate::task::{Cancelled, Task};

/// An experiment as it stands after some of its days, with everything that a pane shows of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SimulatedView {
    /// The formula of A.
    pub control: String,
    /// The formula of B.
    pub treatment: String,
    /// The model of people's tastes; `planted` where they are random.
    pub taste: String,
    pub click_model: String,
    /// How many users of the dataset lent their histories.
    pub people: usize,
    pub users: [u64; 2],
    /// The planned share of users in B.
    pub share: f64,
    pub seed: u64,
    /// Days done, and days planned.
    pub day: usize,
    pub days_planned: usize,
    pub plan: PlanView,
    /// After the last day.
    pub metrics: Vec<MetricRow>,
    pub days: Vec<DaysView>,
    /// The plan's metric at the end of each day.
    pub looks: Vec<Option<Looked>>,
    /// Boundaries of |z| at all planned looks.
    pub pocock: Vec<f64>,
    pub obf: Vec<f64>,
    pub srm: Option<SampleRatio>,
    /// Clicks a user as they are, and with what is known of users from before taken out.
    pub welch: Option<Tested>,
    pub cuped: Option<Tested>,
    pub segments: Vec<SegmentRow>,
    /// Every class of users says the contrary of all users together.
    pub simpson: bool,
    pub verdict: Verdict,
    /// What was decided, and when.
    pub log: Vec<LogEntry>,
    /// The truth, which no system knows.
    pub truth: TruthView,
}

/// What was decided before anything was seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanView {
    pub metric: &'static str,
    pub rule: &'static str,
    pub alpha: f64,
    pub tau: f64,
}

/// An entry of the decision log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// After so many days; 0: before anything was seen.
    pub day: usize,
    pub text: String,
}

/// One figure of both arms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricRow {
    pub name: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
    pub doc: &'static str,
    #[serde(skip)]
    pub decimals: usize,
    pub a: Option<f64>,
    pub b: Option<f64>,
    /// B / A − 1, with its 95 % interval by the delta method over users.
    pub lift: Option<f64>,
    pub lift_low: Option<f64>,
    pub lift_high: Option<f64>,
    /// Of no difference, two-sided, as if this were the only look.
    pub p: Option<f64>,
    /// The same adjusted by Benjamini and Hochberg for all rows that have one.
    pub p_bh: Option<f64>,
    /// Whether a system knows it.
    pub is_logged: bool,
}

/// All figures of both arms since the first day, at the end of one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DaysView {
    pub day: usize,
    pub metrics: Vec<MetricCell>,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MetricCell {
    pub name: &'static str,
    pub a: Option<f64>,
    pub b: Option<f64>,
}

/// The plan's metric among some of the users.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SegmentRow {
    pub segment: &'static str,
    pub users: u64,
    pub lift: Option<f64>,
    pub lift_low: Option<f64>,
    pub lift_high: Option<f64>,
    pub p: Option<f64>,
    /// Holm's, over the segments.
    pub p_holm: Option<f64>,
}

/// What the figures are in expectation, without chance.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TruthView {
    /// At the end of the planned days.
    pub metrics: Vec<TrueRow>,
    /// B − A of the plan's metric from the first day to each.
    pub differences: Vec<Option<f64>>,
    /// The arm that is truly better by the plan's metric: `a`, `b`, or `neither`.
    pub better: &'static str,
    /// Whether the verdict agrees with it; `null` while there is none.
    pub is_right: Option<bool>,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TrueRow {
    pub name: &'static str,
    pub a: Option<f64>,
    pub b: Option<f64>,
    pub lift: Option<f64>,
}

/// A simulated experiment, day by day.
pub struct Simulation {
    lab: Lab,
    behavior: Behavior,
    design: Design,
    plan: Plan,
    bounds: PlanBounds,
    truth: Arc<Truth>,
    /// `None` where a day was cancelled half way.
    crowd: Option<Crowd>,
    days: Vec<[ArmDay; 2]>,
    log: Vec<LogEntry>,
}

impl Simulation {
    /// Draws the users; nothing is seen yet, and the plan is written down.
    ///
    /// # Errors
    /// Cancellation.
    pub fn new(lab: Lab, behavior: Behavior, design: Design, plan: Plan, task: &Task) -> Result<Self, Cancelled> {
        let truth = Truth::of(&lab.people, &behavior, (design.before, plan.days), task)?;
        let crowd = Crowd::new(&lab.people, behavior, &design, task)?;
        let written = format!(
            "plan, before anything is seen: {}; {} users, {:.0} % in B",
            in_words(&plan),
            crate::task::thousands(design.users as u64),
            100.0 * design.share
        );
        Ok(Self {
            bounds: plan.bounds(),
            lab,
            behavior,
            design,
            plan,
            truth: Arc::new(truth),
            crowd: Some(crowd),
            days: Vec::new(),
            log: vec![LogEntry { day: 0, text: written }],
        })
    }

    /// People and their lists.
    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Days done.
    pub fn day(&self) -> usize {
        self.days.len()
    }

    /// Another metric, rule or level, the days being the same. Once something was seen that is no plan any longer, and the log
    /// says so.
    pub fn replan(&mut self, plan: Plan) {
        if plan == self.plan {
            return;
        }
        let day = self.day();
        let text = if day == 0 {
            format!("plan changed, before anything is seen: {}", in_words(&plan))
        } else {
            format!(
                "plan changed after {day} days were seen: {}: exploratory from here on",
                in_words(&plan)
            )
        };
        self.log.push(LogEntry { day, text });
        self.plan = plan;
        self.bounds = plan.bounds();
    }

    /// One day more; nothing after the last. False where there was none left.
    ///
    /// # Errors
    /// Cancellation; what was seen stays, and the same days come again before the next one.
    pub fn step(&mut self, task: &Task) -> Result<bool, Cancelled> {
        if self.day() >= self.plan.days {
            return Ok(false);
        }
        let mut crowd = match self.crowd.take() {
            Some(crowd) => crowd,
            None => Crowd::new(&self.lab.people, self.behavior, &self.design, task)?,
        };
        while crowd.day() < self.day() {
            crowd.step(&self.lab.people, task)?;
        }
        let day = crowd.step(&self.lab.people, task)?;
        self.crowd = Some(crowd);
        self.days.push(day);
        let verdict = self.verdict(&self.plan.looks(&self.days, &self.bounds));
        let is_new = verdict.day == Some(self.day()) || (verdict.kind == VerdictKind::Invalid && self.day() == 1);
        if is_new {
            self.log.push(LogEntry {
                day: self.day(),
                text: verdict.sentence,
            });
        }
        Ok(true)
    }

    fn verdict(&self, looks: &[Option<Looked>]) -> Verdict {
        let users = self.days.last().map_or([0, 0], |arms| [arms[0].users, arms[1].users]);
        let mut verdict = self.plan.verdict(looks, users);
        let is_exploratory = self.log.iter().any(|entry| entry.text.contains("exploratory"));
        if is_exploratory && verdict.day.is_some() {
            verdict
                .sentence
                .push_str(" (exploratory: the plan was changed after data were seen)");
        }
        verdict
    }

    /// How it stands.
    pub fn view(&self) -> SimulatedView {
        let looks = self.plan.looks(&self.days, &self.bounds);
        let verdict = self.verdict(&looks);
        let empty = [ArmDay::default(), ArmDay::default()];
        let last = self.days.last().unwrap_or(&empty);
        let users = [last[0].users, last[1].users];
        let query = &self.lab.query;
        let segments = self.segments(last);
        let all = metric_row(
            self.plan.metric,
            at(self.plan.metric).map(|at| [last[0].sums[at].ratio(), last[1].sums[at].ratio()]),
            self.plan.alpha,
        );
        let simpson = all.lift.is_some_and(|lift| {
            let says_no = |row: &SegmentRow| row.lift.is_some_and(|l| l * lift < 0.0);
            !segments.is_empty() && segments.iter().all(says_no)
        });
        let (welch, cuped) = self.adjusted();
        SimulatedView {
            control: query.control.to_string(),
            treatment: query.treatment.to_string(),
            taste: query
                .taste
                .as_ref()
                .map_or_else(|| "planted".to_owned(), ToString::to_string),
            click_model: self.behavior.clicks.to_string(),
            people: self.lab.people.len(),
            users,
            share: self.design.share,
            seed: self.design.seed,
            day: self.day(),
            days_planned: self.plan.days,
            plan: PlanView {
                metric: self.plan.metric.name,
                rule: self.plan.rule.name(),
                alpha: self.plan.alpha,
                tau: self.plan.tau,
            },
            metrics: self.metrics(last),
            days: self.days.iter().enumerate().map(|day| self.day_view(day)).collect(),
            looks,
            pocock: self.bounds.pocock.clone(),
            obf: self.bounds.obf.clone(),
            srm: SampleRatio::of(&users, &[1.0 - self.design.share, self.design.share]),
            welch,
            cuped,
            segments,
            simpson,
            log: self.log.clone(),
            truth: self.truth_view(&verdict),
            verdict,
        }
    }

    fn metrics(&self, last: &[ArmDay; 2]) -> Vec<MetricRow> {
        let of = |(at, metric): (usize, &'static MetricSpec)| {
            metric_row(
                metric,
                Some([last[0].sums[at].ratio(), last[1].sums[at].ratio()]),
                self.plan.alpha,
            )
        };
        let mut rows: Vec<MetricRow> = METRICS.iter().enumerate().map(of).collect();
        // Without categories there is nothing to be spread over.
        let shown = self.lab.people.iter().flat_map(|p| p.lists.iter().flatten());
        if shown.into_iter().all(|listed| listed.categories == 0) {
            rows.retain(|row| row.name != "spread");
        }
        let p: Vec<f64> = rows.iter().filter_map(|row| row.p).collect();
        let mut adjusted = Adjustment::BenjaminiHochberg.adjust(&p).into_iter();
        for row in rows.iter_mut().filter(|row| row.p.is_some()) {
            row.p_bh = adjusted.next();
        }
        if self.day() > 0 {
            let items = [last[0].items, last[1].items].map(|n| n as f64);
            rows.push(whole("items", "items", "distinct items shown to anybody", 0, items));
            let share = items.map(|n| n / self.lab.items.max(1) as f64);
            rows.push(whole("coverage", "coverage", "the same, of all items", 4, share));
        }
        rows
    }

    fn day_view(&self, (at, arms): (usize, &[ArmDay; 2])) -> DaysView {
        let cell = |(k, metric): (usize, &MetricSpec)| {
            let value = |arm: usize| arms[arm].sums[k].ratio().map(|r| r.value);
            MetricCell {
                name: metric.name,
                a: value(0),
                b: value(1),
            }
        };
        let mut metrics: Vec<MetricCell> = METRICS.iter().enumerate().map(cell).collect();
        let items = |name: &'static str, of: f64| MetricCell {
            name,
            a: Some(arms[0].items as f64 / of),
            b: Some(arms[1].items as f64 / of),
        };
        metrics.extend([items("items", 1.0), items("coverage", self.lab.items.max(1) as f64)]);
        DaysView { day: at + 1, metrics }
    }

    fn segments(&self, last: &[ArmDay; 2]) -> Vec<SegmentRow> {
        let Some(at) = at(self.plan.metric).filter(|_| self.day() > 0) else {
            return Vec::new();
        };
        let row = |(class, segment): (usize, &&'static str)| {
            let of = |arm: usize| &last[arm].classes[class][at];
            let row = metric_row(self.plan.metric, Some([of(0).ratio(), of(1).ratio()]), self.plan.alpha);
            SegmentRow {
                segment,
                users: (of(0).users + of(1).users) as u64,
                lift: row.lift,
                lift_low: row.lift_low,
                lift_high: row.lift_high,
                p: row.p,
                p_holm: None,
            }
        };
        let mut rows: Vec<SegmentRow> = CLASSES.iter().enumerate().map(row).collect();
        rows.retain(|row| row.users > 0);
        let p: Vec<f64> = rows.iter().filter_map(|row| row.p).collect();
        let mut adjusted = Adjustment::Holm.adjust(&p).into_iter();
        for row in rows.iter_mut().filter(|row| row.p.is_some()) {
            row.p_holm = adjusted.next();
        }
        rows
    }

    /// Welch's test on clicks a user, without and with CUPED.
    fn adjusted(&self) -> (Option<Tested>, Option<Tested>) {
        let Some(crowd) = self.crowd.as_ref().filter(|_| self.day() > 0) else {
            return (None, None);
        };
        let ((a, before_a), (b, before_b)) = (crowd.clicks(0), crowd.clicks(1));
        let measured = Measured {
            a: &a,
            b: &b,
            before: (self.design.before > 0).then_some([&before_a[..], &before_b[..]]),
            per: None,
            alpha: self.plan.alpha,
            draws: 0,
            seed: 0,
        };
        let test = |name: &str| one_mean_test(name, &measured);
        (test("welch"), test("cuped"))
    }

    fn truth_view(&self, verdict: &Verdict) -> TruthView {
        let days = self.plan.days;
        let row = |metric: &MetricSpec| {
            let [a, b] = [0, 1].map(|arm| self.truth.arms[arm].value(metric, days));
            TrueRow {
                name: metric.name,
                a,
                b,
                lift: a.zip(b).filter(|(a, _)| *a > 0.0).map(|(a, b)| b / a - 1.0),
            }
        };
        let truth = row(self.plan.metric);
        let better = match truth.a.zip(truth.b) {
            Some((a, b)) if b > a => "b",
            Some((a, b)) if a > b => "a",
            _ => "neither",
        };
        let is_right = match verdict.kind {
            VerdictKind::ShipB => Some(better == "b"),
            VerdictKind::KeepA => Some(better == "a"),
            // A stays: wrong only where B would have been better.
            VerdictKind::NoDifference => Some(better != "b"),
            VerdictKind::Running | VerdictKind::Invalid => None,
        };
        TruthView {
            metrics: METRICS.iter().map(row).collect(),
            differences: (1..=days)
                .map(|day| {
                    let [a, b] = [0, 1].map(|arm| self.truth.arms[arm].value(self.plan.metric, day));
                    Some(b? - a?)
                })
                .collect(),
            better,
            is_right,
        }
    }
}

/// A plan in a line.
fn in_words(plan: &Plan) -> String {
    format!(
        "{} by {} at α = {}, {} days",
        plan.metric.title,
        plan.rule.name(),
        plan.alpha,
        plan.days
    )
}

fn at(metric: &MetricSpec) -> Option<usize> {
    METRICS.iter().position(|m| m == metric)
}

fn whole(name: &'static str, title: &'static str, doc: &'static str, decimals: usize, [a, b]: [f64; 2]) -> MetricRow {
    MetricRow {
        name,
        title,
        unit: "",
        doc,
        decimals,
        a: Some(a),
        b: Some(b),
        lift: (a > 0.0).then(|| b / a - 1.0),
        lift_low: None,
        lift_high: None,
        p: None,
        p_bh: None,
        is_logged: true,
    }
}

fn metric_row(metric: &'static MetricSpec, arms: Option<[Option<Ratio>; 2]>, alpha: f64) -> MetricRow {
    let [a, b] = arms.unwrap_or([None, None]);
    let mut row = MetricRow {
        a: a.map(|r| r.value),
        b: b.map(|r| r.value),
        is_logged: metric.is_logged,
        ..whole(metric.name, metric.title, metric.doc, metric.decimals, [0.0, 0.0])
    };
    row.unit = metric.unit;
    let Some((a, b)) = a.zip(b) else { return row };
    let stderr = (a.variance + b.variance).sqrt();
    if stderr > 0.0 {
        row.p = Some(normal_two_sided((b.value - a.value) / stderr));
    }
    if a.value > 0.0 {
        let share = b.value / a.value;
        let half = critical_z(alpha) * (b.variance + share * share * a.variance).sqrt() / a.value;
        row.lift = Some(share - 1.0);
        (row.lift_low, row.lift_high) = (Some(share - 1.0 - half), Some(share - 1.0 + half));
    }
    row
}
