use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::explain::WithWork;
use super::neighbors::SimilarityOptions;
use super::options::{DataOptions, SubjectOptions};
use super::output::{exact, exact_or_empty};
use super::table::{Either, Left, Right, Table, aligned_or_dash, clean, counted, rounded};
use super::{CliError, Run};
use crate::answers::arithmetic::number;
use crate::answers::{
    Entity, MeasureRow, MeasuresView, PairQuery, PairView, Subject, TermRow, TermsQuery, TermsView, World, arithmetic,
    measures, terms, work,
};

/// Two users or two items side by side.
#[derive(Debug, Args)]
pub struct Pair {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    subject: SubjectOptions,
    /// The other user, or the other item, by id
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    with: String,
    #[command(flatten)]
    similarity: SimilarityOptions,
    /// Write out the arithmetic of every similarity
    #[arg(long)]
    show_work: bool,
    /// Also list what both rated by its part of the similarity, the largest first
    #[arg(long)]
    terms: bool,
    /// Take this item (this user, between items) out of both rows first; may be given several times
    #[arg(long, value_name = "ID", allow_hyphen_values = true, requires = "terms")]
    without: Vec<String>,
    /// Also say how near every similarity makes the other, among all that have it
    #[arg(long)]
    ranks: bool,
}

/// The two rows, and what was asked for beside them.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    whole: WithWork<'a, PairView>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    terms: Option<TermsView>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    measures: Option<MeasuresView>,
}

impl Run for Pair {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let measure = self.similarity.measure()?;
        let (world, subject) = self.subject.resolve(context.world(&self.data)?)?;
        let other = match subject {
            Subject::Person(_) => Entity::User(world.find_user(&self.with)?),
            Subject::Item(_) => Entity::Item(world.find_item(&self.with)?),
        };
        let query = TermsQuery {
            without: self.without(&world, &subject)?,
            pair: PairQuery {
                subject,
                other,
                measure,
            },
        };
        let cancel = &context.task.cancel;
        let (view, terms) = terms::compute(&world, &query, cancel)?;
        let work = || work::of_all_similarities(&world, &query.pair, cancel);
        let measures = self.ranks.then(|| measures::with_ranks(&world, &query.pair, cancel));
        let answer = Answer {
            whole: WithWork {
                view: &view,
                work: self.show_work.then(work).transpose()?,
            },
            terms: self.terms.then_some(terms),
            measures: measures.transpose()?,
        };
        if answer.terms.is_some() {
            let rows = |a: &Answer<'_>| {
                a.terms
                    .iter()
                    .flat_map(|t| t.terms.iter().map(term))
                    .collect::<Vec<_>>()
            };
            return context.print(&answer, &["id", "label", "a", "b", "share", "of"], rows, text);
        }
        if answer.measures.is_some() {
            let rows = |a: &Answer<'_>| {
                a.measures
                    .iter()
                    .flat_map(|m| m.ranks.iter().map(rank))
                    .collect::<Vec<_>>()
            };
            return context.print(&answer, &["similarity", "value", "reason", "rank", "of"], rows, text);
        }
        let rows = |answer: &Answer<'_>| {
            let rows = answer.whole.view.common.iter();
            rows.map(|(named, a, b)| [named.id, named.label, exact(a), exact(b)])
                .collect::<Vec<_>>()
        };
        context.print(&answer, &["id", "label", "a", "b"], rows, text)
    }
}

impl Pair {
    fn without(&self, world: &World, subject: &Subject) -> Result<Vec<Entity>, CliError> {
        let find = |id: &String| -> Result<Entity, CliError> {
            Ok(match subject {
                Subject::Person(_) => Entity::Item(world.find_item(id)?),
                Subject::Item(_) => Entity::User(world.find_user(id)?),
            })
        };
        self.without.iter().map(find).collect()
    }
}

fn term(row: TermRow) -> [String; 6] {
    let of = exact_or_empty(row.of);
    [row.id, row.label, exact(row.a), exact(row.b), exact(row.share), of]
}

