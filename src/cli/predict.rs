use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::options::{DataOptions, Format, OthersOptions};
use super::output::exact;
use super::table::{Either, Left, Right, Table, aligned, clean};
use super::{CliError, Run};
use crate::answers::{PredictQuery, predict};
use crate::data::{LoadOptions, Source, load_parts};
use crate::models::Unit;

/// What users would rate items.
#[derive(Debug, Args)]
pub struct Predict {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    edits: OthersOptions,
    /// Ratings to learn from, in place of DATA
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    train: Option<PathBuf>,
    /// The pairs to predict: user and item in the first two columns, or by a header
    #[arg(long, value_name = "FILE")]
    pairs: PathBuf,
    /// The model, as a formula; it must predict ratings
    #[arg(long, value_name = "FORMULA", default_value = "svd")]
    model: String,
    /// Do not clip predictions to the scale
    #[arg(long)]
    no_clip: bool,
}

impl Run for Predict {
    fn run(mut self, context: &Context) -> Result<(), CliError> {
        let formula = context.catalog.parse(&self.model)?;
        self.data.data = self.train.take().or(self.data.data);
        if self.data.source() == Source::Stdin && self.pairs.as_os_str() == "-" {
            return Err(CliError::Usage(
                "data and pairs cannot both come from standard input".into(),
            ));
        }
        let world = self.edits.world(context.world(&self.data)?)?;
        let options = LoadOptions {
            implicit: true,
            ..LoadOptions::default()
        };
        let parts = load_parts(&Source::named(&self.pairs), &options, &context.task)?;
        let rows = parts.ratings.users.iter().zip(&parts.ratings.items);
        let id = |(user, item): (&u32, &u32)| {
            let (user, item) = (parts.users.get(*user as usize), parts.items.get(*item as usize));
            (user.to_owned(), item.to_owned())
        };
        let mut query = PredictQuery {
            formula,
            pairs: rows.map(id).collect(),
            clip: !self.no_clip,
        };
        if query.formula.unit() == Unit::Rating {
            context.fit(&world, &mut query.formula)?;
        }
        let view = predict::compute(&world, &query, &context.task)?;
        let output = context.output(Format::Csv);
        match output.format {
            Format::Json => output.object(&view),
            Format::Csv => {
                let rows = view
                    .predictions
                    .into_iter()
                    .map(|p| [p.user, p.item, exact(p.prediction), p.reason.unwrap_or_default()]);
                output.csv(&["user", "item", "prediction", "reason"], rows)
            }
            Format::Text | Format::Markdown | Format::Latex => {
                let mut table = Table::new([
                    ("user", Either),
                    ("item", Either),
                    ("prediction", Right),
                    ("reason", Left),
                ]);
                for p in view.predictions {
                    let reason = p.reason.unwrap_or_default();
                    table.row([clean(&p.user), clean(&p.item), aligned(p.prediction), reason]);
                }
                output.text(table)
            }
        }
    }
}
