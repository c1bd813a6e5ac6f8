use super::lanes::Accumulated;
use super::rows::{QueryRow, Rows};
use super::similarity::{Measure, Similarity, Undefined};
use super::sums::{RowStats, Sums};

/// An entry that both rows rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoRated {
    /// The index on the other side: an item where users are compared, a user where items are.
    pub index: u32,
    /// The rating in the first row.
    pub a: f64,
    /// The rating in the second row.
    pub b: f64,
    /// What the entry adds to the sum that the similarity rests on: a product, for `msd` a squared difference, for sets 1.
    pub share: f64,
}

/// An entry of the two rows as the similarity sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairEntry {
    /// The index on the other side, as in [`CoRated`].
    pub index: u32,
    /// The ratings in the two rows; `None` where there is none.
    pub ratings: (Option<f64>, Option<f64>),
    /// What counts for them: the ratings less their centers (for sets 1); 0 for an unrated entry.
    pub seen: (f64, f64),
}

/// A column of the table behind a similarity: its head, and its cell from [`PairEntry::seen`].
pub type PairColumn = (&'static str, fn(f64, f64) -> f64);

/// The similarity of one pair with everything that went into it.
#[derive(Clone, Debug)]
pub struct PairArithmetic {
    /// Which similarity, with its settings.
    pub measure: Measure,
    /// The similarity; the same bits as in the list of neighbors.
    pub value: Result<f64, Undefined>,
    /// How many entries both rate.
    pub support: u32,
    /// Those entries, ascending.
    pub common: Vec<CoRated>,
    /// Every entry that counts, ascending: those that both rate or, where whole rows are compared, that either rates.
    pub entries: Vec<PairEntry>,
    /// Whether whole rows are compared.
    pub whole: bool,
    /// What is added up over these entries, beside the ratings.
    pub columns: &'static [PairColumn],
    /// The sums, norms and means that the formula names, in its order.
    pub figures: Vec<(&'static str, f64)>,
    /// The formula with names, then with numbers, then the result; what is printed can be computed again (6 decimals).
    pub lines: Vec<String>,
    /// Every similarity of the pair, in the order of [`SIMILARITIES`](super::SIMILARITIES): the one above with its
    /// settings, the others with their defaults.
    pub all: Vec<(Similarity, Result<f64, Undefined>)>,
}

/// The products and squares of `a` and `b`.
const PRODUCTS: &[PairColumn] = &[("a·b", |a, b| a * b), ("a²", |a, _| a * a), ("b²", |_, b| b * b)];
/// The same of what is left of them around their means.
const CENTERED: &[PairColumn] = &[
    ("a−mean a", |a, _| a),
    ("b−mean b", |_, b| b),
    ("product", |a, b| a * b),
    ("(a−mean a)²", |a, _| a * a),
    ("(b−mean b)²", |_, b| b * b),
];
/// The same of what baselines leave of them.
const RESIDUALS: &[PairColumn] = &[
    ("x = a−baselines", |x, _| x),
    ("y = b−baselines", |_, y| y),
    ("x·y", |x, y| x * y),
    ("x²", |x, _| x * x),
    ("y²", |_, y| y * y),
];
const DIFFERENCES: &[PairColumn] = &[("a−b", |a, b| a - b), ("(a−b)²", |a, b| (a - b) * (a - b))];
/// Who rated at all.
const SETS: &[PairColumn] = &[("in a", |a, _| a), ("in b", |_, b| b), ("in both", |a, b| a * b)];

/// What a rating counts as.
type Seen = Box<dyn Fn(f64) -> f64>;

/// What `similarity` adds up, what ratings count as, and whether over whole rows.
fn table(similarity: Similarity, a: &RowStats, b: &RowStats) -> (&'static [PairColumn], [Seen; 2], bool) {
    let less = |center: f64| -> Seen { Box::new(move |rating| rating - center) };
    match similarity {
        Similarity::Cosine => (PRODUCTS, [less(0.0), less(0.0)], true),
        Similarity::CosineCommon | Similarity::Pearson => (PRODUCTS, [less(0.0), less(0.0)], false),
        Similarity::CenteredCosine => (CENTERED, [less(a.mean()), less(b.mean())], true),
        Similarity::Msd => (DIFFERENCES, [less(0.0), less(0.0)], false),
        Similarity::PearsonBaseline => (RESIDUALS, [less(a.bias), less(b.bias)], false),
        Similarity::Jaccard | Similarity::Lift | Similarity::Llr => {
            (SETS, [Box::new(|_| 1.0), Box::new(|_| 1.0)], true)
        }
    }
}

/// What `subject` and row `other` have in common, as the rows are seen: enough for every similarity that sees them so.
pub(super) struct InCommon<'a> {
    rows: &'a Rows<'a>,
    subject: QueryRow,
    other: u32,
    /// (entry, rating of the subject, rating of the other), entries ascending.
    entries: Vec<(u32, f64, f64)>,
    sums: Sums,
    /// What is known of both rows.
    stats: (RowStats, RowStats),
}

impl<'a> InCommon<'a> {
    /// O(ratings of both).
    pub fn of(rows: &'a Rows<'a>, subject: QueryRow, other: u32) -> Self {
        let mut theirs = rows.row(other).iter().peekable();
        let mut sums = Accumulated::new(Similarity::Pearson, 1);
        let mut entries: Vec<(u32, f64, f64)> = Vec::new();
        for &(entry, a) in &subject.entries {
            while theirs.next_if(|(at, _)| *at < entry).is_some() {}
            if let Some((_, b)) = theirs.next_if(|(at, _)| *at == entry) {
                let offset = rows.offset(entry);
                sums.add(0, a - offset, b - offset);
                entries.push((entry, a, b));
            }
        }
        Self {
            rows,
            entries,
            sums: sums.at(0),
            stats: (subject.stats, rows.stats(other)),
            subject,
            other,
        }
    }

    /// The table behind a similarity. O(ratings of both).
    fn table(&self, similarity: Similarity) -> (Vec<PairEntry>, &'static [PairColumn], bool) {
        let (columns, [see_a, see_b], whole) = table(similarity, &self.stats.0, &self.stats.1);
        let entry = |index: u32, a: Option<f64>, b: Option<f64>| {
            let offset = self.rows.offset(index);
            let see = |rating: Option<f64>, see: &dyn Fn(f64) -> f64| rating.map_or(0.0, |r| see(r - offset));
            PairEntry {
                index,
                ratings: (a, b),
                seen: (see(a, &see_a), see(b, &see_b)),
            }
        };
        if !whole {
            let both = self.entries.iter().map(|&(index, a, b)| entry(index, Some(a), Some(b)));
            return (both.collect(), columns, false);
        }
        let mut entries = Vec::with_capacity(self.subject.entries.len());
        let mut theirs = self.rows.row(self.other).iter().peekable();
        for &(index, a) in &self.subject.entries {
            while let Some((before, b)) = theirs.next_if(|(at, _)| *at < index) {
                entries.push(entry(before, None, Some(b)));
            }
            let b = theirs.next_if(|(at, _)| *at == index).map(|(_, b)| b);
            entries.push(entry(index, Some(a), b));
        }
        entries.extend(theirs.map(|(index, b)| entry(index, None, Some(b))));
        (entries, columns, true)
    }

    /// The similarity: the same bits as in the list of neighbors, since the same entries are summed in the same order.
    pub fn similarity(&self, measure: Measure) -> Result<f64, Undefined> {
        let (a, b) = &self.stats;
        measure.of(&self.sums, a, b, self.rows.population())
    }

    /// All that goes into the similarity; `all` is kept with it.
    pub fn arithmetic(&self, measure: Measure, all: Vec<(Similarity, Result<f64, Undefined>)>) -> PairArithmetic {
        let (a, b) = &self.stats;
        let value = self.similarity(measure);
        let recipe = (measure.similarity.spec().recipe)(&self.sums, a, b, self.rows.population());
        let share = |&(index, a, b): &(u32, f64, f64)| {
            let offset = self.rows.offset(index);
            CoRated {
                index,
                a,
                b,
                share: (recipe.share)(a - offset, b - offset),
            }
        };
        let (entries, columns, whole) = self.table(measure.similarity);
        let mut figures = recipe.figures;
        let shrunk = shrinkage(measure, self.entries.len(), &mut figures);
        PairArithmetic {
            measure,
            support: self.entries.len() as u32,
            common: self.entries.iter().map(share).collect(),
            lines: lines(&format!("{}{shrunk}", recipe.formula), &figures, value),
            figures,
            value,
            entries,
            whole,
            columns,
            all,
        }
    }
}

/// The factor that pulls towards 0, where there is one, with the figures that it needs.
fn shrinkage(measure: Measure, support: usize, figures: &mut Vec<(&'static str, f64)>) -> &'static str {
    if measure.shrinkage <= 0.0 {
        return "";
    }
    figures.retain(|f| f.0 != "n");
    figures.push(("n", support as f64));
    figures.push(("shrinkage", measure.shrinkage));
    if measure.similarity.needs_baselines() {
        " · ({n} − 1) / ({n} − 1 + {shrinkage})"
    } else {
        " · {n} / ({n} + {shrinkage})"
    }
}

/// The formula with names, with numbers, and its result.
fn lines(formula: &str, figures: &[(&'static str, f64)], value: Result<f64, Undefined>) -> Vec<String> {
    // The square of a sum isn't the sum of squares.
    let squared = |text: String, (name, _): &(&str, f64)| text.replace(&format!("{{{name}}}²"), &format!("({name})²"));
    let named = figures.iter().fold(formula.to_owned(), squared).replace(['{', '}'], "");
    match value {
        Ok(value) => {
            let mut filled = formula.to_owned();
            for (name, figure) in figures {
                let number = number(*figure);
                let number = if *figure < 0.0 { format!("({number})") } else { number };
                filled = filled.replace(&format!("{{{name}}}"), &number);
            }
            vec![named, format!("= {filled}"), format!("= {}", number(value))]
        }
        Err(why) => vec![named, format!("undefined: {why}")],
    }
}

/// A number with up to 6 decimals, or as many as it takes to say something. Its minus is the ASCII one, so that it reads
/// back; that of the formulas is not.
fn number(x: f64) -> String {
    if x != 0.0 && x.abs() < 0.001 {
        return format!("{x:.5e}");
    }
    // Adding 0 takes the sign off a zero.
    let text = format!("{:.6}", x + 0.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
