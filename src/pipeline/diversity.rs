//! The first candidates in another order, so that a list is about more than one thing.

use std::str::FromStr;

use super::Catalog;
use crate::data::AttributeKind;

/// How a list is made diverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    None,
    /// Carbonell and Goldstein 1998.
    Mmr,
    /// Santos, Macdonald and Ounis 2010.
    Xquad,
    /// Steck 2018.
    Calibrated,
}

impl Method {
    pub const ALL: [Self; 4] = [Self::None, Self::Mmr, Self::Xquad, Self::Calibrated];

    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Mmr => "mmr",
            Self::Xquad => "xquad",
            Self::Calibrated => "calibrated",
        }
    }
}

impl FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|m| m.name() == text);
        found.ok_or_else(|| format!("{text:?} is none of {}", names()))
    }
}

/// How the list of a plan is made diverse.
#[derive(Clone, Debug, PartialEq)]
pub struct Diversity {
    pub method: Method,
    /// λ, 0 to 1.
    pub lambda: f64,
    /// So many of the first candidates take part.
    pub depth: usize,
    /// The column of item attributes that it goes by; `None`: genre, else the first column of names.
    pub by: Option<String>,
}

impl Default for Diversity {
    fn default() -> Self {
        Self {
            method: Method::Mmr,
            lambda: 0.7,
            depth: 60,
            by: None,
        }
    }
}

/// The names that each of some items has in one column, ascending.
pub(super) type Terms = Vec<Vec<u32>>;

impl Diversity {
    /// The column that it goes by, if the catalog has it.
    pub fn column(&self, catalog: &Catalog) -> Option<usize> {
        let columns = &catalog.attributes().columns;
        let names = |at: &usize| columns[*at].kind == AttributeKind::Names;
        let called = |name: &str| columns.iter().position(|c| c.name == name).filter(names);
        match &self.by {
            Some(name) => called(name),
            None => called("genre").or_else(|| (0..columns.len()).find(names)),
        }
    }

    /// The order in which items of these relevances (0 to 1) and terms are listed. `history`: the terms of what the user
    /// had rated.
    pub(super) fn order(&self, relevance: &[f64], terms: &Terms, history: &Terms) -> Vec<usize> {
        match self.method {
            Method::None => (0..relevance.len()).collect(),
            Method::Mmr => mmr(relevance, terms, self.lambda),
            Method::Xquad => xquad(relevance, terms, &shares(history), self.lambda),
            Method::Calibrated => calibrated(relevance, terms, &shares(history), self.lambda),
        }
    }
}

/// The terms of items in a column, ascending.
pub(super) fn terms_of(catalog: &Catalog, column: usize, items: impl Iterator<Item = u32>) -> Terms {
    let column = &catalog.attributes().columns[column];
    items
        .map(|item| {
            let mut terms: Vec<u32> = column.terms(item as usize).map(|(term, _)| term).collect();
            terms.sort_unstable();
            terms
        })
        .collect()
}

