//! Options that several sub-commands share.

use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::CliError;
use crate::answers::{Subject, Whose, World};
use crate::data::{
    ColumnMap, Condition, Day, DuplicatePolicy, FeedbackKind, Filters, ItemIx, LoadOptions, Quote, Source, UserSample,
    Zero, nearest,
};
use crate::models::{Catalog, Formula};

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading: aligned, rounded.
    Text,
    /// One object, exact.
    Json,
    /// A table with a header, exact.
    Csv,
    /// For a ticket: a sentence, a table, the command (explain, why-not, counterfactual); a table (evaluate, results).
    Markdown,
    /// For a paper: a tabular (evaluate, results).
    Latex,
}

/// Options of every sub-command.
#[derive(Debug, Args)]
pub struct CommonOptions {
    /// Output format [default: text; predict: csv]
    #[arg(long, global = true, value_name = "FORMAT", hide_possible_values = false)]
    pub format: Option<Format>,
    /// The seed of everything random
    #[arg(
        long,
        global = true,
        value_name = "N",
        default_value_t = 42,
        help_heading = "Common options"
    )]
    pub seed: u64,
    /// How many threads to use [default: all cores]
    #[arg(long, global = true, value_name = "N", help_heading = "Common options")]
    pub threads: Option<usize>,
    /// Do not show progress
    #[arg(long, global = true, help_heading = "Common options")]
    pub quiet: bool,
    /// Say at the end how long each stage took, and how much memory there was at most
    #[arg(long, global = true, help_heading = "Common options")]
    pub timings: bool,
    /// Do not read or write caches
    #[arg(long, global = true, help_heading = "Common options")]
    pub no_cache: bool,
    /// Write a log to this file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Common options")]
    pub log: Option<PathBuf>,
    /// A model trained elsewhere: NAME stands for the model at PATH in formulas (repeatable)
    #[arg(long, global = true, value_name = "NAME=PATH", help_heading = "Common options")]
    pub import: Vec<String>,
    /// Settings and keys of the explorer [default: recscope/config.toml in the configuration folder]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Common options")]
    pub config: Option<PathBuf>,
}

impl ValueEnum for DuplicatePolicy {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Last, Self::First, Self::Mean, Self::Sum, Self::Error]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Last => ("last", "The latest by time, else by row"),
            Self::First => ("first", "The earliest by time, else by row"),
            Self::Mean => ("mean", "Their mean"),
            Self::Sum => ("sum", "Their sum"),
            Self::Error => ("error", "Refuse the file"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Quote {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::None, Self::Double]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::None => ("none", "They are text"),
            Self::Double => (
                "double",
                "They enclose fields, doubled or behind a backslash they are text",
            ),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for FeedbackKind {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Ratings => "A scale: stars, grades",
            Self::Counts => "How often or how much: plays, hours, quantities",
            Self::Events => "Only that it happened; a column of values is not read",
            Self::Votes => "For or against: below zero is a dislike",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

impl ValueEnum for Zero {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Value, Self::Missing]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Value => "A value like any other",
            Self::Missing => "Not rated: such rows are left out",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

/// Where the data comes from and how it is read.
#[derive(Clone, Debug, Default, Args)]
pub struct DataOptions {
    /// A folder, a file, or - for standard input [default: the sample inside the program]
    #[arg(value_name = "DATA")]
    pub data: Option<PathBuf>,
    /// Which column is what, by header or number: user=reviewerID,item=asin,rating=3,time=4; time=none leaves times out
    #[arg(long, value_name = "MAP", help_heading = "Reading data")]
    pub columns: Option<String>,
    /// What separates fields: any text, or tab, comma, semicolon, pipe, blank
    #[arg(long, value_name = "TEXT", help_heading = "Reading data")]
    pub separator: Option<String>,
    /// What quotation marks mean [default: double; between tabs: none]
    #[arg(long, value_name = "STYLE", help_heading = "Reading data")]
    pub quote: Option<Quote>,
    /// The form of the times, as for strftime: "%d-%m-%Y %H:%M"
    #[arg(long, value_name = "FORMAT", help_heading = "Reading data")]
    pub time_format: Option<String>,
    /// Read the first row as a rating, not as a header
    #[arg(long, help_heading = "Reading data")]
    pub no_header: bool,
    /// Read a matrix: a row a user, a column an item, empty fields unrated
    #[arg(long, help_heading = "Reading data")]
    pub wide: bool,
    /// The encoding of files that are not UTF-8
    #[arg(long, value_name = "NAME", help_heading = "Reading data")]
    pub encoding: Option<String>,
    /// Implicit feedback: there is no rating column, or ignore it
    #[arg(long, help_heading = "Reading data")]
    pub implicit: bool,
    /// A table of items: id, title, and any other columns
    #[arg(long, value_name = "FILE", help_heading = "Reading data")]
    pub items: Option<PathBuf>,
    /// A table of users
    #[arg(long, value_name = "FILE", help_heading = "Reading data")]
    pub users: Option<PathBuf>,
    /// What values mean [default: found out from them, see info]
    #[arg(long, value_name = "KIND", help_heading = "Reading data")]
    pub feedback: Option<FeedbackKind>,
    /// What a value of 0 means [default: value]
    #[arg(long, value_name = "MEANING", help_heading = "Reading data")]
    pub zero: Option<Zero>,
    /// What to do when a pair of user and item comes again [default: sum for counts and events, else last]
    #[arg(long, value_name = "RULE", help_heading = "Reading data")]
    pub duplicates: Option<DuplicatePolicy>,
    /// Skip bad rows and report them
    #[arg(long, help_heading = "Reading data")]
    pub lenient: bool,
    #[command(flatten)]
    pub filters: FilterOptions,
}

/// What is left of the ratings; applied in this order.
#[derive(Clone, Debug, Default, Args)]
pub struct FilterOptions {
    /// Only ratings that meet a condition, e.g. "rating>=4"
    #[arg(
        long = "where",
        value_name = "CONDITION",
        help_heading = "Filters, applied in this order"
    )]
    pub condition: Option<Condition>,
    /// Only users with so many ratings; repeated with the next until nothing changes
    #[arg(long, value_name = "N", help_heading = "Filters, applied in this order")]
    pub min_user_ratings: Option<u32>,
    /// Only items with so many ratings
    #[arg(long, value_name = "N", help_heading = "Filters, applied in this order")]
    pub min_item_ratings: Option<u32>,
    /// Only ratings of this day and later, e.g. 1997-09-20
    #[arg(long, value_name = "DATE", help_heading = "Filters, applied in this order")]
    pub since: Option<Day>,
    /// Only ratings of this day and earlier
    #[arg(long, value_name = "DATE", help_heading = "Filters, applied in this order")]
    pub until: Option<Day>,
    /// Only so many users, drawn by --seed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Filters, applied in this order")]
    pub sample_users: Option<u32>,
}

