use super::figure;
use crate::answers::TreeNode;
use crate::panes::widgets::{Figures, TreeRow, short};

/// Enough decimals that a reader who adds the printed numbers up meets the printed result.
const FINE: usize = 6;

/// The numbers behind a row, line by line. A formula is printed only where it gives the row's value.
pub fn of(rows: &[TreeRow<'_, TreeNode>], at: usize) -> Option<Vec<String>> {
    let row = rows.get(at)?;
    let node = row.node;
    let fine = Figures::with(FINE);
    let mut lines = vec![node.label.clone()];
    normalization(node, &mut lines);
    if let Some((formula, product)) = product(node) {
        let scale = scale_of(rows, at);
        let is = |value: f64| (value - node.value).abs() <= 1e-9 * value.abs().max(1.0);
        if is(product) {
            lines.push(format!("{formula} = {}", fine.text(product)));
        } else if is(product * scale.0) {
            lines.push(format!("{formula} = {}", fine.text(product)));
            lines.push(format!("{} = {}", scale.1, fine.text(scale.0)));
            lines.push(format!(
                "{} × {} = {}",
                fine.text(product),
                fine.text(scale.0),
                fine.text(node.value)
            ));
        }
    }
    figures(node, &mut lines);
    if !node.children.is_empty() {
        let sum: f64 = node.children.iter().map(|c| c.value).sum();
        let mut terms = String::new();
        for (n, child) in node.children.iter().enumerate() {
            let (sign, value) = match (n, child.value < 0.0) {
                (0, _) => ("", child.value),
                (_, true) => (" − ", -child.value),
                (_, false) => (" + ", child.value),
            };
            terms.push_str(sign);
            terms.push_str(&fine.text(value));
        }
        lines.push(format!(
            "sum of {} parts: {terms} = {}",
            node.children.len(),
            fine.text(sum)
        ));
    }
    let what = if row.depth == 0 {
        "score"
    } else {
        "share of what stands above"
    };
    lines.push(format!("{what}: {}", fine.text(node.value)));
    Some(lines)
}

/// How a component's own score becomes its share: (score − min) / (max − min), × weight.
fn normalization(node: &TreeNode, lines: &mut Vec<String>) {
    let fine = Figures::with(FINE);
    let (Some(weight), Some(normalized), Some(score)) = (
        figure(node, "weight"),
        figure(node, "normalized"),
        figure(node, "score"),
    ) else {
        return;
    };
    let text = |x: f64| fine.text(x);
    let by = |moved: f64, by: f64, names: &str, what: String| {
        let value = (score - moved) / by;
        let holds = by != 0.0 && (value - normalized).abs() <= 1e-9 * value.abs().max(1.0);
        holds.then(|| format!("{names} = {what} = {}", text(value)))
    };
    let line = match (
        figure(node, "min"),
        figure(node, "max"),
        figure(node, "mean"),
        figure(node, "deviation"),
    ) {
        (Some(min), Some(max), ..) => by(
            min,
            max - min,
            "(score − min) / (max − min)",
            format!("({} − {}) / ({} − {})", text(score), text(min), text(max), text(min)),
        ),
        (_, _, Some(mean), Some(deviation)) => by(
            mean,
            deviation,
            "(score − mean) / deviation",
            format!("({} − {}) / {}", text(score), text(mean), text(deviation)),
        ),
        _ => None,
    };
    lines.extend(line);
    if (weight * normalized - node.value).abs() <= 1e-9 {
        lines.push(format!(
            "weight × normalized = {} × {} = {}",
            short(weight),
            text(normalized),
            text(node.value)
        ));
    }
}

/// The formula of a leaf with its numbers, and its result in the component's own unit.
fn product(node: &TreeNode) -> Option<(String, f64)> {
    let two = |name: &str, a: f64, b: f64| {
        let fine = Figures::with(FINE);
        Some((format!("{name} = {} × {}", fine.text(a), fine.text(b)), a * b))
    };
    match node.kind {
        "term" => two("profile × item", figure(node, "profile")?, figure(node, "item")?),
        "factor" => two("user × item", figure(node, "user")?, figure(node, "item")?),
        "neighbor" | "rated" => {
            let (by, name) = ["weight", "similarity", "probability"]
                .iter()
                .find_map(|name| Some((figure(node, name)?, name)))?;
            match figure(node, "affinity") {
                Some(affinity) => two(&format!("{name} × affinity"), by, affinity),
                None => two(&format!("{name} × rating"), by, figure(node, "rating")?),
            }
        }
        _ => None,
    }
}

/// What shares of a component are multiplied by on the way up to the score, and how that comes about.
fn scale_of(rows: &[TreeRow<'_, TreeNode>], at: usize) -> (f64, String) {
    let mut depth = rows[at].depth;
    let (mut scale, mut words) = (1.0, String::new());
    for row in rows[..at].iter().rev() {
        if row.depth >= depth {
            continue;
        }
        depth = row.depth;
        let Some(weight) = figure(row.node, "weight").filter(|_| figure(row.node, "normalized").is_some()) else {
            continue;
        };
        let range = figure(row.node, "max")
            .zip(figure(row.node, "min"))
            .map(|(max, min)| (max - min, "(max − min)"));
        let range = range.or_else(|| figure(row.node, "deviation").map(|d| (d, "deviation")));
        let (by, name) = range.unwrap_or((1.0, "1"));
        scale *= weight / by;
        if !words.is_empty() {
            words.push_str(" × ");
        }
        words += "weight ";
        words += &short(weight);
        for part in [" / ", name, " ", &Figures::with(FINE).text(by)] {
            words += part;
        }
    }
    (scale, words)
}

/// The raw figures, several on a line.
fn figures(node: &TreeNode, lines: &mut Vec<String>) {
    let numbers = node.detail.iter().filter_map(|(name, value)| {
        let number = value.as_f64().filter(|x| x.is_finite())?;
        let text = if number.fract() == 0.0 {
            short(number)
        } else {
            Figures::with(FINE).text(number)
        };
        Some(format!("{name} {text}"))
    });
    let texts = node
        .detail
        .iter()
        .filter_map(|(name, value)| value.as_str().map(|text| format!("{name}: {text}")));
    let numbers: Vec<String> = numbers.collect();
    if !numbers.is_empty() {
        lines.push(numbers.join(" · "));
    }
    lines.extend(texts);
}
