use super::lanes::Accumulated;
use super::rows::{QueryRow, Rows};
use super::similarity::{Measure, PairColumn, Similarity, Table, Undefined};
use super::sums::{RowStats, Sums};

/// An entry that both rows rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoRated {
    /// The index on the other side: an item where users are compared, a user where items are.
    pub index: u32,
    pub a: f64,
    pub b: f64,
    /// What the entry adds to the similarity's main sum: a product, for `msd` a squared difference, for sets 1.
    pub share: f64,
}

/// An entry of the two rows as the similarity uses it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairEntry {
    /// The index on the other side, as in [`CoRated`].
    pub index: u32,
    /// The ratings in the two rows; `None` where there is none.
    pub ratings: (Option<f64>, Option<f64>),
    /// The ratings less their centers (for sets 1); 0 for an unrated entry.
    pub seen: (f64, f64),
}

/// The similarity of one pair with everything that went into it.
#[derive(Clone, Debug)]
pub struct PairArithmetic {
    pub measure: Measure,
    /// The similarity; the same bits as in the list of neighbors.
    pub value: Result<f64, Undefined>,
    pub support: u32,
    /// Those entries, ascending.
    pub common: Vec<CoRated>,
    /// What their shares add up to, by name.
    pub sum: &'static str,
    /// Every entry used, ascending: those that both rate or, where whole rows are compared, that either rates.
    pub entries: Vec<PairEntry>,
    pub whole: bool,
    /// What is summed over these entries, beside the ratings.
    pub columns: &'static [PairColumn],
    /// The sums, norms and means that the formula names, in its order.
    pub figures: Vec<(&'static str, f64)>,
    /// The formula with names, then with numbers, then the result; precise enough to recompute (6 decimals).
    pub lines: Vec<String>,
    /// Every similarity of the pair, in the order of [`SIMILARITIES`](super::SIMILARITIES): the one above with its
    /// settings, the others with their defaults.
    pub all: Vec<(Similarity, Result<f64, Undefined>)>,
}

/// What `subject` and row `other` have in common: enough for every similarity that uses the same offsets.
pub(super) struct InCommon<'a> {
    rows: &'a Rows<'a>,
    subject: QueryRow,
    other: u32,
    /// (entry, rating of the subject, rating of the other), entries ascending.
    entries: Vec<(u32, f64, f64)>,
    sums: Sums,
    /// Of both whole rows.
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
    fn table(&self, table: &Table) -> Vec<PairEntry> {
        let entry = |index: u32, a: Option<f64>, b: Option<f64>| {
            let offset = self.rows.offset(index);
            let seen = |rating: Option<f64>, row| rating.map_or(0.0, |r| (table.seen)(r - offset, row));
            PairEntry {
                index,
                ratings: (a, b),
                seen: (seen(a, &self.stats.0), seen(b, &self.stats.1)),
            }
        };
        if !table.whole {
            let both = self.entries.iter().map(|&(index, a, b)| entry(index, Some(a), Some(b)));
            return both.collect();
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
        entries
    }

    /// The similarity: the same bits as in the list of neighbors, since the same entries are summed in the same order.
    pub fn similarity(&self, measure: Measure) -> Result<f64, Undefined> {
        let (a, b) = &self.stats;
        measure.of(&self.sums, a, b, self.rows.population())
    }

    /// The entries that both rate as the similarity sums them: (x, y), entries ascending.
    pub fn seen(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let seen = |&(entry, a, b): &(u32, f64, f64)| {
            let offset = self.rows.offset(entry);
            (a - offset, b - offset)
        };
        self.entries.iter().map(seen)
    }

    /// The similarity if these were the sums over what both rate, the rows themselves staying as they are.
    pub fn similarity_of(&self, sums: &Sums, measure: Measure) -> Result<f64, Undefined> {
        let (a, b) = &self.stats;
        measure.of(sums, a, b, self.rows.population())
    }

    /// Everything that goes into the similarity; `all` is kept with it.
    pub fn arithmetic(&self, measure: Measure, all: Vec<(Similarity, Result<f64, Undefined>)>) -> PairArithmetic {
        let (a, b) = &self.stats;
        let (value, spec) = (self.similarity(measure), measure.similarity.spec());
        let recipe = (spec.recipe)(&self.sums, a, b, self.rows.population());
        let share = |&(index, a, b): &(u32, f64, f64)| {
            let offset = self.rows.offset(index);
            CoRated {
                index,
                a,
                b,
                share: (recipe.share)(a - offset, b - offset),
            }
        };
        let mut figures = recipe.figures;
        let shrunk = shrinkage(measure, self.entries.len(), &mut figures);
        PairArithmetic {
            measure,
            support: self.entries.len() as u32,
            common: self.entries.iter().map(share).collect(),
            sum: recipe.sum,
            lines: lines(&format!("{}{shrunk}", recipe.formula), &figures, value),
            figures,
            value,
            entries: self.table(&spec.table),
            whole: spec.table.whole,
            columns: spec.table.columns,
            all,
        }
    }
}

/// The factor that shrinks towards 0, if any, with the figures that it needs.
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

/// A number with up to 6 decimals, or as many significant digits as it takes to show something. Its minus is the ASCII
/// one, so that it can be read back; that of the formulas is not.
fn number(x: f64) -> String {
    if x != 0.0 && x.abs() < 0.001 {
        return format!("{x:.5e}");
    }
    // Adding 0 turns −0 into 0.
    let text = format!("{:.6}", x + 0.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
