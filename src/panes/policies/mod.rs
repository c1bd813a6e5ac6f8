//! What policies lose over many runs: the mean with its band, on logarithmic or linear time, against the bound of
//! Lai and Robbins.

mod question;
mod run;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::{Role, Theme};
use super::widgets::{
    Axis, Column, Content, Curve, Figures, LineChart, NONE, Pen, draw_table, gauge, percent, thousands, width,
};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
use crate::bandit::{BanditResult, PolicyResult};
use crate::engine::Order;
pub use run::PoliciesView;

/// Policies over many runs.
#[derive(Default)]
pub struct Policies;

/// The view with linear time.
const LINEAR: usize = 1;

impl Pane for Policies {
    const ID: PaneId = PaneId("policies");
    const IS_ABOUT_SUBJECT: bool = false;
    const ACTIONS: &'static [ActionRow] = &[ActionRow {
        id: "run_policies",
        title: "Run or pause",
        hint: "run/pause",
        doc: "Begins the runs, or stops them; what was averaged is shown.",
        keys: &["space"],
        run: |shared, _| shared.order(Order::Toggle),
        possible: |_| true,
    }];

    fn title(&self, view: Option<&PoliciesView>, _selection: &Selection) -> String {
        match view {
            None => "Policies".to_owned(),
            Some(view) => format!("Policies · mean of {} runs", thousands(done(view))),
        }
    }

    fn modes(&self) -> usize {
        2
    }

    fn rows(&self, view: &PoliciesView, _state: &PaneState) -> usize {
        view.result.as_ref().map_or(0, |r| r.policies.len())
    }

    fn row_text(&self, view: &PoliciesView, _state: &PaneState, row: usize) -> String {
        let policies = view.result.as_ref().map(|r| r.policies.as_slice()).unwrap_or_default();
        policies.get(row).map(|p| p.name.clone()).unwrap_or_default()
    }

    fn draw(&self, view: &PoliciesView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        if view.is_running && done(view) < view.runs && pen.lines_left() >= 4 {
            progress(view, theme, &mut pen);
        }
        let Some(result) = &view.result else {
            pen.text("no run is finished yet", theme.style(Role::Muted));
            return Drawn::default();
        };
        let rows = result.policies.len() as u16 + 1;
        let chart = pen.lines_left().saturating_sub(rows + 1);
        if chart >= 5 {
            let place = pen.take_below(chart);
            curves(result, input.state.mode % 2 == LINEAR, theme, place, pen.buffer());
        }
        if pen.lines_left() > rows {
            bound(result, theme, &mut pen);
        }
        let body = pen.left();
        table(result, input, body, buffer)
    }

    fn export(&self, view: &PoliciesView) -> Export {
        let mut table = Export::of_columns("policy step regret_mean regret_stderr best_arm_share".split(' '));
        for policy in view.result.iter().flat_map(|r| &r.policies) {
            for (at, step) in policy.checkpoints.iter().enumerate() {
                table.rows.push(cells![
                    policy.name.clone(),
                    *step as f64,
                    policy.regret_mean[at],
                    policy.regret_stderr[at],
                    policy.best_arm_share[at]
                ]);
            }
        }
        table
    }
}

fn done(view: &PoliciesView) -> u64 {
    view.result.as_ref().map_or(0, |r| r.runs)
}

fn progress(view: &PoliciesView, theme: &Theme, pen: &mut Pen<'_>) {
    let text = format!("{} of {} runs ", thousands(done(view)), thousands(view.runs));
    let place = pen.take(1);
    let used = super::widgets::put(pen.buffer(), place, place.x, place.y, &text, theme.style(Role::Muted));
    let bar = Rect {
        x: place.x + used,
        width: place.width.saturating_sub(used).min(30),
        ..place
    };
    gauge(pen.buffer(), bar, done(view) as f64 / view.runs.max(1) as f64, theme);
}

/// `C(μ) ln T = 17.45 · 9.21 = 160.7, asymptotic`.
fn bound(result: &BanditResult, theme: &Theme, pen: &mut Pen<'_>) {
    let Some(bound) = result.lower_bound else {
        return pen.text("rates change: there is no bound on regret", theme.style(Role::Muted));
    };
    let (two, one) = (Figures::with(2), Figures::with(1));
    let log = (result.horizon as f64).ln();
    let value = one.text(bound.at_horizon);
    let sum = format!(
        "LB = C ln T = {} × {} = {value}",
        two.text(bound.coefficient),
        two.text(log)
    );
    let texts = [format!("{sum}, in the long run"), sum, format!("LB = C ln T = {value}")];
    let text = texts
        .iter()
        .find(|t| width(t) <= usize::from(pen.left().width))
        .unwrap_or(&texts[2]);
    pen.text(&theme.plain(text), theme.style(Role::Series(7)));
}

