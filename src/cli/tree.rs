//! An explanation as an indented tree: every value in one column, then what it is, then the figures behind it.

use serde_json::{Map, Value};

use super::table::{Left, Right, Table, aligned, clean, rounded};
use crate::answers::TreeNode;

/// The widest that names may make the column of figures start.
const WIDEST: usize = 64;

pub(super) fn drawn(tree: &TreeNode) -> Table {
    let mut table = Table::new([("", Right), ("", Left), ("", Left)]).at_most(WIDEST);
    walk(tree, "", "", &mut table);
    table
}

/// `first` stands before the node's own name, `rest` before those of its children.
fn walk(node: &TreeNode, first: &str, rest: &str, table: &mut Table) {
    let name = format!("{first}{}", clean(&node.label));
    table.row([aligned(node.value), name, figures(node.kind, &node.detail)]);
    let raw = node.detail.get("raw").and_then(Value::as_object);
    for (at, child) in node.children.iter().enumerate() {
        let last = at + 1 == node.children.len() && raw.is_none();
        let (own, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        walk(child, &format!("{rest}{own}"), &format!("{rest}{below}"), table);
    }
    if let Some(raw) = raw {
        walk_raw(
            raw,
            &format!("{rest}╰┄ in its own unit: "),
            &format!("{rest}   "),
            table,
        );
    }
}

/// As [`walk`], for a tree that stands among the details.
fn walk_raw(node: &Map<String, Value>, first: &str, rest: &str, table: &mut Table) {
    let text = |key: &str| node.get(key).and_then(Value::as_str).unwrap_or_default();
    let empty = Map::new();
    let detail = node.get("detail").and_then(Value::as_object).unwrap_or(&empty);
    let value = node.get("value").and_then(Value::as_f64);
    table.row([
        value.map_or_else(String::new, aligned),
        format!("{first}{}", clean(text("label"))),
        figures(text("kind"), detail),
    ]);
    let children = node
        .get("children")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    for (at, child) in children.iter().filter_map(Value::as_object).enumerate() {
        let (own, below) = if at + 1 == children.len() {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        walk_raw(child, &format!("{rest}{own}"), &format!("{rest}{below}"), table);
    }
}

/// What a node of this kind is made of, the operation spelled out; then whatever else is known, by name.
fn figures(kind: &str, detail: &Map<String, Value>) -> String {
    let number = |name: &str| detail.get(name).and_then(Value::as_f64).map(rounded);
    let (formula, told): (Option<String>, &[&str]) = match kind {
        "component" if detail.contains_key("normalized") => {
            let (weight, normalized) = (number("weight"), number("normalized"));
            let formula = weight.zip(normalized).map(|(w, n)| format!("{w} × {n}"));
            (formula, &["weight", "normalized"])
        }
        "rated" | "neighbor" if detail.contains_key("similarity") && detail.contains_key("rating") => {
            let (similarity, rating) = (number("similarity"), number("rating"));
            let formula = similarity
                .zip(rating)
                .map(|(s, r)| format!("similarity {s}, rating {r}"));
            (formula, &["similarity", "rating"])
        }
        "rest" => (None, &["of"]),
        _ => (None, &[]),
    };
    let shown = |value: &Value| match value {
        Value::Number(n) if n.is_f64() => n.as_f64().map(rounded),
        Value::Number(n) => Some(n.to_string()),
        Value::String(text) => Some(clean(text)),
        _ => None,
    };
    let op = detail.get("op").and_then(shown);
    let others = detail
        .iter()
        .filter(|(name, _)| !["op", "raw"].contains(&name.as_str()) && !told.contains(&name.as_str()));
    let others =
        others.filter_map(|(name, value)| Some(format!("{} {}", name.replace(['_', '-'], " "), shown(value)?)));
    let all: Vec<String> = formula.into_iter().chain(op).chain(others).collect();
    all.join(", ")
}
