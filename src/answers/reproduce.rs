//! The command line that prints what a pane shows.

use std::fmt::Write;

use super::new_item::{first_models, said_text};
use super::{
    BringsQuery, CompareQuery, ContrastQuery, CounterfactualQuery, ExplainQuery, FactorsQuery, FragilityQuery,
    HybridQuery, NeighborsQuery, NewItem, NewItemQuery, NewcomerQuery, OnboardingQuery, PairQuery, RankHistoryQuery,
    RecommendQuery, StrategiesQuery, Subject, Swaps, TermsQuery, WhatIfQuery, Whose, WhyNotQuery, World, joined,
    listed,
};
use crate::data::{ItemIx, UserIx};
use crate::evaluate::onboarding::Ask;
use crate::models::neighborhood::Measure;
use crate::models::{Formula, default_formula};

/// What a pane shows, as the command that prints it.
#[derive(Clone, Copy, Debug)]
pub enum CommandLine<'a> {
    Info,
    /// Everything known of somebody or something.
    Profile(&'a Subject),
    Neighbors(&'a NeighborsQuery),
    /// What a neighbor brings to a list.
    Brings(&'a BringsQuery),
    Pair(&'a PairQuery),
    /// The parts of a similarity.
    Terms(&'a TermsQuery),
    /// All similarities of a pair, and what rank each gives it.
    Measures(&'a PairQuery),
    Recommend(&'a RecommendQuery),
    /// Why an item has its score.
    Explain(&'a ExplainQuery),
    /// What keeps an item out of a list.
    WhyNot(&'a WhyNotQuery),
    /// The smallest set of ratings without which an item is not in a list.
    Counterfactual(&'a CounterfactualQuery),
    /// Two items side by side for one person; `against` must be named.
    Contrast(&'a ContrastQuery),
    /// How many single steps of a rating change a list.
    Fragility(&'a FragilityQuery),
    /// Two lists side by side; of a guest and somebody else there is no such command.
    Compare(&'a CompareQuery),
    /// Everybody's lists by two models.
    CompareAll {
        models: [&'a Formula; 2],
        n: usize,
    },
    /// Somebody's list without and with the edits of this world; `whose` is who they are with them.
    WhatIf {
        query: &'a WhatIfQuery,
        whose: &'a Whose,
    },
    /// The rank of an item after every event of a history; the edits of this world don't count.
    RankHistory(&'a RankHistoryQuery),
    /// A formula taken apart, and the list as it is turned against the list as it was.
    Hybrid(&'a HybridQuery),
    /// What a formula is worth however it is turned.
    Sweep {
        formula: &'a Formula,
        /// Over which dial; or over the triangle of three weights, in so many steps.
        over: Result<&'a str, usize>,
        /// Whose lists are compared, over the triangle.
        whose: Option<&'a Whose>,
        /// With commas between them.
        metrics: &'a str,
        /// On how many users; as many as there is room for where that is not known yet.
        users: Option<usize>,
    },
    /// The latent factors of one user or item.
    Factors(&'a FactorsQuery),
    /// A bandit's arms from the dataset.
    Bandit {
        policies: &'a str,
        /// A set of rates by its name, in place of the data.
        arms: Option<&'a str>,
        n_arms: usize,
        /// Options of the world with their values.
        world: &'a [(&'static str, String)],
        horizon: u64,
        /// How many simulated runs are averaged.
        runs: u64,
        /// Of all draws.
        seed: u64,
    },
    /// What always taking one arm would have earned, by the log of another policy.
    OffPolicy {
        /// A set of rates by its name, in place of the data.
        arms: Option<&'a str>,
        n_arms: usize,
        /// Options of the arms with their values.
        world: &'a [(&'static str, String)],
        logger: &'a str,
        /// The id of the arm.
        target: &'a str,
        rows: usize,
        clip: f64,
        seed: u64,
    },
    /// A command with options that its pane writes down.
    Options {
        /// Its name; of a command within another with a blank between.
        command: &'a str,
        /// Whether it reads the data.
        reads: bool,
        options: &'a [(&'static str, String)],
        /// Of all draws; where nothing is said that of the fits.
        seed: Option<u64>,
    },
    /// What to ask a newcomer next.
    Newcomer(&'a NewcomerQuery),
    /// Who would get an item that nobody has rated yet.
    NewItem(&'a NewItemQuery),
    /// What strategies would show somebody.
    Strategies(&'a StrategiesQuery),
    /// How fast strategies learn newcomers.
    Onboarding(&'a OnboardingQuery),
    /// Models side by side on held-out ratings.
    Evaluate {
        split: &'a str,
        models: &'a [&'a str],
        /// The metrics, with commas between them.
        metrics: &'a str,
        /// What else is to be printed: `--by-user`, `--slices`.
        more: &'a [&'a str],
    },
}

/// The command that answers `question` in this world, edits and seed included, as JSON: what to paste into a terminal.
///
/// `data` are the arguments that the dataset was opened with (DATA and how to read it); none for the sample inside the
/// program.
pub fn command_line(world: &World, data: &[String], question: CommandLine<'_>) -> String {
    let mut command = Command::new();
    let mut seed = world.seed();
    match question {
        CommandLine::Info => {
            command.words(&["info"], data);
        }
        CommandLine::Profile(subject) => {
            command.words(&["profile"], data);
            command.subject(world, subject);
        }
        CommandLine::Neighbors(query) => {
            command.words(&["neighbors"], data);
            command.subject(world, &query.subject);
            command.measure(query.measure);
            command.unless(query.k, 10, "-k");
            command.focus(world, query.focus);
            if query.interval {
                command.word("--interval");
            }
        }
        CommandLine::Brings(query) => {
            command.words(&["neighbors"], data);
            command.subject(world, &query.subject);
            command.measure(query.measure);
            command.unless(query.k, 10, "-k");
            command.option("--brings", world.id(query.neighbor));
            command.unless(query.n, 10, "-n");
        }
        CommandLine::Pair(query) => command.pair(world, data, query),
        CommandLine::Terms(query) => {
            command.pair(world, data, &query.pair);
            command.word("--terms");
            for entity in &query.without {
                command.option("--without", world.id(*entity));
            }
        }
        CommandLine::Measures(query) => {
            command.pair(world, data, query);
            command.word("--ranks");
        }
        CommandLine::Recommend(query) => {
            command.words(&["recommend"], data);
            command.subject(world, &query.subject);
            command.model(&query.formula, default_formula(world.dataset.feedback().kind));
            command.unless(query.n, 10, "-n");
            if query.include_seen {
                command.word("--include-seen");
            }
        }
        CommandLine::Explain(query) => {
            command.words(&["explain"], data);
            command.person(world, &query.whose);
            command.option("--item", world.dataset.item_id(query.item));
            command.model(&query.formula, default_formula(world.dataset.feedback().kind));
            command.unless(query.depth, usize::MAX, "--depth");
            command.unless(query.top, 10, "--top");
        }
        CommandLine::WhyNot(query) => {
            command.words(&["why-not"], data);
            command.person(world, &query.whose);
            command.option("--item", world.dataset.item_id(query.item));
            command.model(&query.formula, default_formula(world.dataset.feedback().kind));
            command.unless(query.n, 10, "-n");
        }
        CommandLine::Counterfactual(query) => {
            command.words(&["counterfactual"], data);
            command.person(world, &query.whose);
            if let Some(item) = query.item {
                command.option("--item", world.dataset.item_id(item));
            }
            command.model(&query.formula, default_formula(world.dataset.feedback().kind));
            command.unless(query.n, 10, "-n");
        }
        CommandLine::Contrast(query) => {
            command.words(&["compare"], data);
            command.person(world, &query.whose);
            let id = |item| world.dataset.item_id(item);
            let two = format!("{},{}", id(query.item), id(query.against.unwrap_or(query.item)));
            command.option("--items", &two);
            command.model(&query.formula, default_formula(world.dataset.feedback().kind));
        }
        CommandLine::Fragility(query) => {
            command.words(&["fragility"], data);
            command.person(world, &query.whose);
            command.model(&query.formula, default_formula(world.dataset.feedback().kind));
            command.unless(query.n, 10, "-n");
        }
        CommandLine::Compare(query) => {
            command.words(&["compare"], data);
            command.sides(world, query);
            command.unless(query.n, 10, "-n");
        }
        CommandLine::CompareAll { models: [a, b], n } => {
            command.words(&["compare"], data);
            command.option("--models", &format!("{a}; {b}"));
            command.word("--all");
            command.unless(n, 10, "-n");
        }
        CommandLine::WhatIf { query, whose } => {
            command.words(&["whatif"], data);
            match whose {
                Whose::User(_) => command.person(world, whose),
                Whose::Guest(ratings) => {
                    command.option("--profile", "");
                    for (item, rating) in ratings.iter() {
                        command.option("--rate", &format!("{}={rating}", listed(world.dataset.item_id(*item))));
                    }
                    command.edits(world, None);
                }
            }
            command.model(&query.formula, default_formula(world.dataset.feedback().kind));
            command.unless(query.n, 10, "-n");
        }
        CommandLine::RankHistory(query) => {
            command.words(&["history"], data);
            command.option("--user", world.dataset.user_id(query.user));
            command.option("--item", world.dataset.item_id(query.item));
            command.model(&query.formula, default_formula(world.dataset.feedback().kind));
            command.unless(query.n, 10, "-n");
        }
        CommandLine::Hybrid(query) => {
            command.words(&["hybrid"], data);
            command.person(world, &query.whose);
            command.model(&query.formula, default_formula(world.dataset.feedback().kind));
            if query.against != query.formula {
                command.option("--against", &query.against.to_string());
            }
            command.unless(query.n, 10, "-n");
            match query.swaps {
                Swaps::None => {}
                Swaps::All => command.word("--swap"),
                Swaps::Around(item) => command.option("--swap-at", world.dataset.item_id(item)),
            }
        }
        CommandLine::Sweep {
            formula,
            over,
            whose,
            metrics,
            users,
        } => {
            command.words(&["sweep"], data);
            command.model(formula, default_formula(world.dataset.feedback().kind));
            match over {
                Ok(dial) => command.option("--dial", dial),
                Err(steps) => command.option("--triangle", &steps.to_string()),
            }
            if let Some(whose) = whose {
                command.person(world, whose);
            }
            command.option("--metrics", metrics);
            if let Some(users) = users {
                command.option("--test-users", &users.to_string());
            }
        }
        CommandLine::Factors(query) => {
            command.words(&["factors"], data);
            command.subject(world, &query.subject);
            command.model(&query.formula, "svd");
            command.focus(world, query.focus);
            if query.varimax {
                command.word("--varimax");
            }
        }
        CommandLine::Bandit {
            policies,
            arms,
            n_arms,
            world: options,
            horizon,
            runs,
            seed: of_the_run,
        } => {
            seed = of_the_run;
            command.words(&["bandit"], if arms.is_some() { &[] } else { data });
            command.option("--policies", policies);
            match arms {
                Some(name) => command.option("--arms", name),
                None => command.unless(n_arms, 10, "--n-arms"),
            }
            for (name, value) in options {
                command.option(name, value);
            }
            command.option("--horizon", &horizon.to_string());
            command.option("--runs", &runs.to_string());
        }
        CommandLine::OffPolicy {
            arms,
            n_arms,
            world: options,
            logger,
            target,
            rows,
            clip,
            seed: of_the_log,
        } => {
            seed = of_the_log;
            command.words(&["bandit"], if arms.is_some() { &[] } else { data });
            command.option("--off-policy", logger);
            command.option("--target", &format!("always:{target}"));
            match arms {
                Some(name) => command.option("--arms", name),
                None => command.unless(n_arms, 10, "--n-arms"),
            }
            for (name, value) in options {
                command.option(name, value);
            }
            command.option("--horizon", &rows.to_string());
            command.unless(clip, 10.0, "--clip");
        }
        CommandLine::Options {
            command: name,
            reads,
            options,
            seed: of_draws,
        } => {
            seed = of_draws.unwrap_or(seed);
            let name: Vec<&str> = name.split(' ').collect();
            command.words(&name, if reads { data } else { &[] });
            for (name, value) in options {
                command.option(name, value);
            }
        }
        CommandLine::Newcomer(query) => {
            command.words(&["coldstart"], data);
            command.word("--next");
            command.unless(query.ask, Ask::default(), "--ask");
            command.person(world, &query.whose);
            if !query.skipped.is_empty() {
                let skipped = query.skipped.iter().map(|item| world.dataset.item_id(*item));
                command.option("--skip", &joined(skipped));
            }
        }
        CommandLine::NewItem(query) => {
            command.words(&["coldstart"], data);
            match &query.item {
                NewItem::Hidden(item) => command.option("--hide-item", world.dataset.item_id(*item)),
                NewItem::Typed { title, said } => {
                    command.option("--new-item", title);
                    if !said.is_empty() {
                        command.option("--features", &said_text(said));
                    }
                }
            }
            let models: Vec<String> = query.models.iter().map(ToString::to_string).collect();
            command.unless(
                models.join("; ").as_str(),
                first_models(world.dataset.feedback().kind),
                "--models",
            );
            command.unless(query.n, 10, "-n");
            command.unless(query.bonus, 1.0, "--bonus");
            command.unless(query.strength, 20.0, "--strength");
        }
        CommandLine::Strategies(query) => {
            command.words(&["coldstart"], data);
            command.word("--lists");
            command.person(world, &query.whose);
            let strategies: Vec<String> = query.strategies.iter().map(ToString::to_string).collect();
            command.option("--strategies", &strategies.join("; "));
            if !query.stated.is_empty() {
                command.option("--likes", &joined(query.stated.iter().map(String::as_str)));
            }
            command.unless(query.n, 10, "-n");
        }
        CommandLine::Onboarding(query) => {
            command.words(&["coldstart"], data);
            let strategies: Vec<String> = query.strategies.iter().map(ToString::to_string).collect();
            command.option("--strategies", &strategies.join("; "));
            command.unless(query.ask, Ask::default(), "--ask");
            command.option("--questions", &query.questions.to_string());
            command.option("--users", &query.users.to_string());
        }
        CommandLine::Evaluate {
            split,
            models,
            metrics,
            more,
        } => {
            command.words(&["evaluate"], data);
            command.option("--split", split);
            command.option("--models", &models.join("; "));
            command.option("--metrics", metrics);
            for word in more {
                command.word(word);
            }
        }
    }
    command.unless(seed, 42, "--seed");
    command.option("--format", "json");
    command.0
}

struct Command(String);

impl Command {
    fn new() -> Self {
        Self("recscope".to_owned())
    }

    fn word(&mut self, word: &str) {
        let _ = write!(self.0, " {}", quoted(word));
    }

    fn words(&mut self, first: &[&str], rest: &[String]) {
        for word in first {
            self.word(word);
        }
        for word in rest {
            self.word(word);
        }
    }

    fn option(&mut self, name: &str, value: &str) {
        // A value that begins with a dash would be taken for an option.
        let between = if value.starts_with('-') { "=" } else { " " };
        let _ = write!(self.0, " {name}{between}{}", quoted(value));
    }

    fn unless<T: PartialEq + ToString>(&mut self, value: T, default: T, name: &str) {
        if value != default {
            self.option(name, &value.to_string());
        }
    }

    fn model(&mut self, formula: &Formula, default: &str) {
        self.unless(formula.to_string().as_str(), default, "--model");
    }

    fn sides(&mut self, world: &World, query: &CompareQuery) {
        let models = format!("{}; {}", query.a.formula, query.b.formula);
        let two = |a: &str, b: &str| format!("{a},{b}");
        match (&query.a.subject, &query.b.subject) {
            (Subject::Person(a), b) if query.a.subject == *b => {
                self.person(world, a);
                self.option("--models", &models);
                return;
            }
            (Subject::Person(a), Subject::Person(Whose::User(b))) => {
                self.person(world, a);
                self.option("--users", world.dataset.user_id(*b));
            }
            (Subject::Item(a), Subject::Item(b)) => {
                self.option("--items", &two(world.dataset.item_id(*a), world.dataset.item_id(*b)));
                self.edits(world, None);
            }
            _ => {}
        }
        self.model(&query.a.formula, default_formula(world.dataset.feedback().kind));
    }

    fn pair(&mut self, world: &World, data: &[String], query: &PairQuery) {
        self.words(&["pair"], data);
        self.subject(world, &query.subject);
        self.option("--with", world.id(query.other));
        self.measure(query.measure);
    }

    fn focus(&mut self, world: &World, focus: Option<ItemIx>) {
        if let Some(item) = focus {
            self.option("--focus", world.dataset.item_id(item));
        }
    }

    fn measure(&mut self, measure: Measure) {
        self.unless(measure.similarity.name(), "cosine", "--similarity");
        self.unless(measure.min_support, 1, "--min-support");
        self.unless(measure.shrinkage, measure.similarity.default_shrinkage(), "--shrinkage");
    }

    fn subject(&mut self, world: &World, subject: &Subject) {
        match subject {
            Subject::Person(whose) => self.person(world, whose),
            Subject::Item(item) => {
                self.option("--item", world.dataset.item_id(*item));
                self.edits(world, None);
            }
        }
    }

    fn person(&mut self, world: &World, whose: &Whose) {
        match whose {
            Whose::User(user) => {
                self.option("--user", world.dataset.user_id(*user));
                self.edits(world, Some(*user));
            }
            Whose::Guest(ratings) => {
                let rated = ratings
                    .iter()
                    .map(|(i, r)| format!("{}={r}", listed(world.dataset.item_id(*i))));
                self.option("--profile", &rated.collect::<Vec<_>>().join(","));
                self.edits(world, None);
            }
        }
    }

    /// Those of `own` shortly, all others in full.
    fn edits(&mut self, world: &World, own: Option<UserIx>) {
        let data = &world.dataset;
        for (user, item, rating) in world.edits().cells() {
            let item = data.item_id(item);
            match rating {
                Some(rating) if Some(user) == own => self.option("--rate", &format!("{item}={rating}")),
                None if Some(user) == own => self.option("--unrate", item),
                Some(rating) => self.option("--edit", &format!("{}/{item}={rating}", data.user_id(user))),
                None => self.option("--edit", &format!("{}/{item}=", data.user_id(user))),
            }
        }
    }
}

/// A word for a POSIX shell: as it is where nothing in it is special, else in single quotation marks; with control
/// characters, in the `$'…'` of bash, ksh and zsh, so that they reach no terminal.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=,@%+-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.chars().any(char::is_control) {
        return format!("'{}'", word.replace('\'', "'\\''"));
    }
    let mut text = String::from("$'");
    for c in word.chars() {
        match c {
            '\'' | '\\' => text.extend(['\\', c]),
            c if c.is_control() => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(text, "\\x{byte:02x}");
                }
            }
            c => text.push(c),
        }
    }
    text + "'"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quoted("ml-100k/u.data"), "ml-100k/u.data");
        assert_eq!(quoted("0.6*item-knn + 0.3*content"), "'0.6*item-knn + 0.3*content'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a\u{1b}[31m'"), "$'a\\x1b[31m\\''");
    }
}
