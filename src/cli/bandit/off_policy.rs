use crate::answers::{OffPolicyQuery, off_policy};
use crate::bandit::ope::Knobs;
use crate::bandit::{World, parse_policies};
use crate::cli::CliError;
use crate::cli::context::Context;
use crate::cli::ope::{rows, text};
use crate::cli::output::exact;
use crate::data::clean_label;

/// What is asked of a log that is written on the spot.
pub(super) struct Asked<'a> {
    pub logger: &'a str,
    /// `always:ID`; the best arm where nothing is said.
    pub target: Option<&'a str>,
    pub rows: u64,
    pub clip: f64,
}

fn usage(why: impl ToString) -> CliError {
    CliError::Usage(why.to_string())
}

/// The longest log.
const LONGEST: u64 = 10_000_000;

/// Prints what the target earns by the log, and in truth.
pub(super) fn print(asked: &Asked<'_>, world: &World, context: &Context) -> Result<(), CliError> {
    let mut loggers = parse_policies(asked.logger).map_err(usage)?;
    if loggers.len() != 1 {
        return Err(usage("--off-policy names one policy, which writes the log"));
    }
    if world.course.is_some() || world.delay > 0 {
        return Err(usage("--off-policy needs rates that stay, and outcomes known at once"));
    }
    if !(asked.clip > 0.0 && asked.clip.is_finite()) {
        return Err(usage("--clip must be a number above 0"));
    }
    if !(1..=LONGEST).contains(&asked.rows) {
        return Err(usage(format!("with --off-policy --horizon is at most {LONGEST}")));
    }
    let arms = &world.arms;
    let best = || {
        (0..arms.len())
            .rev()
            .max_by(|a, b| arms[*a].mean.total_cmp(&arms[*b].mean))
    };
    let target = match asked.target {
        None => best(),
        Some(text) => {
            let id = text
                .strip_prefix("always:")
                .ok_or_else(|| usage("--target is written always:ID here"))?;
            let found = arms.iter().position(|arm| arm.id == id);
            Some(found.ok_or_else(|| usage(format!("no arm is called {:?}", clean_label(id))))?)
        }
    };
    let query = OffPolicyQuery {
        arms: arms.to_vec(),
        logger: loggers.remove(0),
        target: target.unwrap_or_default(),
        rows: asked.rows as usize,
        seed: context.seed,
        knobs: Knobs {
            clip: asked.clip,
            tau: asked.clip,
        },
    };
    let view = off_policy::compute(&query, &context.task.cancel)?;
    let header = ["name", "value", "stderr", "low", "high"];
    context.print(
        &view,
        &header,
        |view| rows(&view.found),
        |view| {
            let label = clean_label(&view.label);
            let truth = exact(view.truth);
            format!(
                "always {label}, logged by {}; in truth {truth}\n{}",
                view.logged_by,
                text(&view.found)
            )
        },
    )
}
