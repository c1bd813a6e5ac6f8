mod new_item;

use std::fmt::Write;
use std::sync::Arc;

use clap::Args;

use crate::answers::onboarding::{self, Strategy as Curve, first_strategies};
use crate::answers::text::{percent, plural};
use crate::answers::{
    self, AnswerError, Named, NewcomerQuery, NewcomerView, OnboardingQuery, OnboardingView, Question, StrategiesQuery,
    StrategiesView, StrategyList, newcomer, split,
};
use crate::cli::context::Context;
use crate::cli::options::{DataOptions, PersonOptions};
use crate::cli::output::exact;
use crate::cli::table::{Left, Right, Table, aligned, clean, rounded};
use crate::cli::{CliError, Run};
use crate::evaluate::onboarding::{ASKS, Ask, Strategy};
use crate::models::{Catalog, Formula};
use new_item::NewItemOptions;

/// How fast strategies learn a newcomer, question by question; or, with --new-item or --hide-item, who would get a new item.
/// `--users N` holds N users out, at most (200), unless there is
/// a file of that name: then it is the table of users.
#[derive(Debug, Args)]
#[command(after_help = help())]
pub struct ColdStart {
    #[command(flatten)]
    data: DataOptions,
    /// Formulas, or stated or bandit, separated by semicolons [default: popularity, demographic, stated, bandit, content, a
    /// neighborhood, als, a switch]
    #[arg(long, value_name = "FORMULAS")]
    strategies: Option<String>,
    /// How questions are chosen
    #[arg(long, value_name = "WAY", default_value = "popularity*entropy")]
    ask: Ask,
    /// How many questions everybody is asked
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1000))]
    questions: u64,
    /// What to ask next whom --profile (or --user) says, in place of all that
    #[arg(long)]
    next: bool,
    /// What every strategy would show whom --profile (or --user) says, in place of all that
    #[arg(long, conflicts_with = "next")]
    lists: bool,
    /// Genres (or the like) that they say they like, for --lists: Comedy,Drama [default: what their ratings tell]
    #[arg(long, value_name = "NAMES", requires = "lists")]
    likes: Option<String>,
    /// What had no answer, by id: 50,181 (quote ids that hold a comma)
    #[arg(long, value_name = "IDS", requires = "next", allow_hyphen_values = true)]
    skip: Option<String>,
    #[command(flatten)]
    new_item: NewItemOptions,
    #[command(flatten)]
    person: PersonOptions,
}

/// As many users are held out, where nothing is said.
const NEWCOMERS: usize = 200;

/// The ways to ask.
fn help() -> String {
    let mut text =
        "Users with ten ratings or more are taken out of the data. Half of their ratings answer questions, the rest \
                    is the test.\n\nWays to ask, the next item being:\n"
            .to_owned();
    for (ask, name) in ASKS {
        let _ = write!(text, "\n  {name:19} {}", ask.doc());
    }
    text += "\n\nStrategies beside formulas:\n";
    for (name, doc) in Strategy::NAMED {
        let _ = write!(text, "\n  {name:19} {doc}");
    }
    text
}

impl Run for ColdStart {
    fn run(mut self, context: &Context) -> Result<(), CliError> {
        let named = self
            .strategies
            .as_deref()
            .map(|text| strategies(&context.catalog, text));
        let named = named.transpose()?;
        if self.next {
            return self.ask_next(context);
        }
        if self.lists {
            return self.side_by_side(named, context);
        }
        let users = self.data.users_or_count("newcomers")?;
        let world = context.world(&self.data)?;
        if self.new_item.is_asked() {
            return self.new_item.print(&world, users, context);
        }
        let users = users.unwrap_or(NEWCOMERS);
        let first = || strategies(&context.catalog, &first_strategies(world.dataset.feedback().kind));
        let query = OnboardingQuery {
            strategies: named.map_or_else(first, Ok)?,
            ask: self.ask,
            questions: usize::try_from(self.questions).unwrap_or(usize::MAX),
            users,
        };
        let view = onboarding::compute(&world, &query, &context.task)?;
        let columns = ["strategy", "questions", "answered", "ndcg@10", "stderr"];
        context.print(&view, &columns, rows, text)
    }
}