fn last(policy: &PolicyResult) -> (f64, Option<f64>, f64) {
    let regret = policy.regret_mean.last().copied().unwrap_or_default();
    let stderr = policy.regret_stderr.last().copied().flatten();
    (
        regret,
        stderr,
        policy.best_arm_share.last().copied().unwrap_or_default(),
    )
}

fn table(result: &BanditResult, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let regrets = || result.policies.iter().map(|p| last(p).0);
    let most = regrets().fold(0.0, f64::max);
    let figures = Figures::with(usize::from(most < 1000.0));
    let (wide, two) = (figures.width(regrets()).max(6), Figures::with(2));
    let columns = [
        Column::fixed("", 1),
        Column::flex("policy", 10, 1).at_most(40),
        Column::fixed("regret", wide).right(),
        Column::fixed(theme.plain("± se").into_owned(), 6).right().optional(2),
        Column::fixed("best arm", 8).right().optional(1),
        Column::fixed("per LB", 6).right().optional(3),
    ];
    draw_table(&columns, input, area, buffer, |row| {
        let policy = result.policies.get(row)?;
        let (regret, stderr, share) = last(policy);
        let bound = result.lower_bound.map(|b| b.at_horizon).filter(|b| *b > 0.0);
        let text = |value: Option<f64>, figures: Figures| value.map_or_else(|| NONE.to_owned(), |v| figures.text(v));
        Some(vec![
            Content::styled(theme.marker(row), theme.style(Role::Series(row))),
            Content::text(policy.name.clone()),
            Content::styled(figures.text(regret), theme.style(Role::Strong)),
            Content::styled(text(stderr, Figures::with(1)), theme.style(Role::Muted)),
            Content::text(percent(share)),
            Content::styled(text(bound.map(|b| regret / b), two), theme.style(Role::Muted)),
        ])
    })
}

/// The mean of every policy as a line, where a tenth and nine tenths of the runs lie as dashes.
fn curves(result: &BanditResult, linear: bool, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut means = Vec::new();
    let mut bands = Vec::new();
    for policy in &result.policies {
        let curve = &policy.curve;
        let along = |values: &[f64]| -> Vec<(f64, f64)> {
            curve
                .t
                .iter()
                .zip(values)
                .map(|(t, regret)| (*t as f64, *regret))
                .collect()
        };
        means.push(along(&curve.mean));
        bands.push([dashed(&along(&curve.p10)), dashed(&along(&curve.p90))]);
    }
    let highest = bands.iter().flat_map(|b| &b[1]).map(|p| p.1).filter(|r| r.is_finite());
    let highest = highest.chain(means.iter().flatten().map(|p| p.1)).fold(0.0, f64::max);
    let lower: Vec<(f64, f64)> = result.lower_bound.map_or_else(Vec::new, |bound| {
        let steps = (result.horizon as f64).ln();
        let at = |k: u32| (steps * f64::from(k) / 60.0).exp();
        let points = (0..=60).map(at).map(|t| (t, bound.coefficient * t.ln()));
        points.filter(|(_, regret)| *regret <= highest).collect()
    });
    let names: Vec<&str> = result
        .policies
        .iter()
        .map(|p| p.name.split(':').next().unwrap_or(""))
        .collect();
    let named = area.height >= 7 && area.width >= 36;
    let mut all: Vec<Curve<'_>> = Vec::new();
    for (series, points) in means.iter().enumerate() {
        let name = if named { names[series] } else { "" };
        all.push(Curve { name, points, series });
    }
    all.push(Curve {
        name: if named { "LB" } else { "" },
        points: &lower,
        series: 7,
    });
    for (series, band) in bands.iter().enumerate() {
        all.extend(band.iter().map(|points| Curve {
            name: "",
            points,
            series,
        }));
    }
    let time = if linear { "pulls" } else { "pulls (log)" };
    LineChart {
        x: Axis {
            label: if area.width >= 58 {
                if linear {
                    "pulls; dashed: 10 % and 90 % of runs"
                } else {
                    "pulls (log); dashed: 10 % and 90 % of runs"
                }
            } else {
                time
            },
            logarithmic: !linear,
            bounds: Some((1.0, result.horizon.max(2) as f64)),
            ..Axis::default()
        },
        y: Axis {
            label: "regret",
            bounds: (highest > 0.0).then_some((0.0, highest)),
            flat: "no regret",
            ..Axis::default()
        },
        curves: &all,
    }
    .draw(buffer, area, theme);
}

/// Every other stretch of a line.
fn dashed(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let gap = (f64::NAN, f64::NAN);
    points
        .chunks(2)
        .flat_map(|pair| pair.iter().copied().chain([gap]))
        .collect()
}

#[cfg(test)]
mod tests;
