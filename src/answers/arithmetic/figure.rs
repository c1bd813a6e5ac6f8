use serde_json::Value;

use crate::answers::TreeNode;

/// One of a node's own numbers, where it has it and it is finite.
pub fn figure(node: &TreeNode, name: &str) -> Option<f64> {
    node.detail.get(name).and_then(Value::as_f64).filter(|x| x.is_finite())
}
