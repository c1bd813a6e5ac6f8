use std::borrow::Cow;

use crate::data::{ItemIx, UserIx};

/// The kind of a node; the names are part of the command line's contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartKind {
    /// A weighted sum, a switch, a cascade.
    Hybrid,
    /// One model in a hybrid, or a lone model as the root.
    Component,
    /// The constant by which a normalization shifts a component.
    Offset,
    /// Where a prediction starts: a mean.
    Base,
    /// The bias of a user or an item.
    Bias,
    /// A similar user or item that votes for it.
    Neighbor,
    Rated,
    Term,
    Factor,
    /// An attribute of the user or item.
    Feature,
    Residual,
    /// Parts not listed one by one.
    Rest,
    /// A component without a score.
    Missing,
}

impl PartKind {
    /// As in answers: `hybrid`, `component`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Hybrid => "hybrid",
            Self::Component => "component",
            Self::Offset => "offset",
            Self::Base => "base",
            Self::Bias => "bias",
            Self::Neighbor => "neighbor",
            Self::Rated => "rated",
            Self::Term => "term",
            Self::Factor => "factor",
            Self::Feature => "feature",
            Self::Residual => "residual",
            Self::Rest => "rest",
            Self::Missing => "missing",
        }
    }
}

/// What a part of an explanation refers to.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// Nothing but the label.
    Nothing,
    Model(String),
    User(UserIx),
    Item(ItemIx),
    /// A term: the column it comes from and its name.
    Term(String, String),
    /// A latent factor, from 0.
    Factor(usize),
}

/// One raw figure beside a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// A number, finite.
    Number(f64),
    Count(u64),
    Text(String),
    /// An explanation in the component's own unit, where the node above is a leaf.
    Tree(Box<Explanation>),
    /// The parts that a node of kind `rest` stands for.
    Gathered(Vec<Explanation>),
}

/// The explanation of a score: a tree of parts, where every node's value is the sum of its children's values, and the
/// root's value is the served score.
///
/// A node's value is its share of its parent, so scaling a tree scales every node in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The label; empty where `about` is a user or an item, whose name is looked up when shown.
    pub label: Cow<'static, str>,
    pub kind: PartKind,
    pub about: About,
    /// Its share of its parent; at the root the served score.
    pub value: f64,
    /// The raw figures: `similarity`, `support`, `rating`, `mean`, `weight`, `op`, `range`, `pool`, …
    pub detail: Vec<(&'static str, Detail)>,
    pub children: Vec<Explanation>,
}

impl Explanation {
    /// A node without children. −0 becomes 0.
    pub fn leaf(kind: PartKind, label: impl Into<Cow<'static, str>>, about: About, value: f64) -> Self {
        Self {
            label: label.into(),
            kind,
            about,
            value: value + 0.0,
            detail: Vec::new(),
            children: Vec::new(),
        }
    }

    /// The root of a lone model's explanation.
    pub fn of_model(name: impl Into<Cow<'static, str>>, score: f64) -> Self {
        let name = name.into();
        Self::leaf(
            PartKind::Component,
            name.clone(),
            About::Model(name.into_owned()),
            score,
        )
    }

    /// The root of a hybrid's explanation; `op` describes the combination.
    pub fn of_hybrid(label: &'static str, name: &str, score: f64, op: &'static str) -> Self {
        Self::leaf(PartKind::Hybrid, label, About::Model(name.to_owned()), score).text("op", op)
    }

    /// A part that is about nothing but its label.
    pub fn base(label: impl Into<Cow<'static, str>>, value: f64) -> Self {
        Self::leaf(PartKind::Base, label, About::Nothing, value)
    }

    /// The part due to a rating of the profile.
    pub fn rated(item: ItemIx, value: f64) -> Self {
        Self::leaf(PartKind::Rated, "", About::Item(item), value)
    }

    /// The node with its parts; what they leave over becomes a `residual` child if it matters (above 1e-9 of the sum of
    /// the children's magnitudes).
    #[must_use]
    pub fn of_parts(mut self, children: Vec<Self>) -> Self {
        let sum: f64 = children.iter().map(|c| c.value).sum();
        let magnitude: f64 = children.iter().map(|c| c.value.abs()).sum();
        self.children = children;
        let rest = self.value - sum;
        if rest.abs() > 1e-9 * magnitude.max(self.value.abs()) {
            let residual = Self::leaf(PartKind::Residual, "residual", About::Nothing, rest);
            self.children.push(residual);
        }
        self
    }

