use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::options::{DataOptions, ItemOptions, ModelOptions};
use super::table::{Right, Table, clean};
use super::{CliError, Run};
use crate::answers::{RankHistoryQuery, RankHistoryView, rank_history};

/// The rank of an item after every event of a user's history, and when it first entered the list.
#[derive(Debug, Args)]
pub struct History {
    #[command(flatten)]
    data: DataOptions,
    /// A user of the dataset
    #[arg(long, value_name = "ID", allow_hyphen_values = true, help_heading = "Whose answer")]
    user: String,
    #[command(flatten)]
    item: ItemOptions,
    #[command(flatten)]
    model: ModelOptions,
    /// How long the list is that it may enter
    #[arg(short, value_name = "N", default_value_t = 10)]
    n: usize,
}

impl Run for History {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let formula = self.model.formula(&context.catalog)?;
        let world = context.world(&self.data)?;
        let item = self.item.resolve(&world)?;
        let mut query = RankHistoryQuery {
            user: world.find_user(&self.user)?,
            item: item.ok_or_else(|| CliError::Usage("say which item: --item ID or --item-title TEXT".into()))?,
            formula: formula.unwrap_or_else(|| world.default_formula()),
            n: self.n,
        };
        context.fit(&world, &mut query.formula)?;
        let view = rank_history::compute(&world, &query, &context.task, &mut |_| {})?;
        context.print(&view, &["events", "rank"], rows, text)
    }
}

fn rows(view: &RankHistoryView) -> Vec<[String; 2]> {
    let row = |p: &crate::answers::RankPoint| [p.known.to_string(), rank_text(p.rank)];
    view.points.iter().map(row).collect()
}

fn rank_text(rank: Option<usize>) -> String {
    rank.map_or_else(String::new, |rank| rank.to_string())
}

/// How many lines of ranks are printed, at most: evenly over the history.
const LINES: usize = 25;

fn text(view: &RankHistoryView) -> String {
    let name = format!("{} (item {})", view.label, clean(&view.item));
    let mut text = match &view.entered {
        None => format!(
            "{name} was never among the first {} of user {}\n",
            view.n,
            clean(&view.user)
        ),
        Some(entered) => {
            let (known, rank, events) = (entered.known, entered.rank, view.events);
            match (&entered.after, &entered.day) {
                (Some(after), Some(day)) => format!(
                    "{name} entered the first {} of user {} at rank {rank} on {day}, after rating {known} of {events}: {}\n",
                    view.n,
                    clean(&view.user),
                    after.label
                ),
                _ => format!("{name} was at rank {rank} before anything was rated\n"),
            }
        }
    };
    if let Some(at) = view.rated_at {
        let _ = writeln!(text, "it is rating {} of {} itself", at + 1, view.events);
    }
    if view.step > 1 {
        let _ = writeln!(text, "every {}th event was looked at", view.step);
    }
    let mut table = Table::new([("events", Right), ("rank", Right)]);
    let step = view.points.len().div_ceil(LINES).max(1);
    let last = view.points.len().saturating_sub(1);
    for (n, point) in view.points.iter().enumerate() {
        if n % step == 0 || n == last {
            table.row([point.known.to_string(), rank_text(point.rank)]);
        }
    }
    let _ = writeln!(text, "\n{table}model {}", view.model);
    text
}
