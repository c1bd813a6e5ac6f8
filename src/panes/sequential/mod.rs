//! Sequential: the plan's metric as it comes in, day by day: the difference with the band that holds however often one looks, and
//! z against the boundaries of group-sequential tests.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::experiment::{Experiment, ExperimentSettings, ExperimentView, command_of, probability, source, waiting};
use super::theme::{Role, Theme};
use super::widgets::{Axis, Curve, Figures, LineChart, Pen, Spans, flow};
use super::{Ask, Drawn, Export, Pane, PaneId, PaneInput, Selection, Setting, Shared, Source, cells};
use crate::answers::World;
use crate::answers::experiment::SimulatedView;
use crate::experiment::Looked;

/// The difference and its boundaries over time.
#[derive(Default)]
pub struct Sequential;

/// The mode that shows z in place of the difference.
const BOUNDARIES: usize = 1;

impl Ask for Sequential {
    type Query = ExperimentSettings;
    type View = ExperimentView;

    fn query(shared: &Shared) -> Result<ExperimentSettings, String> {
        Experiment::query(shared)
    }

    fn source(setting: &Setting<'_>) -> Source<ExperimentSettings, ExperimentView> {
        source(setting)
    }

    fn command(settings: &ExperimentSettings, _: &ExperimentView, world: &World, data: &[String]) -> Option<String> {
        Some(command_of(settings, false, world, data))
    }
}

impl Pane for Sequential {
    const ID: PaneId = PaneId("sequential");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&ExperimentView>, _selection: &Selection) -> String {
        match view.and_then(|v| v.found.as_ref()) {
            None => "Sequential".to_owned(),
            Some(found) => format!("Sequential · {} · {}", found.plan.metric, found.plan.rule),
        }
    }

    fn modes(&self) -> usize {
        2
    }

    fn draw(&self, view: &ExperimentView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        let Some(found) = &view.found else {
            pen.text(&waiting(view), theme.style(Role::Muted));
            return Drawn::default();
        };
        let last = found.looks.iter().rev().flatten().next();
        let Some(last) = last else {
            pen.text("no day is over yet", theme.style(Role::Muted));
            return Drawn::default();
        };
        let lines = flow(figures(last, found, theme), 2, pen.left().width);
        let room = pen.lines_left();
        for line in lines.iter().take(usize::from(if room >= 10 { room / 3 } else { 2 })) {
            pen.line(line);
        }
        let both = pen.lines_left() >= 20;
        if both {
            let upper = pen.take(pen.lines_left() / 2);
            differences(view, found, theme, upper, pen.buffer());
            let lower = pen.left();
            boundaries(found, theme, lower, pen.buffer());
        } else if input.state.mode % 2 == BOUNDARIES {
            let place = pen.left();
            boundaries(found, theme, place, pen.buffer());
        } else {
            let place = pen.left();
            differences(view, found, theme, place, pen.buffer());
        }
        Drawn::default()
    }

    fn export(&self, view: &ExperimentView) -> Export {
        let columns = "day a b difference stderr z p always_valid_p half_width pocock obf peeking_alpha";
        let mut table = Export::of_columns(columns.split(' '));
        for look in view.found.iter().flat_map(|found| &found.looks).flatten() {
            table.rows.push(cells![
                look.day,
                look.a,
                look.b,
                look.difference,
                look.stderr,
                look.z,
                look.p,
                look.always_valid_p,
                look.half_width,
                look.pocock,
                look.obf,
                look.peeking_alpha
            ]);
        }
        table
    }
}

/// What today's look says by every rule.
fn figures<'a>(look: &Looked, found: &SimulatedView, theme: &Theme) -> Vec<Spans<'a>> {
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    let (two, three) = (Figures::with(2), Figures::with(3));
    let alpha = found.plan.alpha;
    let said = |is: bool| if is { " crossed" } else { "" };
    let unit = |name: &'static str, value: String, behind: &'static str| -> Spans<'a> {
        vec![(name.into(), muted), (value.into(), strong), (behind.into(), muted)]
    };
    let mut units = vec![
        unit("z ", two.signed(look.z), ""),
        unit(
            "p alone ",
            probability(look.p),
            if look.p <= alpha { " (one look only)" } else { "" },
        ),
        unit(
            "always valid p ",
            probability(look.always_valid_p),
            said(look.always_valid_p <= alpha),
        ),
    ];
    let z = look.z.abs();
    units.push(unit("Pocock ", two.text(look.pocock), said(z >= look.pocock)));
    units.push(unit("O'Brien-Fleming ", two.text(look.obf), said(z >= look.obf)));
    units.push(unit("level of peeking so far ", three.text(look.peeking_alpha), ""));
    if let Some(cuped) = &found.cuped
        && let Some(left) = cuped.more.variance_ratio
    {
        units.push(unit(
            "CUPED leaves ",
            super::widgets::percent(left),
            " of the variance of clicks",
        ));
    }
    units
}

