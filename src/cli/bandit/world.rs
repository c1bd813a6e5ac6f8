use std::sync::Arc;

use clap::Args;

use crate::answers::text::plural;
use crate::bandit::{
    Among, Arm, BanditError, Course, Pick, Piecewise, PolicyChoice, Segments, Walk, World, arms_from_items,
    guess_rates, parse_arms, segments_of,
};
use crate::cli::CliError;
use crate::cli::context::Context;
use crate::cli::options::DataOptions;
use crate::data::Dataset;

/// What the arms are, and how the world changes.
#[derive(Debug, Args)]
pub(super) struct WorldOptions {
    /// Success rates of the arms, in place of DATA: 0.10,0.12,0.30, or a set by name; ; between kinds of people
    #[arg(long, value_name = "RATES", conflicts_with = "data")]
    arms: Option<String>,
    /// What a policy with strength=K expects of the arms of --arms: 0.2,0.1,0.3 [of items: what similar ones let expect]
    #[arg(long, value_name = "RATES", requires = "arms")]
    guesses: Option<String>,
    /// How many arms to take from DATA
    #[arg(long, value_name = "N", default_value_t = 10)]
    n_arms: usize,
    /// The lowest rating that counts as liked [default: by the kind of feedback, see info]
    #[arg(long, value_name = "RATING")]
    pub like: Option<f64>,
    /// Which items of DATA become arms: spread, hits, long-tail or close-race
    #[arg(long, value_name = "HOW", default_value_t = Pick::Spread)]
    pick: Pick,
    /// Only items that have this in a column of names, such as genre=Comedy; "a=b"=NAME where the column has a =
    #[arg(long, value_name = "COLUMN=NAME")]
    among: Option<String>,
    /// Kinds of people with rates of their own, by a column of the users such as gender: a context for policies
    #[arg(long, value_name = "COLUMN", conflicts_with = "arms")]
    segments: Option<String>,
    /// After so many pulls every arm gets the rate of the one before it
    #[arg(long, value_name = "PULLS", conflicts_with_all = ["drift", "segments"])]
    change_every: Option<u64>,
    /// Rates drift: the standard deviation of a step before every pull
    #[arg(long, value_name = "STEP", conflicts_with = "segments")]
    drift: Option<f64>,
    /// Outcomes are known so many pulls later than at once
    #[arg(long, value_name = "PULLS", default_value_t = 0)]
    delay: u64,
}

/// Arms, the kinds of people where rates differ between them, and the data that they are from.
type Arms = (Vec<Arm>, Option<Segments>, Option<Arc<Dataset>>);

/// Longer delays would only fill the memory.
const LONGEST_DELAY: u64 = 10_000_000;

fn usage(error: impl ToString) -> CliError {
    CliError::Usage(error.to_string())
}

impl WorldOptions {
    /// The world that `policies` play in, and the data that its arms are from.
    pub fn world(
        &self,
        data: &DataOptions,
        policies: &[PolicyChoice],
        context: &Context,
    ) -> Result<(World, Option<Arc<Dataset>>), CliError> {
        if self.like.is_some_and(|l| !l.is_finite()) {
            return Err(usage("--like must be a number"));
        }
        if self.delay > LONGEST_DELAY {
            return Err(usage(format!("--delay must be at most {LONGEST_DELAY} pulls")));
        }
        let course = self.change()?;
        let (mut arms, segments, dataset) = match &self.arms {
            Some(rates) => {
                let (arms, segments) = typed(rates).map_err(usage)?;
                (arms, segments, None)
            }
            None => self.of_items(data, context)?,
        };
        if let Some(text) = &self.guesses {
            guess(text, &mut arms)?;
        } else if policies.iter().any(PolicyChoice::uses_guesses) {
            let data = dataset.as_ref();
            let data = data
                .ok_or_else(|| usage("strength=K needs something to expect: --guesses 0.2,0.1,…, or arms from DATA"))?;
            guess_rates(data, &mut arms, self.like, &context.task.cancel)?;
        }
        if course.is_some() && segments.is_some() {
            return Err(usage(
                "rates that differ between kinds of people cannot change with time as well",
            ));
        }
        let world = World {
            arms: arms.into(),
            course: course.or(segments.map(Course::Segments)),
            delay: self.delay,
        };
        Ok((world, dataset))
    }

    fn change(&self) -> Result<Option<Course>, CliError> {
        match (self.change_every, self.drift) {
            (Some(0), _) => Err(usage("--change-every must be at least 1 pull")),
            (Some(every), _) => Ok(Some(Course::Piecewise(Piecewise { every }))),
            (None, Some(step)) if step > 0.0 && step <= 1.0 => Ok(Some(Course::Walk(Walk { step }))),
            (None, Some(_)) => Err(usage("--drift must be above 0 and at most 1")),
            (None, None) => Ok(None),
        }
    }

    fn of_items(&self, data: &DataOptions, context: &Context) -> Result<Arms, CliError> {
        if self.n_arms == 0 {
            return Err(usage("--n-arms must be at least 1"));
        }
        let among = self
            .among
            .as_deref()
            .map(str::parse::<Among>)
            .transpose()
            .map_err(usage)?;
        let dataset = context.world(data)?.dataset;
        let arms = arms_from_items(&dataset, self.n_arms, self.like, self.pick, among.as_ref())?;
        let segments = self.segments.as_deref();
        let segments = segments.map(|column| segments_of(&dataset, &arms, self.like, column));
        Ok((arms, segments.transpose()?, Some(dataset)))
    }
}

/// Sets what is expected of arms, as it was typed.
fn guess(text: &str, arms: &mut [Arm]) -> Result<(), CliError> {
    let guesses = parse_arms(text).map_err(usage)?;
    if guesses.len() != arms.len() {
        return Err(usage(format!(
            "--guesses has {} for {}",
            plural(guesses.len(), "rate"),
            plural(arms.len(), "arm")
        )));
    }
    for (arm, guess) in arms.iter_mut().zip(guesses) {
        arm.guess = Some(guess.mean);
    }
    Ok(())
}

/// Rates as they were typed: those of one world, or of each kind of people in turn, all kinds equally frequent.
fn typed(text: &str) -> Result<(Vec<Arm>, Option<Segments>), BanditError> {
    let kinds: Vec<Vec<Arm>> = text.split(';').map(parse_arms).collect::<Result<_, _>>()?;
    let [first, others @ ..] = kinds.as_slice() else {
        return Err(BanditError::NoArms);
    };
    if others.is_empty() {
        return Ok((first.clone(), None));
    }
    if others.iter().any(|arms| arms.len() != first.len()) {
        return Err(BanditError::UnevenSegments);
    }
    let part = |(n, arms): (usize, &Vec<Arm>)| {
        let rates = arms.iter().map(|arm| arm.mean).collect();
        ((n + 1).to_string(), 1.0, rates)
    };
    let segments = Segments::new(kinds.iter().enumerate().map(part).collect());
    let overall = crate::bandit::arms_of(&segments.overall());
    Ok((overall, Some(segments)))
}