fn rank(row: &MeasureRow) -> [String; 5] {
    let count = |n: Option<usize>| n.map_or_else(String::new, |n| n.to_string());
    [
        row.similarity.clone(),
        exact_or_empty(row.value),
        row.reason.clone().unwrap_or_default(),
        count(row.rank),
        count(row.of),
    ]
}

fn text(answer: &Answer<'_>) -> String {
    let view = answer.whole.view;
    let a = view.a.as_ref().map_or("a guest", |a| a.label.as_str());
    let mut text = format!(
        "a = {a}, b = {}, {} in common\n\n",
        view.b.label,
        view.words.row.counted(view.common.len() as u64)
    );
    let mut common = Table::new([("id", Either), ("label", Left), ("a", Right), ("b", Right)]);
    for (named, a, b) in view.common.iter() {
        common.row([clean(&named.id), named.label, rounded(a), rounded(b)]);
    }
    let _ = writeln!(text, "{common}\n{}", view.similarity);
    for line in &arithmetic::of_pair(view, None).lines()[1..] {
        let _ = writeln!(text, "  {line}");
    }
    let mut all = Table::new([("similarity", Left), ("value", Right)]);
    view.all
        .iter()
        .for_each(|(name, value)| all.row([name.clone(), aligned_or_dash(*value)]));
    let _ = write!(text, "\n{all}");
    if let Some(terms) = &answer.terms {
        text.push_str(&terms_text(view, terms));
    }
    if let Some(measures) = &answer.measures {
        text.push_str(&ranks_text(view, measures));
    }
    text + &answer.whole.written_out()
}

/// The parts of the similarity, the largest first.
fn terms_text(view: &PairView, terms: &TermsView) -> String {
    let mut text = format!("\nparts of {} of {}\n", terms.sum.name, view.similarity);
    if !terms.without.is_empty() {
        let left_out: Vec<&str> = terms.without.iter().map(|named| named.label.as_str()).collect();
        let _ = writeln!(
            text,
            "without {}: {} instead of {}",
            left_out.join(", "),
            aligned_or_dash(view.value),
            aligned_or_dash(terms.value_with_all)
        );
    }
    let mut table = Table::new([
        ("id", Either),
        ("label", Left),
        ("a", Right),
        ("b", Right),
        ("part", Right),
        ("%", Right),
    ]);
    for row in terms.terms.iter() {
        table.row([
            clean(&row.id),
            row.label,
            rounded(row.a),
            rounded(row.b),
            number(row.share),
            row.of.map_or_else(|| "–".to_owned(), |of| format!("{:.1}", 100.0 * of)),
        ]);
    }
    let _ = writeln!(text, "\n{table}\nsum {}", number(terms.sum.value));
    if let Some(met) = terms.met.as_ref().filter(|_| view.support > 0) {
        let _ = writeln!(
            text,
            "the same rating in {} of {}",
            counted(met.agreeing() as u64),
            counted(view.support)
        );
    }
    text
}

/// What each similarity says of how near the other is.
fn ranks_text(view: &PairView, measures: &MeasuresView) -> String {
    let mut table = Table::new([
        ("similarity", Left),
        ("value", Right),
        ("rank", Right),
        ("of", Right),
        ("looks at", Left),
        ("", Left),
    ]);
    for row in &measures.ranks {
        let count = |n: Option<usize>| n.map_or_else(|| "–".to_owned(), |n| counted(n as u64));
        table.row([
            row.similarity.clone(),
            aligned_or_dash(row.value),
            count(row.rank),
            count(row.of),
            row.looks_at.to_owned(),
            row.reason.clone().unwrap_or_default(),
        ]);
    }
    let mut text = format!("\n{} in common\n\n{table}", counted(view.support));
    if let Some(note) = &measures.note {
        let _ = writeln!(text, "\nnote  {note}");
    }
    text
}
