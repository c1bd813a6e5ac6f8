use super::figure::figure;
use super::{Arithmetic, Columns, Step, term};
use crate::answers::TreeNode;

/// More terms are not written out one by one.
const MOST_TERMS: usize = 12;

/// How a term of an item comes to its weight, where its figures say so: its rarity, and its share of the item's length. `beside`
/// are all terms of the item, itself among them. Returns the figures that were used.
pub fn of_term(node: &TreeNode, beside: &[TreeNode], work: &mut Arithmetic) -> Vec<&'static str> {
    let (Some(idf), Some(items), Some(weight)) = (figure(node, "idf"), figure(node, "items"), figure(node, "item"))
    else {
        return Vec::new();
    };
    let mut used = Vec::new();
    // The size of the catalog is in the rarity: ln((1 + n) / (1 + items)) + 1.
    let catalog = ((1.0 + items) * (idf - 1.0).exp() - 1.0).round();
    let again = ((1.0 + catalog) / (1.0 + items)).ln() + 1.0;
    if catalog >= items && (again - idf).abs() < 1e-9 {
        let numbers = format!("ln((1 + {}) / (1 + {})) + 1", term(catalog), term(items));
        work.formula("idf", "ln((1 + catalog) / (1 + items)) + 1", numbers, idf);
        used.extend(["idf", "items"]);
    }
    let all: Option<Vec<f64>> = beside.iter().map(|other| figure(other, "idf")).collect();
    let Some(all) = all.filter(|all| all.len() <= MOST_TERMS) else {
        return used;
    };
    let length = all.iter().map(|x| x * x).sum::<f64>().sqrt();
    // Columns of other weights, and tags that were given more than once, are not rarities alone.
    if length > 0.0 && (idf / length - weight).abs() < 1e-9 {
        let squares: Vec<String> = all.iter().map(|x| format!("{}²", term(*x))).collect();
        work.formula(
            "length of the item",
            "√Σ idf²",
            format!("√({})", squares.join(" + ")),
            length,
        );
        let numbers = format!("{} / {}", term(idf), term(length));
        work.formula("item", "idf / length of the item", numbers, weight);
    }
    used
}

/// How a profile comes to its weight of a term: Σ value × weight over the rated items that have it, by the length of the
/// profile. `rows` are those items, what a rating counts, and the weight of the term in the item.
pub fn of_profile_term(label: &str, rows: Vec<(String, f64, f64)>, length: f64) -> Arithmetic {
    let mut work = Arithmetic::new(format!("what the profile has of {label}: the rated items that have it"));
    let sum = rows.iter().map(|(_, value, weight)| value * weight).sum::<f64>();
    let rows = rows
        .into_iter()
        .map(|(name, value, weight)| (name, vec![value, weight, value * weight]));
    work.steps.push(Step::Table(Columns {
        heads: ["rated", "value", "weight", "product"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
        total: ("sum".to_owned(), vec![None, None, Some(sum)]),
    }));
    let numbers = format!("{} / {}", term(sum), term(length));
    work.formula("profile", "sum / length of the profile", numbers, sum / length);
    work
}