    /// Adds a number to the details; one that is not finite is left out.
    #[must_use]
    pub fn number(mut self, name: &'static str, value: f64) -> Self {
        if value.is_finite() {
            self.detail.push((name, Detail::Number(value)));
        }
        self
    }

    #[must_use]
    pub fn count(mut self, name: &'static str, value: usize) -> Self {
        self.detail.push((name, Detail::Count(value as u64)));
        self
    }

    #[must_use]
    pub fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.detail.push((name, Detail::Text(value.into())));
        self
    }

    /// The detail called `name`, if it is a number or a count.
    pub fn figure(&self, name: &str) -> Option<f64> {
        self.detail.iter().find(|(n, _)| *n == name).and_then(|(_, d)| match d {
            Detail::Number(x) => Some(*x),
            Detail::Count(n) => Some(*n as f64),
            _ => None,
        })
    }

    /// Multiplies every value in the tree, such as by a component's weight.
    #[must_use]
    pub fn scaled(mut self, by: f64) -> Self {
        self.value *= by;
        self.children = self.children.into_iter().map(|c| c.scaled(by)).collect();
        self
    }

    /// The largest difference in the tree between a node and the sum of its children, relative to max(1, Σ|children|);
    /// 0 for a leaf.
    pub fn worst_residual(&self) -> f64 {
        let below = self.children.iter().map(Self::worst_residual).fold(0.0, f64::max);
        if self.children.is_empty() {
            return below;
        }
        let sum: f64 = self.children.iter().map(|c| c.value).sum();
        let magnitude: f64 = self.children.iter().map(|c| c.value.abs()).sum();
        below.max((self.value - sum).abs() / magnitude.max(1.0))
    }

    /// Sorts the children of every node by |value|, largest first; stable.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.children.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
        self.children = self.children.into_iter().map(Self::sorted).collect();
        self
    }

    /// Keeps the first `top` children of every node and gathers the others in one child of kind `rest`; cuts the tree
    /// `depth` levels below the root. The detail `of` counts the parts gathered in a node of kind `rest`.
    #[must_use]
    pub fn pruned(mut self, depth: usize, top: usize) -> Self {
        if depth == 0 {
            self.children.clear();
            return self;
        }
        if self.children.len() > top {
            let rest = self.children.split_off(top);
            let value = rest.iter().map(|c| c.value).sum();
            let label = format!("{} more", rest.len());
            let mut node = Self::leaf(PartKind::Rest, label, About::Nothing, value).count("of", rest.len());
            node.detail.push(("parts", Detail::Gathered(rest)));
            self.children.push(node);
        }
        self.children = self.children.into_iter().map(|c| c.pruned(depth - 1, top)).collect();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(value: f64) -> Explanation {
        Explanation::leaf(PartKind::Rated, "", About::Nothing, value)
    }

    #[test]
    fn what_is_left_over_is_said() {
        let whole = part(1.0).of_parts(vec![part(0.75), part(0.25)]);
        assert_eq!(whole.children.len(), 2);
        let short = part(1.0).of_parts(vec![part(0.75)]);
        assert_eq!(
            (short.children[1].kind, short.children[1].value),
            (PartKind::Residual, 0.25)
        );
        assert_eq!(short.worst_residual(), 0.0);
    }

    #[test]
    fn pruning_and_scaling_keep_the_sums() {
        let tree = part(10.0).of_parts(vec![part(1.0), part(4.0), part(2.0), part(3.0)]);
        let seen = tree.sorted().pruned(5, 2).scaled(0.5);
        let values: Vec<f64> = seen.children.iter().map(|c| c.value).collect();
        assert_eq!((seen.value, values), (5.0, vec![2.0, 1.5, 1.5]));
        assert_eq!(seen.children[2].figure("of"), Some(2.0));
        assert_eq!(seen.worst_residual(), 0.0);
    }
}
