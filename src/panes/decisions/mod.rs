//! Decisions: what was decided before anything was seen, what the rule said and when; and, once asked for, whether it was right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::experiment::{
    Experiment, ExperimentSettings, ExperimentView, command_of, source, truly, verdict_role, waiting,
};
use super::theme::Role;
use super::widgets::Pen;
use super::{Ask, Drawn, Export, Pane, PaneId, PaneInput, Selection, Setting, Shared, Source, cells};
use crate::answers::World;
use crate::experiment::VerdictKind;

/// The decision log.
#[derive(Default)]
pub struct Decisions;

impl Ask for Decisions {
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

impl Pane for Decisions {
    const ID: PaneId = PaneId("decisions");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, _view: Option<&ExperimentView>, _selection: &Selection) -> String {
        "Decisions".to_owned()
    }

    fn draw(&self, view: &ExperimentView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        let Some(found) = &view.found else {
            pen.text(&waiting(view), theme.style(Role::Muted));
            return Drawn::default();
        };
        let (muted, text) = (theme.style(Role::Muted), theme.style(Role::Text));
        // Where there is little room, what was decided last counts most.
        let verdict = theme.style(verdict_role(found.verdict.kind));
        let short = pen.lines_left() < 8;
        if short {
            pen.paragraph("", &theme.plain(&found.verdict.sentence), 2, verdict);
            if view.truth {
                pen.text(&truly(found), theme.style(Role::Strong));
            }
        }
        for entry in &found.log {
            if pen.lines_left() == 0 {
                break;
            }
            let label = format!(
                "{:>3}  ",
                if entry.day == 0 {
                    "-".to_owned()
                } else {
                    entry.day.to_string()
                }
            );
            pen.paragraph(&label, &theme.plain(&entry.text), pen.lines_left().min(5), text);
        }
        if !short {
            if found.verdict.kind == VerdictKind::Running {
                pen.paragraph("     ", &theme.plain(&found.verdict.sentence), 3, muted);
            }
            if view.truth {
                pen.take(1);
                pen.paragraph("", &truly(found), 2, theme.style(Role::Strong));
            }
        }
        Drawn::default()
    }

    fn export(&self, view: &ExperimentView) -> Export {
        let mut table = Export::of_columns(["day", "entry"]);
        for entry in view.found.iter().flat_map(|found| &found.log) {
            table.rows.push(cells![entry.day, entry.text.clone()]);
        }
        table
    }
}

#[cfg(test)]
mod tests;
