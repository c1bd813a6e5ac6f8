use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::options::DataOptions;
use super::output::{exact, exact_or_empty};
use super::table::{Either, Left, Right, Table, aligned, clean};
use super::{CliError, Run};
use crate::answers::map::compare::compare;
use crate::answers::{Entity, MapCompareView, MapPoint, MapQuery, MapView, MovedPoint, Projection, map};
use crate::models::Formula;

/// What `--items` and `--users` hold where no file follows: nothing that a file can be called.
const ALONE: &str = "\0";

/// All items on a plane: the first two principal components of their factors, t-SNE from there, or a ruler between two ends. With every point comes how
/// far it can be trusted: the share of its 10 nearest on the map that are so in the full space too.
#[derive(Debug, Args)]
#[command(mut_arg("items", |arg| arg.num_args(0..=1).default_missing_value(ALONE)))]
#[command(mut_arg("users", |arg| arg.num_args(0..=1).default_missing_value(ALONE)))]
pub struct Map {
    #[command(flatten)]
    data: DataOptions,
    /// The model, as a formula; it must have factors [default: svd; als for counts and events]
    #[arg(long, value_name = "FORMULA")]
    model: Option<String>,
    /// Two models side by side, aligned by Procrustes: what moved, and which neighbors stayed
    #[arg(long, value_name = "F; G", conflicts_with = "model")]
    compare: Option<String>,
    /// pca, or tsne, which starts there
    #[arg(long, value_name = "NAME", default_value = "pca")]
    projection: String,
    /// Lay everything along an axis: from these items (their middle), which are at 0
    #[arg(long, value_name = "ITEMS", requires = "to", conflicts_with = "projection")]
    from: Option<String>,
    /// To these, which are at 1
    #[arg(long, value_name = "ITEMS", requires = "from")]
    to: Option<String>,
}

impl Run for Map {
    fn run(mut self, context: &Context) -> Result<(), CliError> {
        let flag = |option: &mut Option<std::path::PathBuf>| option.take_if(|path| path.as_os_str() == ALONE).is_some();
        let (items, users) = (flag(&mut self.data.items), flag(&mut self.data.users));
        if items && users {
            return Err(CliError::Usage(
                "one map has --items or --users: say one of them".into(),
            ));
        }
        let projection: Projection = self.projection.parse().map_err(CliError::Usage)?;
        let both = self.compare.as_deref();
        let both = both
            .map(|text| super::compare::two_models(text, &context.catalog))
            .transpose()?;
        let named = self
            .model
            .as_deref()
            .map(|text| context.catalog.parse(text))
            .transpose()?;
        let world = context.world(&self.data)?;
        let (formula, other) = match both {
            Some((formula, other)) => (Some(formula), Some(other)),
            None => (named, None),
        };
        let formula = match formula {
            Some(formula) => formula,
            None => Formula::parse(crate::answers::factors::fallback(world.dataset.feedback().kind))?,
        };
        let projection = match (&self.from, &self.to) {
            (Some(from), Some(to)) => {
                let end = |text: &str| -> Result<Vec<Entity>, CliError> {
                    if users {
                        let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
                        return Ok(ids
                            .map(|id| world.find_user(id).map(Entity::User))
                            .collect::<Result<_, _>>()?);
                    }
                    Ok(world.parse_items(text)?.into_iter().map(Entity::Item).collect())
                };
                let mut ends = [end(from)?, end(to)?];
                for end in &mut ends {
                    end.sort();
                    end.dedup();
                }
                let [from, to] = ends;
                Projection::Ruler(from, to)
            }
            _ => projection,
        };
        let mut query = MapQuery {
            formula,
            projection,
            users,
        };
        context.fit(&world, &mut query.formula)?;
        if let Some(mut other) = other {
            context.fit(&world, &mut other)?;
            let view = compare(&world, &query, &other, &context.task)?;
            let header = ["id", "label", "x", "y", "distance", "kept", "lost", "gained"];
            return context.print(&view, &header, |view| view.moved.iter().map(moved), text_of_two);
        }
        let view = map::compute(&world, &query, &context.task)?;
        let header = ["id", "label", "x", "y", "trust", "hubness"];
        context.print(&view, &header, |view| view.points.iter().map(point), text)
    }
}

