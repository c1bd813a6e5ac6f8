use std::fmt::Write;

use clap::Args;

use super::parsed;
use crate::answers::new_item::{self, NewItemUser, Said, Training, first_models, said, said_text};
use crate::answers::text::{percent, plural};
use crate::answers::{NewItem, NewItemModel, NewItemQuery, NewItemView, SlotView, World};
use crate::cli::CliError;
use crate::cli::context::Context;
use crate::cli::output::{exact, exact_or_empty};
use crate::cli::table::{Left, Right, Table, aligned, aligned_or_dash, clean, counted};
use crate::data::clean_label;

/// Which item is new, and who is asked about it.
#[derive(Debug, Args)]
pub(super) struct NewItemOptions {
    /// Who would get an item of this title that nobody has rated yet?
    #[arg(long, value_name = "TITLE", conflicts_with_all = ["hide_item", "next", "strategies"], help_heading = "A new item")]
    new_item: Option<String>,
    /// What is said of it: genre=Sci-Fi|Horror,year=1999
    #[arg(long, value_name = "FEATURES", requires = "new_item", help_heading = "A new item")]
    features: Option<String>,
    /// The same of an item of the data whose ratings are hidden, by its id or title: who liked it is the truth
    #[arg(
        long,
        value_name = "ITEM",
        conflicts_with_all = ["next", "strategies"],
        allow_hyphen_values = true,
        help_heading = "A new item"
    )]
    hide_item: Option<String>,
    /// By which models, separated by semicolons [default: content, augmented content, two-tower]
    #[arg(long, value_name = "FORMULAS", help_heading = "A new item")]
    models: Option<String>,
    /// How long lists are, and how many users are named
    #[arg(short, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000), help_heading = "A new item")]
    n: u64,
    /// By how much it is raised to be explored, in standard deviations of a user's scores
    #[arg(long, value_name = "DEVIATIONS", default_value_t = 1.0, help_heading = "A new item")]
    bonus: f64,
    /// How many pulls a guess from similar items counts, where it is an arm
    #[arg(long, value_name = "PULLS", default_value_t = 20.0, help_heading = "A new item")]
    strength: f64,
}

impl NewItemOptions {
    /// How long lists are.
    pub fn length(&self) -> usize {
        usize::try_from(self.n).unwrap_or(usize::MAX)
    }

    pub fn is_asked(&self) -> bool {
        self.new_item.is_some() || self.hide_item.is_some()
    }

    /// Prints who would get the item; `users` are looked at at most.
    pub fn print(&self, world: &World, users: Option<usize>, context: &Context) -> Result<(), CliError> {
        let query = self.query(world, users, context)?;
        let training = Training::of(world, &query.item);
        let view = new_item::compute(world, &query, &training, &context.task, &mut |_| ())?;
        let header = ["model", "user", "label", "score", "rank", "rating", "liked"];
        context.print(&view, &header, rows, text)
    }

    fn query(&self, world: &World, users: Option<usize>, context: &Context) -> Result<NewItemQuery, CliError> {
        let number = |name: &str, value: f64, most: f64| {
            let is_one = (0.0..=most).contains(&value);
            let wrong = || CliError::Usage(format!("--{name} must be a number from 0 to {most}"));
            is_one.then_some(value).ok_or_else(wrong)
        };
        let item = match (&self.new_item, &self.hide_item) {
            (Some(title), _) if clean_label(title).trim().is_empty() => {
                return Err(CliError::Usage("--new-item needs a title".to_owned()));
            }
            (Some(title), _) => NewItem::Typed {
                title: title.clone(),
                said: said(&world.dataset, self.features.as_deref().unwrap_or(""))?,
            },
            (None, hidden) => {
                let text = hidden.as_deref().unwrap_or("");
                NewItem::Hidden(
                    world
                        .find_item(text)
                        .or_else(|unknown| world.find_title(text).map_err(|_| unknown))?,
                )
            }
        };
        let first = first_models(world.dataset.feedback().kind);
        Ok(NewItemQuery {
            item,
            models: parsed(&context.catalog, self.models.as_deref().unwrap_or(first))?,
            n: self.length(),
            bonus: number("bonus", self.bonus, 1000.0)?,
            strength: number("strength", self.strength, 1e6)?,
            users: users.unwrap_or(new_item::USERS),
        })
    }
}