impl ColdStart {
    /// What every strategy would show somebody.
    fn side_by_side(&self, named: Option<Vec<Strategy>>, context: &Context) -> Result<(), CliError> {
        let (world, whose) = self.person.required(context.world(&self.data)?)?;
        let first = || strategies(&context.catalog, &first_strategies(world.dataset.feedback().kind));
        let query = StrategiesQuery {
            whose,
            strategies: named.map_or_else(first, Ok)?,
            stated: self.likes.as_deref().map(split).unwrap_or_default(),
            n: self.new_item.length(),
        };
        for strategy in &query.strategies {
            if let Strategy::Model(formula) = strategy {
                // What cannot be fitted is said beside its name.
                if let Err(AnswerError::Cancelled(cancelled)) = world.fit(formula, &context.task) {
                    return Err(cancelled.into());
                }
            }
        }
        if query.strategies.contains(&Strategy::Bandit) {
            world.fit(&newcomer::survey_model()?, &context.task)?;
        }
        let view = answers::strategies::compute(&world, &query, &context.task)?;
        context.print(&view, &["strategy", "rank", "id", "label"], listed_rows, lists_text)
    }

    fn ask_next(&self, context: &Context) -> Result<(), CliError> {
        let (world, whose) = self.person.required(context.world(&self.data)?)?;
        world.fit(&newcomer::survey_model()?, &context.task)?;
        let skipped = self.skip.as_deref().map(|ids| world.parse_items(ids)).transpose()?;
        let query = NewcomerQuery {
            whose,
            ask: self.ask,
            skipped: skipped.unwrap_or_default().into_iter().collect(),
        };
        let interviewer = newcomer::prepare(&world, query.ask, &context.task)?;
        let sky = newcomer::sky(&world, &context.task)?.map(Arc::new);
        let view = newcomer::compute(&world, &query, &interviewer, sky.as_ref())?;
        let row = |q: &Question| {
            [
                q.item.id.clone(),
                q.item.label.clone(),
                q.ratings.to_string(),
                exact(q.entropy),
            ]
        };
        let rows = |view: &NewcomerView| view.question.iter().map(row).collect::<Vec<_>>();
        context.print(&view, &["id", "label", "ratings", "entropy"], rows, question_text)
    }
}

fn listed_rows(view: &StrategiesView) -> Vec<[String; 4]> {
    let of = |strategy: &StrategyList| {
        let name = strategy.name.clone();
        let row = move |(at, item): (usize, &Named)| {
            [name.clone(), (at + 1).to_string(), item.id.clone(), item.label.clone()]
        };
        strategy.items.iter().enumerate().map(row).collect::<Vec<_>>()
    };
    view.strategies.iter().flat_map(of).collect()
}

fn lists_text(view: &StrategiesView) -> String {
    let mut text = format!("after {}", plural(view.ratings, "rating"));
    if !view.stated.is_empty() {
        let _ = write!(text, "; likes {}", clean(&view.stated.join(", ")));
    }
    text.push('\n');
    for strategy in &view.strategies {
        let branch = strategy
            .branch
            .as_ref()
            .map_or_else(String::new, |branch| format!(" takes {branch}"));
        let _ = writeln!(text, "\n{}{branch}", strategy.name);
        if let Some(why) = &strategy.error {
            let _ = writeln!(text, "  {why}");
        }
        for (at, item) in strategy.items.iter().enumerate() {
            let _ = writeln!(text, "{:4} {}", at + 1, clean(&item.label));
        }
    }
    text
}

fn question_text(view: &NewcomerView) -> String {
    let question = match &view.question {
        None => "nothing is left to be asked".to_owned(),
        Some(q) => format!(
            "ask about {} (item {}): {}, entropy {} bits",
            q.item.label,
            clean(&q.item.id),
            plural(q.ratings, "rating"),
            rounded(q.entropy)
        ),
    };
    let known = view
        .uncertainty
        .map_or_else(String::new, |u| format!("; uncertainty {}", percent(u)));
    let answers = plural(view.answers.len(), "answer");
    format!("{question}\n{answers}, {} without one{known}\n", view.skipped)
}

fn strategies(catalog: &Catalog, text: &str) -> Result<Vec<Strategy>, CliError> {
    match Strategy::parse_all(text, catalog) {
        Ok(none) if none.is_empty() => Err(CliError::Usage("--strategies names none".to_owned())),
        Ok(some) => Ok(some),
        Err(why) => Err(CliError::Usage(why.to_string())),
    }
}

