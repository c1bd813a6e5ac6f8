use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::super::theme::Theme;

/// One line of a tree, unfolded as far as it is.
#[derive(Clone, Debug)]
pub struct TreeRow<'a, N> {
    pub node: &'a N,
    /// Stays the same while values change: made from the keys on the way from the root. What `folded` holds.
    pub key: u64,
    /// How deep: 0 for the root.
    pub depth: usize,
    /// Whether there are children, shown or folded.
    pub has_children: bool,
    /// Whether the children are not shown.
    pub is_folded: bool,
    /// For each level above, and the node's own, whether it is the last among its siblings.
    last: Vec<bool>,
}

impl<N> TreeRow<'_, N> {
    /// The branches in front of the label: `│ ├ `. Empty for the root.
    pub fn branches(&self, theme: &Theme) -> String {
        let [fork, end, past] = theme.symbols().tree;
        let Some((own, above)) = self.last.split_last() else {
            return String::new();
        };
        let mut text: String = above.iter().map(|last| if *last { "  " } else { past }).collect();
        text.push_str(if *own { end } else { fork });
        text
    }
}

/// Which branches of a tree are folded.
#[derive(Clone, Copy, Debug)]
pub enum Folds<'a> {
    /// Those with these keys.
    At(&'a BTreeSet<u64>),
    /// All below the root, but for those with these keys, which are the other way round.
    BelowRoot(&'a BTreeSet<u64>),
}

impl Folds<'_> {
    fn is_folded(self, key: u64, depth: usize) -> bool {
        match self {
            Self::At(keys) => keys.contains(&key),
            Self::BelowRoot(keys) => keys.contains(&key) != (depth > 0),
        }
    }
}

/// The lines of a tree, depth first. `children` gives a node's children in the order shown; `name` a key that tells
/// siblings apart; nodes that are folded keep their children to themselves. Nothing below `depth` levels.
pub fn tree_rows<'a, N>(
    root: &'a N,
    children: impl Fn(&'a N) -> Vec<&'a N>,
    name: impl Fn(&N) -> u64,
    folds: Folds<'_>,
    depth: usize,
) -> Vec<TreeRow<'a, N>> {
    let mut rows = Vec::new();
    // Explicit, since a chain of formulas may be deeper than a thread's stack likes.
    let mut open: Vec<(&N, u64, Vec<bool>)> = vec![(root, step(0, name(root)), Vec::new())];
    while let Some((node, key, last)) = open.pop() {
        let below = children(node);
        let is_folded = !below.is_empty() && (folds.is_folded(key, last.len()) || last.len() >= depth);
        rows.push(TreeRow {
            node,
            key,
            depth: last.len(),
            has_children: !below.is_empty(),
            is_folded,
            last: last.clone(),
        });
        if !is_folded {
            let count = below.len();
            for (n, child) in below.into_iter().enumerate().rev() {
                let mut ends = last.clone();
                ends.push(n + 1 == count);
                open.push((child, step(key, name(child)), ends));
            }
        }
    }
    rows
}

fn step(above: u64, name: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (above, name).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Node(u64, Vec<Node>);

    fn lines(root: &Node, folded: &BTreeSet<u64>, depth: usize) -> Vec<(String, u64)> {
        let rows = tree_rows(root, |n| n.1.iter().collect(), |n| n.0, Folds::At(folded), depth);
        let theme = Theme::default();
        let line = |r: &TreeRow<'_, Node>| {
            let fold = if r.is_folded { "+" } else { "" };
            (format!("{}{}{fold}", r.branches(&theme), r.node.0), r.key)
        };
        rows.iter().map(line).collect()
    }

    #[test]
    fn branches_are_drawn_and_folded() {
        let leaf = |n| Node(n, vec![]);
        let tree = Node(
            1,
            vec![Node(2, vec![leaf(3), Node(4, vec![leaf(5)])]), Node(6, vec![leaf(3)])],
        );
        let all = lines(&tree, &BTreeSet::new(), 9);
        let texts: Vec<&str> = all.iter().map(|(t, _)| t.as_str()).collect();
        assert_eq!(texts, ["1", "├ 2", "│ ├ 3", "│ └ 4", "│   └ 5", "└ 6", "  └ 3"]);
        // The two threes hang on different branches and have keys of their own.
        let keys: BTreeSet<u64> = all.iter().map(|(_, k)| *k).collect();
        assert_eq!(keys.len(), 7);
        let folded = lines(&tree, &BTreeSet::from([all[1].1]), 9);
        assert_eq!(
            folded.iter().map(|(t, _)| t.as_str()).collect::<Vec<_>>(),
            ["1", "├ 2+", "└ 6", "  └ 3"]
        );
        let shallow = lines(&tree, &BTreeSet::new(), 1);
        assert_eq!(
            shallow.iter().map(|(t, _)| t.as_str()).collect::<Vec<_>>(),
            ["1", "├ 2+", "└ 6+"]
        );
        let open = BTreeSet::from([all[1].1]);
        let rows = tree_rows(&tree, |n| n.1.iter().collect(), |n| n.0, Folds::BelowRoot(&open), 9);
        let folded: Vec<(u64, bool)> = rows.iter().map(|r| (r.node.0, r.is_folded)).collect();
        assert_eq!(folded, [(1, false), (2, false), (3, false), (4, true), (6, true)]);
    }
}