/// The cosine of two sets: |A ∩ B| / √(|A||B|), 0 where one is empty.
pub(super) fn cosine(a: &[u32], b: &[u32]) -> f64 {
    let (mut common, mut i, mut j) = (0u32, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    match common {
        0 => 0.0,
        common => f64::from(common) / ((a.len() * b.len()) as f64).sqrt(),
    }
}

/// 1 − the mean cosine over all pairs: 0 where there is no pair.
pub(super) fn variety(terms: &[Vec<u32>]) -> f64 {
    let pairs = terms
        .iter()
        .enumerate()
        .flat_map(|(n, a)| terms[n + 1..].iter().map(move |b| cosine(a, b)));
    let (sum, n) = pairs.fold((0.0, 0usize), |(sum, n), c| (sum + c, n + 1));
    if n == 0 { 0.0 } else { 1.0 - sum / n as f64 }
}

/// One term's share of items: an item of m terms gives 1/m to each. In the order of terms, up to the highest.
fn shares(items: &[Vec<u32>]) -> Vec<f64> {
    let mut shares = Vec::new();
    let mut told = 0.0;
    for terms in items.iter().filter(|t| !t.is_empty()) {
        told += 1.0;
        add(&mut shares, terms, 1.0);
    }
    for share in &mut shares {
        *share /= told;
    }
    shares
}

fn add(shares: &mut Vec<f64>, terms: &[u32], weight: f64) {
    for term in terms {
        let at = *term as usize;
        if shares.len() <= at {
            shares.resize(at + 1, 0.0);
        }
        shares[at] += weight / terms.len() as f64;
    }
}

/// Takes one after the other: always the one of the highest value, the earliest of those where several have it.
fn greedy(n: usize, mut value: impl FnMut(usize) -> f64, mut take: impl FnMut(usize)) -> Vec<usize> {
    let mut left: Vec<usize> = (0..n).collect();
    let mut order = Vec::with_capacity(n);
    // `value` and `take` share what was taken, so that each is asked in turn.
    while !left.is_empty() {
        let mut best = (0, f64::NEG_INFINITY);
        for (at, item) in left.iter().enumerate() {
            let value = value(*item);
            if value > best.1 {
                best = (at, value);
            }
        }
        let item = left.remove(best.0);
        take(item);
        order.push(item);
    }
    order
}

/// Maximal marginal relevance: next is argmax λ·rel(i) − (1−λ)·max over what is listed of the cosine of terms. O(n²).
pub fn mmr(relevance: &[f64], terms: &[Vec<u32>], lambda: f64) -> Vec<usize> {
    let nearest = std::cell::RefCell::new(vec![0.0f64; relevance.len()]);
    greedy(
        relevance.len(),
        |i| lambda * relevance[i] - (1.0 - lambda) * nearest.borrow()[i],
        |taken| {
            for (near, own) in nearest.borrow_mut().iter_mut().zip(terms) {
                *near = near.max(cosine(own, &terms[taken]));
            }
        },
    )
}

/// xQuAD: next is argmax (1−λ)·rel(i) + λ·Σ_g p(g|u)·p(i|g)·Π over what is listed of (1 − p(j|g)).
///
/// p(g|u) is the share of term g in what the user rated, p(i|g) = rel(i) where i has g, else 0: relevance is that to the
/// aspect, too. O(n²·terms of an item).
pub fn xquad(relevance: &[f64], terms: &[Vec<u32>], wanted: &[f64], lambda: f64) -> Vec<usize> {
    let most = terms.iter().flatten().map(|t| *t as usize + 1).max().unwrap_or(0);
    let open = std::cell::RefCell::new(vec![1.0f64; most]);
    greedy(
        relevance.len(),
        |i| {
            let open = open.borrow();
            let aspect = |g: &u32| wanted.get(*g as usize).unwrap_or(&0.0) * relevance[i] * open[*g as usize];
            (1.0 - lambda) * relevance[i] + lambda * terms[i].iter().map(aspect).sum::<f64>()
        },
        |taken| {
            let mut open = open.borrow_mut();
            terms[taken]
                .iter()
                .for_each(|g| open[*g as usize] *= 1.0 - relevance[taken]);
        },
    )
}

/// Calibrated recommendations: next is argmax (1−λ)·Σ rel − λ·KL(p ‖ q̃), where p are the user's shares of terms, q those of
/// the list with i, q̃ = .99·q + .01·p. O(n²·terms).
pub fn calibrated(relevance: &[f64], terms: &[Vec<u32>], wanted: &[f64], lambda: f64) -> Vec<usize> {
    // The weights of terms in what is listed, how many items those are of, and the sum of their relevances.
    let listed = std::cell::RefCell::new((Vec::<f64>::new(), 0.0f64, 0.0f64));
    greedy(
        relevance.len(),
        |i| {
            let listed = listed.borrow();
            let mut q = listed.0.clone();
            add(&mut q, &terms[i], 1.0);
            let total = listed.1 + f64::from(u8::from(!terms[i].is_empty()));
            (1.0 - lambda) * (listed.2 + relevance[i]) - lambda * divergence(wanted, &q, total)
        },
        |taken| {
            let mut listed = listed.borrow_mut();
            add(&mut listed.0, &terms[taken], 1.0);
            listed.1 += f64::from(u8::from(!terms[taken].is_empty()));
            listed.2 += relevance[taken];
        },
    )
}

/// KL(p ‖ .99·q + .01·p) in nats, where `q` sums to `total`.
fn divergence(p: &[f64], q: &[f64], total: f64) -> f64 {
    let of = |(g, p): (usize, &f64)| {
        if *p <= 0.0 {
            return 0.0;
        }
        let share = if total > 0.0 {
            q.get(g).unwrap_or(&0.0) / total
        } else {
            0.0
        };
        p * (p / (0.99 * share + 0.01 * p)).ln()
    };
    p.iter().enumerate().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relevances and genres of the published fixture: A 100, B 110, C 010, D 011, E 001, F 101.
    fn fixture() -> (Vec<f64>, Vec<Vec<u32>>) {
        let terms = [&[0][..], &[0, 1], &[1], &[1, 2], &[2], &[0, 2]];
        (
            vec![0.9, 0.85, 0.6, 0.55, 0.5, 0.45],
            terms.map(<[u32]>::to_vec).to_vec(),
        )
    }

    fn letters(order: &[usize]) -> String {
        order.iter().map(|i| char::from(b'A' + *i as u8)).collect()
    }

    #[test]
    fn mmr_orders_the_fixture_as_published() {
        let (relevance, terms) = fixture();
        for (lambda, order) in [(1.0, "ABCDEF"), (0.7, "ACBEDF"), (0.5, "ACEBDF"), (0.3, "ACEBDF")] {
            assert_eq!(letters(&mmr(&relevance, &terms, lambda)), order, "{lambda}");
        }
    }

    #[test]
    fn relevance_alone_keeps_the_order() {
        let (relevance, terms) = fixture();
        let wanted = [0.2, 0.5, 0.3];
        assert_eq!(letters(&xquad(&relevance, &terms, &wanted, 0.0)), "ABCDEF");
        assert_eq!(letters(&calibrated(&relevance, &terms, &wanted, 0.0)), "ABCDEF");
    }

    /// By hand: A user of genre 1 alone. First the value of each is .2·rel + .8·rel where it has genre 1, so B (.85); then of
    /// genre 1 only .15 is open: A .18, C .12 + .8·.6·.15 = .192, D .176, so C.
    #[test]
    fn xquad_equals_the_calculation_by_hand() {
        let (relevance, terms) = fixture();
        assert_eq!(letters(&xquad(&relevance, &terms, &[0.0, 1.0, 0.0], 0.8))[..2], *"BC");
    }

    /// The divergence of every prefix, computed anew, is the least that any next item could have given.
    #[test]
    fn calibration_alone_is_greedy_in_the_divergence() {
        let (relevance, terms) = fixture();
        let wanted = [0.5, 0.3, 0.2];
        let order = calibrated(&relevance, &terms, &wanted, 1.0);
        let naive = |list: &[usize]| {
            let mut q = [0.0; 3];
            for i in list {
                for g in &terms[*i] {
                    q[*g as usize] += 1.0 / terms[*i].len() as f64 / list.len() as f64;
                }
            }
            let kl = (0..3).map(|g| wanted[g] * (wanted[g] / (0.99 * q[g] + 0.01 * wanted[g])).ln());
            kl.sum::<f64>()
        };
        for n in 1..order.len() {
            let chosen = naive(&order[..n]);
            for other in &order[n..] {
                let mut list = order[..n - 1].to_vec();
                list.push(*other);
                assert!(chosen <= naive(&list) + 1e-12, "{order:?} at {n}");
            }
        }
    }

    #[test]
    fn items_without_terms_are_ordered_by_relevance() {
        let order = mmr(&[0.3, 0.9, 0.5], &[vec![], vec![], vec![]], 0.5);
        assert_eq!(order, [1, 2, 0]);
        assert_eq!(variety(&[vec![], vec![]]), 1.0);
        assert_eq!(variety(&[vec![1], vec![1]]), 0.0);
        assert_eq!(shares(&[vec![]]), Vec::<f64>::new());
    }
}