fn parsed(catalog: &Catalog, text: &str) -> Result<Vec<Formula>, CliError> {
    let named = text.split(';').map(str::trim).filter(|formula| !formula.is_empty());
    let parsed: Result<Vec<Formula>, _> = named.map(|formula| catalog.parse(formula)).collect();
    match parsed {
        Ok(none) if none.is_empty() => Err(CliError::Usage("no formula is named".to_owned())),
        Ok(some) => Ok(some),
        Err(why) => Err(CliError::Usage(why.to_string())),
    }
}

fn rows(view: &OnboardingView) -> Vec<[String; 5]> {
    let of = |strategy: &Curve| {
        let figures = strategy.ndcg.iter().zip(&strategy.stderr).zip(&view.answered);
        let rows = figures.enumerate().map(|(asked, ((ndcg, stderr), answered))| {
            let name = strategy.name.clone();
            [name, asked.to_string(), exact(*answered), exact(*ndcg), exact(*stderr)]
        });
        rows.collect::<Vec<_>>()
    };
    view.strategies.iter().flat_map(of).collect()
}

/// After so many questions figures are shown: 0, 1, 2, 3, 5, 10, 20, … and the last.
fn shown(questions: usize) -> Vec<usize> {
    let small = [0, 1, 2, 3, 5];
    let tens = (1..6).flat_map(|power| [1, 2, 5].map(|by| by * 10usize.pow(power)));
    let below = small.into_iter().chain(tens).take_while(|mark| *mark < questions);
    below.chain([questions]).collect()
}

fn text(view: &OnboardingView) -> String {
    let mut text = format!(
        "{} asked {} by {}; nDCG@10 on the half of their ratings that is not asked for\n\n",
        plural(view.newcomers, "newcomer"),
        plural(view.questions, "question"),
        view.ask
    );
    let at = shown(view.questions);
    let heads: Vec<String> = at.iter().map(ToString::to_string).collect();
    let head = heads.iter().map(|h| (h.as_str(), Right));
    let mut table = Table::new(std::iter::once(("questions", Left)).chain(head));
    let answered = at.iter().map(|asked| format!("{:.1}", view.answered[*asked]));
    table.row(std::iter::once("answered".to_owned()).chain(answered));
    for strategy in view.strategies.iter().filter(|s| s.error.is_none()) {
        let figures = at.iter().map(|asked| aligned(strategy.ndcg[*asked]));
        table.row(std::iter::once(strategy.name.clone()).chain(figures));
    }
    let _ = writeln!(text, "{table}");
    for strategy in &view.strategies {
        if let Some(why) = &strategy.error {
            let _ = writeln!(text, "{}: {why}", strategy.name);
        }
    }
    let widest = view.strategies.iter().flat_map(|s| &s.stderr);
    let widest = widest.fold(0.0, |a: f64, b| a.max(*b));
    // Of one newcomer nothing is known about others.
    if view.newcomers > 1 {
        let _ = writeln!(text, "standard errors: at most {}", aligned(widest));
    }
    for overtake in &view.overtakes {
        let asked = plural(overtake.questions, "question");
        let (name, over, answered) = (&overtake.name, &overtake.over, overtake.answered);
        let _ = writeln!(text, "{name} is ahead of {over} after {asked} ({answered:.1} answered)");
    }
    let columns = &view.demographic.columns;
    if !columns.is_empty() {
        let _ = writeln!(text, "known of newcomers: {}", columns.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn users_are_a_number_or_a_table() {
        let data = |users: Option<PathBuf>| DataOptions {
            users,
            ..DataOptions::default()
        };
        let said = |text: &str| data(Some(PathBuf::from(text))).users_or_count("newcomers");
        let none = data(None).users_or_count("newcomers");
        assert_eq!((none.ok(), said("20").ok()), (Some(None), Some(Some(20))));
        for wrong in ["0", "-3", "many"] {
            assert!(said(wrong).is_err(), "{wrong}");
        }
        let mut table = data(Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")));
        assert_eq!(
            (table.users_or_count("newcomers").ok(), table.users.is_some()),
            (Some(None), true)
        );
    }

    #[test]
    fn figures_thin_out() {
        assert_eq!(shown(1), [0, 1]);
        assert_eq!(shown(20), [0, 1, 2, 3, 5, 10, 20]);
        assert_eq!(shown(24), [0, 1, 2, 3, 5, 10, 20, 24]);
    }
}
