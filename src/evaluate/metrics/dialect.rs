//! Metrics under the names of other programs, as those compute them, so that their tables can be laid beside ours.

use std::fmt::Write;

use super::{METRICS, Metric, MetricError};
use crate::data::unknown;

/// Another program's names for what it computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub enum Dialect {
    LensKit,
    RecBole,
    Implicit,
    Elliot,
    Recommenders,
    Surprise,
}

/// (its name, the name of what it computes here).
type Names = &'static [(&'static str, &'static str)];

/// Read in their sources: LensKit 2025.8, RecBole 1.1, implicit 0.7, Elliot 0.3, recommenders 1.2, Surprise 1.1, with the
/// settings that they have where nothing is said. What they compute otherwise than any metric here is left out; novelty of
/// recommenders is ours where nothing is listed that nobody rated.
const LENSKIT: Names = &[
    ("NDCG", "ndcg-flat"),
    ("Recall", "recall-min"),
    ("Precision", "precision-list"),
    ("AveragePrecision", "map-list"),
    ("RecipRank", "mrr"),
    ("Hit", "hit"),
    ("RBP", "rbp"),
    ("RMSE", "rmse"),
    ("MAE", "mae"),
];
const RECBOLE: Names = &[
    ("ndcg", "ndcg"),
    ("recall", "recall"),
    ("precision", "precision"),
    ("map", "map-min"),
    ("mrr", "mrr"),
    ("hit", "hit"),
    ("itemcoverage", "coverage-all"),
    ("averagepopularity", "arp"),
    ("shannonentropy", "entropy-nats"),
    ("giniindex", "gini"),
    ("tailpercentage", "tail-items"),
    ("rmse", "rmse"),
    ("mae", "mae"),
];
const IMPLICIT: Names = &[
    ("ndcg", "ndcg"),
    ("precision", "precision-pooled"),
    ("map", "map-min"),
    ("auc", "auc-limited"),
];
const ELLIOT: Names = &[
    ("nDCG", "ndcg-exp-one"),
    ("Recall", "recall"),
    ("Precision", "precision"),
    ("MAP", "map-cuts"),
    ("MRR", "mrr"),
    ("HR", "hit"),
    ("ItemCoverage", "items-listed"),
    ("Gini", "gini-diversity"),
    ("ARP", "arp"),
    ("RMSE", "rmse"),
    ("MAE", "mae"),
    ("MSE", "mse"),
];
const RECOMMENDERS: Names = &[
    ("ndcg_at_k", "ndcg"),
    ("precision_at_k", "precision"),
    ("recall_at_k", "recall"),
    ("map", "map"),
    ("map_at_k", "map-min"),
    ("catalog_coverage", "coverage"),
    ("distributional_coverage", "entropy"),
    ("novelty", "novelty-bits"),
    ("rmse", "rmse"),
    ("mae", "mae"),
];
const SURPRISE: Names = &[("rmse", "rmse"), ("mae", "mae"), ("mse", "mse"), ("fcp", "fcp-mean")];

impl Dialect {
    pub const ALL: [Self; 6] = [
        Self::LensKit,
        Self::RecBole,
        Self::Implicit,
        Self::Elliot,
        Self::Recommenders,
        Self::Surprise,
    ];

    /// As the program writes itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::LensKit => "LensKit",
            Self::RecBole => "RecBole",
            Self::Implicit => "implicit",
            Self::Elliot => "Elliot",
            Self::Recommenders => "recommenders",
            Self::Surprise => "Surprise",
        }
    }

    fn names(self) -> Names {
        match self {
            Self::LensKit => LENSKIT,
            Self::RecBole => RECBOLE,
            Self::Implicit => IMPLICIT,
            Self::Elliot => ELLIOT,
            Self::Recommenders => RECOMMENDERS,
            Self::Surprise => SURPRISE,
        }
    }

    /// All metrics of the program, at 10.
    pub fn defaults(self) -> Vec<Metric> {
        let metric = |(theirs, ours): &(&'static str, &'static str)| Some(Metric::parse(ours).ok()?.called(theirs));
        self.names().iter().filter_map(metric).collect()
    }

    /// Reads metrics under the program's names: `NDCG@10,Recall@10`.
    ///
    /// # Errors
    /// A sentence with the names that there are.
    pub fn parse_list(self, text: &str) -> Result<Vec<Metric>, MetricError> {
        let mut metrics: Vec<Metric> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, k) = part.split_once('@').map_or((part, None), |(name, k)| (name, Some(k)));
            let Some((theirs, ours)) = self.names().iter().find(|(theirs, _)| *theirs == name) else {
                let kind = format!("metric of {}", self.name());
                return Err(MetricError(unknown(&kind, name, self.names().iter().map(|(n, _)| *n))));
            };
            let written = k.map_or_else(|| (*ours).to_owned(), |k| format!("{ours}@{k}"));
            let metric = Metric::parse(&written)?.called(theirs);
            if !metrics.contains(&metric) {
                metrics.push(metric);
            }
        }
        if metrics.is_empty() {
            let all: Vec<&str> = self.names().iter().map(|(theirs, _)| *theirs).collect();
            return Err(MetricError(format!("no metric is named: {}", all.join(", "))));
        }
        Ok(metrics)
    }
}

/// What each program computes under which name, and how: a table in Markdown, a row a metric here that has a name elsewhere.
pub fn dialects_markdown() -> String {
    let mut table = String::from("| here | definition |");
    for dialect in Dialect::ALL {
        let _ = write!(table, " {} |", dialect.name());
    }
    table += "\n|---|---|---|---|---|---|---|---|\n";
    for spec in METRICS {
        let theirs = Dialect::ALL.map(|dialect| {
            let named = dialect.names().iter().find(|(_, ours)| *ours == spec.name);
            named.map_or_else(String::new, |(theirs, _)| format!("`{theirs}`"))
        });
        if theirs.iter().any(|name| !name.is_empty()) {
            let definition = spec.definition.replace('|', "\\|");
            let _ = writeln!(table, "| `{}` | {definition} | {} |", spec.name, theirs.join(" | "));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_that_of_a_metric() {
        for dialect in Dialect::ALL {
            assert_eq!(dialect.defaults().len(), dialect.names().len(), "{}", dialect.name());
            let listed: Vec<String> = dialect.defaults().iter().map(ToString::to_string).collect();
            // What is printed reads back to the same metric.
            assert_eq!(dialect.parse_list(&listed.join(",")).unwrap(), dialect.defaults());
        }
        let pooled = Dialect::Implicit.parse_list("precision@5").unwrap();
        assert_eq!(pooled[0].to_string(), "precision@5");
        assert_eq!(pooled[0].spec().name, "precision-pooled");
        let wrong = Dialect::LensKit.parse_list("nDCG@5").unwrap_err().to_string();
        assert!(wrong.contains("metric of LensKit") && wrong.contains("NDCG"), "{wrong}");
        assert!(Dialect::Surprise.parse_list(" , ").is_err());
        assert_eq!(dialects_markdown().lines().nth(2).unwrap().split(" | ").count(), 8);
    }
}
