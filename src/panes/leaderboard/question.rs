use super::run::{BoardQuery, BoardRun};
use super::{Leaderboard, actions};
use crate::answers::leaderboard::measures;
use crate::answers::leaderboard::{USUAL, columns, split_name};
use crate::answers::{CommandLine, LeaderboardView, World, command_line};
use crate::data::FeedbackKind;
use crate::evaluate::METRICS;
use crate::panes::background::begins;
use crate::panes::controls::{Control, Kind, Value};
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// What every pane of the board asks for: they watch one run.
pub fn board_query(shared: &Shared) -> BoardQuery {
    let settings = shared.settings(Leaderboard::ID, Leaderboard::controls(shared));
    let kind = shared.words.kind;
    BoardQuery {
        models: shared.selection.compared.clone(),
        // The control takes nothing that cannot be read.
        columns: columns(&settings.text(COLUMNS), kind).unwrap_or_else(|_| measures(kind)),
    }
}

/// The control that says which columns there are.
const COLUMNS: &str = "columns";

/// Metrics that the last word of a list may become.
fn metrics(_: &World, text: &str) -> Vec<String> {
    let (before, last) = text
        .rsplit_once(',')
        .map_or(("", text), |(before, last)| (before, last.trim()));
    let names = std::iter::once(USUAL).chain(METRICS.iter().map(|spec| spec.name));
    let fitting = names.filter(|name| name.starts_with(last) && *name != last);
    let whole = |name: &str| {
        if before.is_empty() {
            name.to_owned()
        } else {
            format!("{before},{name}")
        }
    };
    fitting.map(whole).collect()
}

/// What the panes of the board are answered by: one run for all of them.
pub fn source(setting: &Setting<'_>) -> Source<BoardQuery, LeaderboardView> {
    setting.run(begins(setting.world), || {
        BoardRun::new(setting.world, setting.background_pool.clone())
    })
}

/// The models whose rows are there; all of them before there is one.
pub fn measured(view: &LeaderboardView) -> Vec<&str> {
    let some = view.done() > 0;
    let rows = view.rows.iter().filter(|r| !some || r.measured.is_some());
    rows.map(|r| r.model.as_str()).collect()
}

/// The command that measures these models as the board does; `more` says what else it is to print.
pub fn command(models: &[&str], metrics: &str, more: &[&str], world: &World, data: &[String]) -> Option<String> {
    let question = CommandLine::Evaluate {
        split: &split_name(world.seed()),
        models,
        metrics,
        more,
    };
    Some(command_line(world, data, question))
}

impl Ask for Leaderboard {
    type Query = BoardQuery;
    type View = LeaderboardView;

    fn query(shared: &Shared) -> Result<BoardQuery, String> {
        Ok(board_query(shared))
    }

    fn source(setting: &Setting<'_>) -> Source<BoardQuery, LeaderboardView> {
        source(setting)
    }

    fn command(_: &BoardQuery, view: &LeaderboardView, world: &World, data: &[String]) -> Option<String> {
        let measures: Vec<String> = view.metrics.iter().map(ToString::to_string).collect();
        command(&measured(view), &measures.join(","), &[], world, data)
    }

    fn controls(_: &Shared) -> Vec<Control> {
        // Kinds of values differ in what is usual, not in which metrics there are.
        let check = |text: &str| columns(text, FeedbackKind::Ratings).map(drop);
        vec![Control {
            name: COLUMNS,
            doc: "The columns of figures, with commas between them: usual,gini@10,ndcg@5; a new one is measured.",
            kind: Kind::Completed(check, metrics),
            default: Value::Text(USUAL.to_owned()),
        }]
    }

    fn settle(shared: &mut Shared) {
        actions::settle(shared);
        // One column more: the time of fitting.
        let n_columns = board_query(shared).columns.len() + 1;
        let memory = shared.memory_mut(Self::ID);
        memory.mode %= n_columns;
    }
}
