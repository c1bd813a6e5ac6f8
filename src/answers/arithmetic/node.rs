use serde_json::Value;

use super::figure::figure;
use super::{Arithmetic, Columns, Step, digits, in_formula, number, term};
use crate::answers::TreeNode;

/// A node of an explanation: what its own figures give, what its parts add up to, and what it adds to the node above.
/// `path` leads from the root to the node, both included.
pub fn of_node(path: &[&TreeNode]) -> Arithmetic {
    let Some((node, above)) = path.split_last() else {
        return Arithmetic::default();
    };
    let mut work = Arithmetic::new(if above.is_empty() { "score" } else { &node.label });
    for name in ["op", "test", "chosen", "note", "reason"] {
        if let Some(text) = node.detail.get(name).and_then(Value::as_str) {
            work.note(format!("{name}: {text}"));
        }
    }
    let mut used = normalization(node, &mut work);
    if node.kind == "term" {
        let beside = above.last().map_or(&[][..], |parent| &parent.children);
        used.extend(super::tf_idf::of_term(node, beside, &mut work));
    }
    used.extend(own(node, above, &mut work));
    others(node, &used, &mut work);
    parts(node, &mut work);
    if let Some(parent) = above.last() {
        let rest = parent.value - node.value;
        let name = if above.len() == 1 { "score" } else { &parent.label };
        if parent.children.len() > 1 {
            let numbers = format!("{} + {}", term(node.value), term(rest));
            work.formula(name, "this part + the others", numbers, parent.value);
        } else {
            work.formula(name, "this part", term(node.value), parent.value);
        }
    }
    work
}

/// Every node of a tree that has parts, from the root on.
pub fn of_tree(tree: &TreeNode) -> Vec<Arithmetic> {
    of_nodes(tree, |node| !node.children.is_empty())
}

/// Every node of a tree, from the root on.
pub fn of_every_node(tree: &TreeNode) -> Vec<Arithmetic> {
    of_nodes(tree, |_| true)
}

fn of_nodes(tree: &TreeNode, wanted: fn(&TreeNode) -> bool) -> Vec<Arithmetic> {
    let (mut found, mut path) = (Vec::new(), Vec::new());
    walk(&mut path, tree, wanted, &mut found);
    found
}

fn walk<'a>(
    path: &mut Vec<&'a TreeNode>,
    node: &'a TreeNode,
    wanted: fn(&TreeNode) -> bool,
    found: &mut Vec<Arithmetic>,
) {
    path.push(node);
    if wanted(node) {
        found.push(of_node(path));
    }
    for child in &node.children {
        walk(path, child, wanted, found);
    }
    path.pop();
}