fn rows(view: &NewItemView) -> Vec<[String; 7]> {
    let of = |model: &NewItemModel| {
        let name = model.name.clone();
        let one = move |best: &NewItemUser| {
            [
                name.clone(),
                best.user.id.clone(),
                best.user.label.clone(),
                exact(best.score),
                best.rank.to_string(),
                exact_or_empty(best.rating),
                best.liked.to_string(),
            ]
        };
        model.best.iter().map(one).collect::<Vec<_>>()
    };
    view.models.iter().flat_map(of).collect()
}

fn text(view: &NewItemView) -> String {
    let mut text = clean(&view.label);
    let features: Vec<Said> = (view.features.iter())
        .map(|f| Said {
            column: f.column.clone(),
            values: vec![f.values.clone()],
        })
        .collect();
    if !features.is_empty() {
        let _ = write!(text, " · {}", clean(&said_text(&features)));
    }
    let _ = write!(text, "\n{} looked at", plural(view.users, "user"));
    if let Some(likers) = view.likers {
        let _ = write!(text, ", {} of them liked it; its ratings are hidden", counted(likers));
    }
    text += "\n\n";
    let _ = writeln!(text, "{}", models(view));
    for model in &view.models {
        let _ = writeln!(text, "{}", best(model));
    }
    if let Some(slot) = &view.slot {
        text += &arm(slot);
    }
    text
}

fn models(view: &NewItemView) -> String {
    let mut table = Table::new([
        ("model", Left),
        ("AUC", Right),
        ("in likers' lists", Right),
        ("median rank", Right),
    ]);
    let share = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), percent);
    for model in view.models.iter().filter(|m| m.error.is_none()) {
        let rank = model
            .median_rank
            .map_or_else(|| "–".to_owned(), |rank| rank.to_string());
        table.row([
            model.name.clone(),
            aligned_or_dash(model.auc),
            share(model.recall),
            rank,
        ]);
    }
    if view.auc_of_activity.is_some() {
        let dash = || "–".to_owned();
        let name = "(number of ratings)".to_owned();
        table.row([name, aligned_or_dash(view.auc_of_activity), dash(), dash()]);
    }
    let mut text = table.to_string();
    for model in &view.models {
        if let Some(why) = &model.error {
            let _ = writeln!(text, "{}: {why}", model.name);
        }
    }
    text
}

/// Whom it suits best, and what bonuses do.
fn best(model: &NewItemModel) -> String {
    if model.error.is_some() {
        return String::new();
    }
    let mut text = format!("{}\n", model.name);
    let mut table = Table::new([("user", Left), ("score", Right), ("rank", Right), ("gave it", Right)]);
    for best in &model.best {
        let rating = best.rating.map_or_else(String::new, exact);
        table.row([
            clean(&best.user.label),
            aligned(best.score),
            best.rank.to_string(),
            rating,
        ]);
    }
    let _ = writeln!(text, "{table}");
    let mut table = Table::new([
        ("bonus", Right),
        ("in lists", Right),
        ("of likers", Right),
        ("price", Right),
    ]);
    for exposure in &model.exposure {
        let liked = exposure.liked.map_or_else(|| "–".to_owned(), |n| n.to_string());
        let price = aligned_or_dash(exposure.price);
        table.row([exposure.bonus.to_string(), exposure.lists.to_string(), liked, price]);
    }
    let _ = write!(text, "{table}");
    if !model.displaced.is_empty() {
        let lost = model
            .displaced
            .iter()
            .map(|d| format!("{} {}", clean(&d.item.label), d.lists));
        let _ = writeln!(text, "out of most lists: {}", lost.collect::<Vec<_>>().join(", "));
    }
    text
}

fn arm(slot: &SlotView) -> String {
    let result = &slot.result;
    let Some(new) = result.arms.first() else {
        return String::new();
    };
    let mut text = format!(
        "in a slot of its own, against {} with a known rate: true rate {}{}\n",
        plural(result.arms.len() - 1, "item"),
        aligned(new.mean),
        new.guess
            .map_or_else(String::new, |m| format!(", similar items let expect {}", aligned(m)))
    );
    let mut table = Table::new([
        ("policy", Left),
        ("regret", Right),
        ("± se", Right),
        ("pulls of it", Right),
    ]);
    for policy in &result.policies {
        table.row([
            policy.name.clone(),
            aligned_or_dash(policy.regret_mean.last().copied()),
            aligned_or_dash(policy.regret_stderr.last().copied().flatten()),
            policy
                .pulls
                .first()
                .map_or_else(String::new, |pulls| format!("{pulls:.1}")),
        ]);
    }
    let _ = writeln!(
        text,
        "{table}regret: likes lost in {} pulls, mean of {} runs",
        result.horizon, result.runs
    );
    text
}