impl FilterOptions {
    pub fn filters(&self, seed: u64) -> Filters {
        Filters {
            condition: self.condition,
            min_user_ratings: self.min_user_ratings.unwrap_or(0),
            min_item_ratings: self.min_item_ratings.unwrap_or(0),
            since: self.since,
            until: self.until,
            sample_users: self.sample_users.map(|users| UserSample { users, seed }),
        }
    }
}

impl DataOptions {
    pub fn source(&self) -> Source {
        self.data.as_deref().map_or(Source::BuiltIn, Source::named)
    }

    /// As [`DataOptions::source`], where the name of a data set that was downloaded stands for it.
    ///
    /// # Errors
    /// There is no such file, but a data set of that name can be downloaded.
    pub fn located(&self) -> Result<Source, CliError> {
        let Some(data) = self
            .data
            .as_deref()
            .filter(|d| *d != std::path::Path::new("-") && !d.exists())
        else {
            return Ok(self.source());
        };
        match super::datasets::downloaded(data) {
            Some(place) => Ok(Source::Path(place)),
            None if super::datasets::is_listed(data) => {
                let name = self.name();
                Err(CliError::Failed(format!(
                    "there is no file or folder {name}; recscope get {name} downloads the data set of that name"
                )))
            }
            None => Ok(self.source()),
        }
    }

    /// What `--users` says where it is a number and names no file: then it is no table, but how many of what is meant.
    ///
    /// # Errors
    /// It is neither.
    pub fn users_or_count(&mut self, what: &str) -> Result<Option<usize>, CliError> {
        let Some(said) = self.users.take_if(|path| !path.exists()) else {
            return Ok(None);
        };
        let count = said.to_str().and_then(|text| text.parse().ok()).filter(|n| *n > 0);
        let wrong = || {
            let said = crate::data::printable(&said.to_string_lossy());
            CliError::Usage(format!(
                "--users {said} is neither a number of {what} nor a table of users"
            ))
        };
        count.map(Some).ok_or_else(wrong)
    }

    /// What to call the data while it is not yet read.
    pub fn name(&self) -> String {
        let path = self.data.as_deref().map(|d| d.to_string_lossy().into_owned());
        path.map_or_else(
            || "the sample".to_owned(),
            |p| crate::data::clean_label(&p).into_owned(),
        )
    }

