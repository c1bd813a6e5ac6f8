use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::explain::WithWork;
use super::neighbors::SimilarityOptions;
use super::options::{DataOptions, SubjectOptions};
use super::output::exact;
use super::table::{Either, Left, Right, Table, aligned_or_dash, clean, rounded};
use super::{CliError, Run};
use crate::answers::{Entity, PairQuery, PairView, Subject, arithmetic, pair, work};

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
}

impl Run for Pair {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let measure = self.similarity.measure()?;
        let (world, subject) = self.subject.resolve(context.world(&self.data)?)?;
        let other = match subject {
            Subject::Person(_) => Entity::User(world.find_user(&self.with)?),
            Subject::Item(_) => Entity::Item(world.find_item(&self.with)?),
        };
        let query = PairQuery {
            subject,
            other,
            measure,
        };
        let view = pair::compute(&world, &query, &context.task.cancel)?;
        let work = || work::of_all_similarities(&world, &query, &context.task.cancel);
        let whole = WithWork {
            view: &view,
            work: self.show_work.then(work).transpose()?,
        };
        let rows = |whole: &WithWork<'_, PairView>| {
            let rows = whole.view.common.iter();
            rows.map(|(named, a, b)| [named.id, named.label, exact(a), exact(b)])
                .collect::<Vec<_>>()
        };
        context.print(&whole, &["id", "label", "a", "b"], rows, text)
    }
}

fn text(whole: &WithWork<'_, PairView>) -> String {
    let view = whole.view;
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
    text + &whole.written_out()
}
