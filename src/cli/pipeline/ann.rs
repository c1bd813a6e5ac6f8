use std::fmt::Write;

use clap::Args;

use crate::answers::factors::fallback;
use crate::answers::pipeline::retrieval::{ENOUGH, SHORT, Took, USERS};
use crate::answers::{RetrievalLab, RetrievalQuery, RetrievalView};
use crate::cli::CliError;
use crate::cli::context::Context;
use crate::cli::options::{DataOptions, ModelOptions};
use crate::cli::output::{exact, exact_or_empty};
use crate::cli::table::{Right, Table, counted};
use crate::models::Formula;

/// What a graph of neighbors (HNSW) finds of the nearest items, and how fast, beside looking at all of them. Recall is the same
/// for the same seed; times are of this machine, on one thread.
#[derive(Debug, Args)]
pub struct Ann {
    #[command(flatten)]
    data: DataOptions,
    /// A model with factors, as a formula [default: svd for ratings, als for counts and events]
    #[arg(long, value_name = "FORMULA")]
    model: Option<String>,
    /// Links of an item in each upper layer, twice as many at the bottom: 2 to 32
    #[arg(long, value_name = "LINKS", default_value_t = 16)]
    m: usize,
    /// How many nearest items are kept in mind while one is linked
    #[arg(long, value_name = "N", default_value_t = 200)]
    ef_construction: usize,
    /// The same while the graph is searched, one row each
    #[arg(
        long,
        value_name = "COUNTS",
        default_value = "10,20,50,100,200",
        value_delimiter = ','
    )]
    ef_search: Vec<usize>,
    /// How many items are wanted
    #[arg(short, value_name = "N", default_value_t = 100)]
    k: usize,
    /// How many users ask, chosen evenly over the file
    #[arg(long, value_name = "N", default_value_t = USERS)]
    test_users: usize,
}

impl Ann {
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let formula = ModelOptions { model: self.model }.formula(&context.catalog)?;
        let world = context.world(&self.data)?;
        let kind = world.dataset.feedback().kind;
        let formula = match formula {
            Some(formula) => formula,
            None => Formula::parse(fallback(kind)).map_err(|error| CliError::Usage(error.to_string()))?,
        };
        let mut ef = self.ef_search;
        ef.sort_unstable();
        ef.dedup();
        let query = RetrievalQuery {
            formula,
            m: self.m,
            ef_construction: self.ef_construction,
            ef,
            k: self.k,
            users: self.test_users,
        };
        let view = RetrievalLab::default().compute(&world, &query, &context.task, &mut |_| ())?;
        let header = ["ef", "recall_10", "recall_k", "distance_ratio", "median_us", "p99_us"];
        context.print(&view, &header, rows, text)
    }
}

/// The exact answer first, without an ef.
fn rows(view: &RetrievalView) -> Vec<[String; 6]> {
    let row = |ef: String, figures: [Option<f64>; 3], took: Took| {
        let [short, long, ratio] = figures.map(exact_or_empty);
        [ef, short, long, ratio, exact(took.median_us), exact(took.p99_us)]
    };
    let of_graph = view.rows.iter().map(|r| {
        let figures = [r.recall_10, r.recall_k, r.distance_ratio];
        row(r.ef.to_string(), figures, r.took)
    });
    std::iter::once(row(String::new(), [Some(1.0); 3], view.exact))
        .chain(of_graph)
        .collect()
}

fn text(view: &RetrievalView) -> String {
    let mut text = format!(
        "{}: {} items in {} dimensions, asked by {} of {} users\n\
         HNSW: M {}, ef construction {}, seed {}; built in {:.3} s on one thread, {} layers, {} links\n\
         {:.0} bytes an item for its vector, {:.0} more for its links (what lists keep free is not counted)\n\n",
        view.model,
        counted(view.items as u64),
        view.dimensions,
        counted(view.users as u64),
        counted(view.of_users as u64),
        view.m,
        view.ef_construction,
        view.seed,
        view.build_seconds,
        view.layers,
        counted(view.links),
        view.vector_bytes,
        view.link_bytes
    );
    let mut table = Table::new([
        ("ef".to_owned(), Right),
        (format!("recall@{SHORT}"), Right),
        (format!("recall@{}", view.k), Right),
        ("distance ratio".to_owned(), Right),
        ("median µs".to_owned(), Right),
        ("p99 µs".to_owned(), Right),
    ]);
    let maybe = |figure: Option<f64>| figure.map_or_else(|| "–".to_owned(), |x| format!("{x:.4}"));
    let mut row = |ef: String, figures: [Option<f64>; 3], took: Took| {
        let [short, long, ratio] = figures.map(maybe);
        let times = [took.median_us, took.p99_us].map(|us| format!("{us:.1}"));
        let [median, p99] = times;
        table.row([ef, short, long, ratio, median, p99]);
    };
    row("exact".to_owned(), [Some(1.0); 3], view.exact);
    for r in &view.rows {
        row(
            counted(r.ef as u64),
            [r.recall_10, r.recall_k, r.distance_ratio],
            r.took,
        );
    }
    let _ = write!(text, "{table}");
    let _ = match &view.faster_from {
        Some(crossing) => writeln!(
            text,
            "\nestimated: the graph with ef {} is faster from about {} items on, where looking at all goes with n and the \
             graph with ln n",
            crossing.ef,
            counted(crossing.items)
        ),
        None => writeln!(
            text,
            "\nno row finds {:.0}% of the nearest: try a larger --ef-search or --m",
            100.0 * ENOUGH
        ),
    };
    text.push_str(
        "a user's nearest items are those with the highest scores, also those they have rated: those are taken away later\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use crate::cli::headless_tests::said;

    fn asked(more: &[&str]) -> Result<String, String> {
        let command = ["pipeline", "ann", "--model", "als:factors=8", "--test-users", "20"];
        said(&[&command[..], more].concat())
    }

    #[test]
    fn the_same_in_every_format() {
        let widths = ["--ef-search", "100,10,10000,10", "-k", "50"];
        let json = asked(&[&widths[..], &["--format", "json"]].concat()).unwrap();
        let view: serde_json::Value = serde_json::from_str(&json).unwrap();
        let rows = view["rows"].as_array().unwrap();
        let widths_of: Vec<u64> = rows.iter().map(|row| row["ef"].as_u64().unwrap()).collect();
        assert_eq!(widths_of, [10, 100, 10_000], "ascending, each once");
        assert!(rows[0]["recall_k"].is_null() && rows[0]["recall_10"].as_f64() > Some(0.5));
        assert!(rows[2]["recall_10"].as_f64() > Some(0.99) && rows[2]["median_us"].as_f64() > Some(0.0));
        assert_eq!((view["schema"].as_u64(), view["users"].as_u64()), (Some(1), Some(20)));
        let csv = asked(&[&widths[..], &["--format", "csv"]].concat()).unwrap();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines[0], "ef,recall_10,recall_k,distance_ratio,median_us,p99_us");
        assert!(lines.len() == 5 && lines[1].starts_with(",1.0,1.0,1.0,"), "{csv}");
        // Recall is the same whenever it is asked for.
        let recall = rows[1]["recall_k"].to_string();
        assert_eq!(lines[3].split(',').nth(2), Some(recall.as_str()));
        let text = asked(&widths).unwrap();
        assert!(text.contains("recall@50") && text.contains("bytes an item"), "{text}");
    }
}