fn differences(view: &ExperimentView, found: &SimulatedView, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let looks: Vec<&Looked> = found.looks.iter().flatten().collect();
    let along = |of: &dyn Fn(&Looked) -> f64| -> Vec<(f64, f64)> {
        looks.iter().map(|look| (look.day as f64, of(look))).collect()
    };
    let middle = along(&|look| look.difference);
    let bands = [
        along(&|l| l.difference - l.half_width),
        along(&|l| l.difference + l.half_width),
    ];
    let zero = [(1.0, 0.0), (found.days_planned.max(2) as f64, 0.0)];
    let truth: Vec<(f64, f64)> = if view.truth {
        let days = found.truth.differences.iter().enumerate();
        days.filter_map(|(at, d)| Some(((at + 1) as f64, (*d)?))).collect()
    } else {
        Vec::new()
    };
    let named = area.height >= 7 && area.width >= 36;
    let name = |name: &'static str| if named { name } else { "" };
    let curves = [
        Curve {
            name: name("B-A"),
            points: &middle,
            series: 0,
        },
        Curve {
            name: name("truth"),
            points: &truth,
            series: 2,
        },
        Curve {
            name: name("band"),
            points: &bands[1],
            series: 1,
        },
        Curve {
            name: "",
            points: &bands[0],
            series: 1,
        },
        Curve {
            name: "",
            points: &zero,
            series: 7,
        },
    ];
    // The first band may be wide as a barn: what counts is what comes.
    let highest = looks.iter().map(|l| l.difference.abs() + l.half_width);
    let usual = highest.clone().fold(f64::INFINITY, f64::min);
    let most = highest.fold(0.0, f64::max).min(4.0 * usual);
    LineChart {
        x: Axis {
            label: "day",
            bounds: Some((1.0, found.days_planned.max(2) as f64)),
            ..Axis::default()
        },
        y: Axis {
            label: "B-A",
            bounds: (most > 0.0 && most.is_finite()).then_some((-most, most)),
            ..Axis::default()
        },
        curves: &curves,
    }
    .draw(buffer, area, theme);
}

fn boundaries(found: &SimulatedView, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let z: Vec<(f64, f64)> = found.looks.iter().flatten().map(|l| (l.day as f64, l.z)).collect();
    // An early bound of O'Brien and Fleming is far beyond every z.
    let most = z.iter().fold(4.5, |m: f64, (_, z)| m.max(z.abs() + 0.5));
    let along = |bounds: &[f64], sign: f64| -> Vec<(f64, f64)> {
        let points = bounds.iter().enumerate();
        points
            .map(|(k, b)| ((k + 1) as f64, if *b <= most { sign * b } else { f64::NAN }))
            .collect()
    };
    let (pocock, obf) = (&found.pocock, &found.obf);
    let lines = [
        along(pocock, 1.0),
        along(pocock, -1.0),
        along(obf, 1.0),
        along(obf, -1.0),
    ];
    let named = area.height >= 7 && area.width >= 36;
    let name = |name: &'static str| if named { name } else { "" };
    let curves = [
        Curve {
            name: name("z"),
            points: &z,
            series: 0,
        },
        Curve {
            name: name("Pocock"),
            points: &lines[0],
            series: 3,
        },
        Curve {
            name: "",
            points: &lines[1],
            series: 3,
        },
        Curve {
            name: name("OBF"),
            points: &lines[2],
            series: 4,
        },
        Curve {
            name: "",
            points: &lines[3],
            series: 4,
        },
    ];
    LineChart {
        x: Axis {
            label: "day",
            bounds: Some((1.0, found.days_planned.max(2) as f64)),
            ..Axis::default()
        },
        y: Axis {
            label: "z",
            bounds: Some((-most, most)),
            ..Axis::default()
        },
        curves: &curves,
    }
    .draw(buffer, area, theme);
}

#[cfg(test)]
mod tests;