fn point(point: &MapPoint) -> [String; 6] {
    [
        point.id.clone(),
        point.label.clone(),
        exact(point.x),
        exact(point.y),
        exact_or_empty(point.trust),
        point.hubness.map_or_else(String::new, |n| n.to_string()),
    ]
}

fn moved(point: &MovedPoint) -> [String; 8] {
    [
        point.id.clone(),
        point.label.clone(),
        exact(point.x),
        exact(point.y),
        exact(point.distance),
        point.kept.to_string(),
        point.lost.join(" "),
        point.gained.join(" "),
    ]
}

/// So many rows are listed for reading.
const LISTED: usize = 12;

fn figures(view: &MapView) -> String {
    let maybe = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), |x| aligned(x).trim().to_owned());
    let mut text = match (view.explained, view.kl) {
        (Some((along, across)), _) if !view.ends.is_empty() => {
            let ends: Vec<&str> = view.ends.iter().map(|end| end.label.as_str()).collect();
            format!(
                "laid from {} (x = 0) to {} (x = 1), which explains {} of the variance; y, {} of it, is the widest direction of the rest\n",
                ends.first().copied().unwrap_or_default(),
                ends.last().copied().unwrap_or_default(),
                aligned(along).trim(),
                aligned(across).trim()
            )
        }
        (Some((across, up)), _) => format!(
            "principal components, which explain {} and {} of the variance\n",
            aligned(across).trim(),
            aligned(up).trim()
        ),
        (None, None) => "as it was imported\n".to_owned(),
        (None, kl) => format!("t-SNE, KL {}\n", maybe(kl)),
    };
    let by_sample = view.errors.map_or_else(String::new, |(one, other)| {
        format!(
            ", ± {} and {} (standard errors of a sample)",
            aligned(one).trim(),
            aligned(other).trim()
        )
    });
    let _ = writeln!(
        text,
        "trustworthiness {}, continuity {} (10 neighbors){by_sample}; hubness {} (skewness)",
        maybe(view.trustworthiness),
        maybe(view.continuity),
        maybe(view.hub_skewness)
    );
    if let Some(looked_at) = view.looked_at {
        let _ = writeln!(
            text,
            "neighbors in the full space of {looked_at} points, spread evenly; hubness is counted up from these"
        );
    }
    text
}

fn text(view: &MapView) -> String {
    let n = view.points.len();
    let mut text = format!("{n} points by {}, {}\n", view.model, figures(view));
    let mut hubs: Vec<&MapPoint> = view.points.iter().collect();
    hubs.sort_by_key(|point| std::cmp::Reverse(point.hubness));
    let mut table = Table::new([
        ("hub of", Right),
        ("x", Right),
        ("y", Right),
        ("trust", Right),
        ("id", Either),
        ("label", Left),
    ]);
    for point in hubs.into_iter().take(LISTED) {
        table.row([
            point.hubness.map_or_else(String::new, |n| n.to_string()),
            aligned(point.x),
            aligned(point.y),
            point.trust.map_or_else(String::new, aligned),
            clean(&point.id),
            point.label.clone(),
        ]);
    }
    let _ = write!(text, "{table}");
    if n > LISTED {
        let _ = writeln!(text, "and {} more: --format csv or json has all of them", n - LISTED);
    }
    text
}

fn text_of_two(view: &MapCompareView) -> String {
    let mut text = format!(
        "a = {}, b = {}: {} points in both\na: {}disparity {} (Procrustes; 0 for the same space turned), {} of the 10 nearest stay\n\n",
        view.map.model,
        view.other,
        view.moved.len(),
        figures(&view.map),
        aligned(view.disparity).trim(),
        aligned(view.kept).trim()
    );
    let mut table = Table::new([("distance", Right), ("kept", Right), ("id", Either), ("label", Left)]);
    for point in view.moved.iter().take(LISTED) {
        table.row([
            aligned(point.distance),
            point.kept.to_string(),
            clean(&point.id),
            point.label.clone(),
        ]);
    }
    let _ = write!(text, "{table}");
    if view.moved.len() > LISTED {
        let more = view.moved.len() - LISTED;
        let _ = writeln!(
            text,
            "and {more} more that moved less: --format csv or json has all of them"
        );
    }
    text
}