/// Whether two numbers are one but for rounding.
fn same(a: f64, b: f64) -> bool {
    a.is_finite() && (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// A formula with its numbers.
struct Found {
    formula: String,
    numbers: String,
    result: f64,
    used: Vec<&'static str>,
}

/// Fills a formula: each variable stands in braces and is looked up in `nodes`, the first that has it.
fn filled(formula: &str, used: &[&'static str], nodes: &[&TreeNode], compute: fn(&[f64]) -> f64) -> Option<Found> {
    let values: Vec<f64> = used
        .iter()
        .map(|name| nodes.iter().find_map(|n| figure(n, name)))
        .collect::<Option<_>>()?;
    let result = compute(&values);
    // Differences of like numbers need more digits than others to be computed again.
    let printed = |significant| -> Vec<String> { values.iter().map(|x| digits(*x, significant)).collect() };
    let enough = |printed: &Vec<String>| {
        let read: Vec<f64> = printed.iter().filter_map(|text| text.parse().ok()).collect();
        (compute(&read) - result).abs() <= 1e-7 * result.abs()
    };
    let printed = (7..17).map(printed).find(enough).unwrap_or_else(|| printed(17));
    let mut numbers = formula.to_owned();
    for (name, number) in used.iter().zip(printed) {
        numbers = numbers.replace(&format!("{{{name}}}"), &in_formula(number));
    }
    Some(Found {
        formula: formula.replace(['{', '}'], ""),
        numbers,
        result,
        used: used.to_vec(),
    })
}

/// How a component's own score becomes its share: normalized, then weighted.
fn normalization(node: &TreeNode, work: &mut Arithmetic) -> Vec<&'static str> {
    let (Some(weight), Some(normalized)) = (figure(node, "weight"), figure(node, "normalized")) else {
        return Vec::new();
    };
    let ways = [
        filled(
            "({score} − {min}) / ({max} − {min})",
            &["score", "min", "max"],
            &[node],
            |v| (v[0] - v[1]) / (v[2] - v[1]),
        ),
        filled(
            "({score} − {mean}) / {deviation}",
            &["score", "mean", "deviation"],
            &[node],
            |v| (v[0] - v[1]) / v[2],
        ),
    ];
    let mut used = vec!["weight", "normalized"];
    if let Some(way) = ways.into_iter().flatten().find(|w| same(w.result, normalized)) {
        work.formula("normalized", &way.formula, way.numbers, normalized);
        used.extend(way.used);
    }
    if same(weight * normalized, node.value) {
        let numbers = format!("{} × {}", term(weight), term(normalized));
        work.formula("share", "weight × normalized", numbers, node.value);
    }
    used
}

/// One way for a node's value to come from figures: the formula, its variables, and what it computes.
type Way = (&'static str, &'static [&'static str], fn(&[f64]) -> f64);

fn product(values: &[f64]) -> f64 {
    values.iter().product()
}

/// What models say of their parts, the most telling first.
const WAYS: &[Way] = &[
    ("{user} × {item}", &["user", "item"], product),
    ("{profile} × {item}", &["profile", "item"], product),
    ("{similarity} × {affinity}", &["similarity", "affinity"], product),
    ("{probability} × {affinity}", &["probability", "affinity"], product),
    ("{weight} × {affinity}", &["weight", "affinity"], product),
    ("{similarity} × {value}", &["similarity", "value"], product),
    ("{similarity} × {rating}", &["similarity", "rating"], product),
    ("{probability} × {rating}", &["probability", "rating"], product),
    (
        "{weight} × {deviation} × {spread}",
        &["weight", "deviation", "spread"],
        product,
    ),
    ("{weight} × {deviation}", &["weight", "deviation"], product),
    ("{weight} × {rating}", &["weight", "rating"], product),
    ("{mean} − {group-mean}", &["mean", "group-mean"], |v| v[0] - v[1]),
    ("{deviation} × {draw}", &["deviation", "draw"], product),
    (
        "{mean} × {count} / ({count} + {damping})",
        &["mean", "count", "damping"],
        |v| v[0] * v[1] / (v[1] + v[2]),
    ),
    (
        "{mean} × {damping} / ({count} + {damping})",
        &["mean", "count", "damping"],
        |v| v[0] * v[2] / (v[1] + v[2]),
    ),
    ("{deviation} / {rated items}", &["deviation", "rated items"], |v| {
        v[0] / v[1]
    }),
    ("{count}", &["count"], |v| v[0]),
];

/// What the node's own figures give: its value, or its value before the weights and ranges above it.
fn own(node: &TreeNode, above: &[&TreeNode], work: &mut Arithmetic) -> Vec<&'static str> {
    let scale = Scale::of(above);
    if node.kind == "offset" {
        return offset(node, above, work);
    }
    let counted = rated_items(above);
    let siblings = above.last().map_or(&[][..], |parent| &parent.children);
    let nodes: Vec<&TreeNode> = std::iter::once(node).chain(siblings).chain(counted.as_ref()).collect();
    for (formula, variables, compute) in WAYS {
        // The first variable is the node's own: what only its siblings know says nothing of it.
        if figure(node, variables[0]).is_none() {
            continue;
        }
        let Some(found) = filled(formula, variables, &nodes, *compute) else {
            continue;
        };
        if same(found.result, node.value) {
            work.formula("share", &found.formula, found.numbers, node.value);
        } else if same(found.result * scale.factor, node.value) {
            work.formula("own share", &found.formula, found.numbers, found.result);
            let formula = format!("own share × {}", scale.formula);
            let numbers = format!("{} × {}", term(found.result), scale.numbers);
            work.formula("share", &formula, numbers, node.value);
        } else {
            continue;
        }
        return found.used;
    }
    Vec::new()
}

/// How many rated items speak for the score: what slope-one divides by. A node, so that it is looked up like the others.
fn rated_items(above: &[&TreeNode]) -> Option<TreeNode> {
    let parent = above.last()?;
    let listed = parent.children.iter().filter(|c| c.kind == "rated").count();
    let hidden = parent
        .children
        .iter()
        .flat_map(|c| &c.hidden)
        .filter(|h| h.kind == "rated")
        .count();
    let count = Value::from(listed + hidden);
    Some(TreeNode {
        detail: [("rated items".to_owned(), count)].into_iter().collect(),
        ..TreeNode::default()
    })
}

/// The constant by which a normalization moves a component.
fn offset(node: &TreeNode, above: &[&TreeNode], work: &mut Arithmetic) -> Vec<&'static str> {
    let Some((parent, further)) = above.split_last() else {
        return Vec::new();
    };
    let ways = [
        filled(
            "-{weight} × {min} / ({max} − {min})",
            &["weight", "min", "max"],
            &[parent],
            |v| -v[0] * v[1] / (v[2] - v[1]),
        ),
        filled(
            "-{weight} × {mean} / {deviation}",
            &["weight", "mean", "deviation"],
            &[parent],
            |v| -v[0] * v[1] / v[2],
        ),
    ];
    let scale = Scale::of(further);
    for way in ways.into_iter().flatten() {
        let (formula, numbers) = (way.formula.replacen('-', "−", 1), way.numbers.replacen('-', "−", 1));
        if same(way.result, node.value) {
            work.formula("share", &formula, numbers, node.value);
            break;
        }
        if same(way.result * scale.factor, node.value) {
            let formula = format!("{formula} × {}", scale.formula);
            work.formula("share", &formula, format!("{numbers} × {}", scale.numbers), node.value);
            break;
        }
    }
    Vec::new()
}

/// What the parts of a component are multiplied by on the way up to the score.
struct Scale {
    factor: f64,
    formula: String,
    numbers: String,
}

impl Scale {
    fn of(above: &[&TreeNode]) -> Self {
        let (mut factor, mut formulas, mut numbers) = (1.0, Vec::new(), Vec::new());
        for node in above.iter().rev() {
            if figure(node, "normalized").is_none() {
                continue;
            }
            let ways = [
                filled(
                    "{weight} / ({max} − {min})",
                    &["weight", "max", "min"],
                    &[*node],
                    |v| v[0] / (v[1] - v[2]),
                ),
                filled("{weight} / {deviation}", &["weight", "deviation"], &[*node], |v| {
                    v[0] / v[1]
                }),
                filled("{weight}", &["weight"], &[*node], |v| v[0]),
            ];
            let Some(way) = ways.into_iter().flatten().next() else {
                continue;
            };
            factor *= way.result;
            formulas.push(way.formula);
            numbers.push(way.numbers);
        }
        Self {
            factor,
            formula: formulas.join(" × "),
            numbers: numbers.join(" × "),
        }
    }
}

/// The raw figures that no formula names.
fn others(node: &TreeNode, used: &[&'static str], work: &mut Arithmetic) {
    let named = node.detail.iter().filter(|(name, _)| !used.contains(&name.as_str()));
    let figures =
        named.filter_map(|(name, value)| Some(format!("{} {}", name.replace('-', " "), number(value.as_f64()?))));
    let figures: Vec<String> = figures.collect();
    if !figures.is_empty() {
        work.note(figures.join(" · "));
    }
}

/// What the parts add up to, a part a line, those too that the tree gathers in one.
fn parts(node: &TreeNode, work: &mut Arithmetic) {
    let listed = node.children.iter().flat_map(|child| {
        let gathered = child.hidden.iter().map(|part| (part.label.clone(), vec![part.value]));
        let own = child
            .hidden
            .is_empty()
            .then(|| (child.label.clone(), vec![child.value]));
        gathered.chain(own)
    });
    let rows: Vec<(String, Vec<f64>)> = listed
        .chain(node.hidden.iter().map(|h| (h.label.clone(), vec![h.value])))
        .collect();
    if rows.is_empty() {
        return;
    }
    let heads = vec![
        if rows.len() == 1 { "part" } else { "parts" }.to_owned(),
        "share".to_owned(),
    ];
    let sum = rows.iter().map(|(_, numbers)| numbers[0]).sum();
    let total = (format!("sum of {}", rows.len()), vec![Some(sum)]);
    work.steps.push(Step::Table(Columns { heads, rows, total }));
}