    /// The arguments that the data was named by, for commands that read the same, but for filters; none for the sample
    /// inside the program.
    pub fn as_typed(&self) -> Vec<String> {
        let path = |p: &std::path::Path| p.to_string_lossy().into_owned();
        let mut words: Vec<String> = self.data.iter().map(|d| path(d)).collect();
        let mut option = |name: &str, value: Option<String>| {
            words.extend(value.into_iter().flat_map(|v| [name.to_owned(), v]));
        };
        option("--columns", self.columns.clone());
        option("--separator", self.separator.clone());
        let quote = self.quote.and_then(|q| q.to_possible_value());
        option("--quote", quote.map(|v| v.get_name().to_owned()));
        option("--time-format", self.time_format.clone());
        option("--encoding", self.encoding.clone());
        option("--items", self.items.as_deref().map(path));
        option("--users", self.users.as_deref().map(path));
        let kind = self.feedback.map(|kind| kind.name().to_owned());
        option("--feedback", kind);
        option("--zero", self.zero.map(|zero| zero.name().to_owned()));
        let rule = self.duplicates.and_then(|d| d.to_possible_value());
        option("--duplicates", rule.map(|v| v.get_name().to_owned()));
        let switches = [
            ("--no-header", self.no_header),
            ("--wide", self.wide),
            ("--implicit", self.implicit),
            ("--lenient", self.lenient),
        ];
        words.extend(
            switches
                .iter()
                .filter(|(_, on)| *on)
                .map(|(name, _)| (*name).to_owned()),
        );
        words
    }

    /// How to read; `seed` is what samples are drawn by.
    pub fn load_options(&self, seed: u64) -> Result<LoadOptions, CliError> {
        let columns = self.columns.as_deref().map(str::parse::<ColumnMap>).transpose();
        Ok(LoadOptions {
            columns: columns.map_err(|why| CliError::Usage(format!("--columns: {why}")))?,
            separator: self.separator.clone(),
            quote: self.quote,
            time_format: self.time_format.clone(),
            no_header: self.no_header,
            wide: self.wide,
            encoding: self.encoding.clone(),
            implicit: self.implicit,
            items: self.items.clone(),
            users: self.users.clone(),
            feedback: self.feedback,
            zero: self.zero.unwrap_or_default(),
            duplicates: self.duplicates,
            lenient: self.lenient,
            filters: self.filters.filters(seed),
        })
    }

    /// Data that does not exist and is nearly called like a command was meant as one.
    pub fn check_not_a_mistyped_command<'a>(&self, commands: impl Iterator<Item = &'a str>) -> Result<(), CliError> {
        let is_known = |d: &&std::path::Path| {
            d.exists() || super::datasets::downloaded(d).is_some() || super::datasets::is_listed(d)
        };
        let Some(data) = self.data.as_deref().filter(|d| !is_known(d)).and_then(|d| d.to_str()) else {
            return Ok(());
        };
        match nearest(data, commands) {
            Some(command) if data != "-" => Err(CliError::Usage(format!(
                "there is neither a command nor a file {}; did you mean recscope {command}?",
                crate::data::clean_label(data)
            ))),
            _ => Ok(()),
        }
    }
}

/// What-if edits.
#[derive(Clone, Debug, Default, Args)]
pub struct EditOptions {
    /// What if they had rated an item: 50=1 (repeatable)
    #[arg(
        long,
        value_name = "ITEM=RATING",
        allow_hyphen_values = true,
        help_heading = "What if"
    )]
    pub rate: Vec<String>,
    /// What if they had not rated an item (repeatable)
    #[arg(long, value_name = "ITEM", allow_hyphen_values = true, help_heading = "What if")]
    pub unrate: Vec<String>,
    #[command(flatten)]
    pub others: OthersOptions,
}

impl EditOptions {
    pub fn is_empty(&self) -> bool {
        self.rate.is_empty() && self.unrate.is_empty() && self.others.edit.is_empty()
    }
}

/// What-if edits of anybody.
#[derive(Clone, Debug, Default, Args)]
pub struct OthersOptions {
    /// What if another user had rated an item; USER/ITEM= removes a rating (repeatable)
    #[arg(
        long,
        value_name = "USER/ITEM=RATING",
        allow_hyphen_values = true,
        help_heading = "What if"
    )]
    pub edit: Vec<String>,
}

impl OthersOptions {
    /// The world with the edits of `--edit` in it.
    pub fn world(&self, world: World) -> Result<World, CliError> {
        let mut edits = (**world.edits()).clone();
        for text in &self.edit {
            let (user, item, rating) = world.parse_edit(text)?;
            edits.set(&world.dataset, user, item, rating);
        }
        Ok(world.with_edits(Arc::new(edits)))
    }
}

/// Whose answer: a user, or somebody with these ratings.
#[derive(Clone, Debug, Default, Args)]
pub struct PersonOptions {
    /// A user of the dataset
    #[arg(long, value_name = "ID", allow_hyphen_values = true, help_heading = "Whose answer")]
    pub user: Option<String>,
    /// A guest with these ratings: 50=5,181=4 (quote ids that hold a comma: "a,b"=5)
    #[arg(
        long,
        value_name = "RATINGS",
        conflicts_with = "user",
        allow_hyphen_values = true,
        help_heading = "Whose answer"
    )]
    pub profile: Option<String>,
    #[command(flatten)]
    pub edits: EditOptions,
}

impl PersonOptions {
    pub fn is_given(&self) -> bool {
        self.user.is_some() || self.profile.is_some()
    }

    /// The same person without edits.
    pub fn as_stored(&self) -> Self {
        Self {
            edits: EditOptions::default(),
            ..self.clone()
        }
    }

    /// Who is meant, and the world with the edits in it; no person where none is named.
    pub fn resolve(&self, world: World) -> Result<(World, Option<Whose>), CliError> {
        let world = self.edits.others.world(world)?;
        if let Some(id) = &self.user {
            let user = world.find_user(id)?;
            let edits = world.parse_edits(user, &self.edits.rate, &self.edits.unrate)?;
            return Ok((world.with_edits(edits), Some(Whose::User(user))));
        }
        let Some(text) = &self.profile else {
            if self.edits.rate.is_empty() && self.edits.unrate.is_empty() {
                return Ok((world, None));
            }
            let sentence = "--rate and --unrate edit somebody: name them by --user or --profile";
            return Err(CliError::Usage(sentence.into()));
        };
        let mut ratings = world.parse_ratings(text)?;
        for text in &self.edits.rate {
            ratings.extend(world.parse_ratings(text)?);
        }
        for id in &self.edits.unrate {
            let item = world.find_item(id)?;
            ratings.retain(|(i, _)| *i != item);
        }
        // Of an item named twice the last rating counts; one order for one guest.
        let ratings: std::collections::BTreeMap<ItemIx, f64> = ratings.into_iter().collect();
        let guest = Whose::Guest(Arc::new(ratings.into_iter().collect()));
        Ok((world, Some(guest)))
    }

    /// As [`PersonOptions::resolve`], where there must be somebody.
    pub fn required(&self, world: World) -> Result<(World, Whose), CliError> {
        let (world, whose) = self.resolve(world)?;
        let whose =
            whose.ok_or_else(|| CliError::Usage("say for whom: --user ID, or --profile ITEM=RATING,…".into()))?;
        Ok((world, whose))
    }
}

/// Which item.
#[derive(Clone, Debug, Default, Args)]
pub struct ItemOptions {
    /// An item, by its id
    #[arg(long, value_name = "ID", allow_hyphen_values = true, help_heading = "Which item")]
    pub item: Option<String>,
    /// An item, by its title or a unique part of it
    #[arg(long, value_name = "TEXT", conflicts_with = "item", help_heading = "Which item")]
    pub item_title: Option<String>,
}

impl ItemOptions {
    pub fn is_given(&self) -> bool {
        self.item.is_some() || self.item_title.is_some()
    }

    /// The item that is meant, if one is named.
    pub fn resolve(&self, world: &World) -> Result<Option<ItemIx>, CliError> {
        Ok(match (&self.item, &self.item_title) {
            (Some(id), _) => Some(world.find_item(id)?),
            (None, Some(title)) => Some(world.find_title(title)?),
            (None, None) => None,
        })
    }
}

/// A user, a guest or an item.
#[derive(Clone, Debug, Default, Args)]
pub struct SubjectOptions {
    #[command(flatten)]
    pub person: PersonOptions,
    #[command(flatten)]
    pub item: ItemOptions,
}

impl SubjectOptions {
    /// Who or what is meant, and the world with the edits in it.
    pub fn resolve(&self, world: World) -> Result<(World, Subject), CliError> {
        if self.person.is_given() && self.item.is_given() {
            return Err(CliError::Usage("name a person or an item, not both".into()));
        }
        let (world, whose) = self.person.resolve(world)?;
        let subject = match (whose, self.item.resolve(&world)?) {
            (Some(whose), _) => Subject::Person(whose),
            (None, Some(item)) => Subject::Item(item),
            (None, None) => {
                let sentence =
                    "say of whom or what: --user ID, --profile ITEM=RATING,…, --item ID, or --item-title TEXT";
                return Err(CliError::Usage(sentence.into()));
            }
        };
        Ok((world, subject))
    }
}

/// Which model.
#[derive(Clone, Debug, Args)]
pub struct ModelOptions {
    /// The model, as a formula [default: one for the kind of feedback, which `info` names]
    #[arg(long, value_name = "FORMULA")]
    pub model: Option<String>,
}

impl ModelOptions {
    /// What is asked for; `None` leaves it to the data.
    pub fn formula(&self, catalog: &Catalog) -> Result<Option<Formula>, CliError> {
        Ok(self.model.as_deref().map(|text| catalog.parse(text)).transpose()?)
    }
}
