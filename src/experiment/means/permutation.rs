use rand::RngExt;

use super::{MeanSpec, Measured, drawn};
use crate::bandit::Stream;
use crate::experiment::tested::Tested;
use crate::task::{Cancelled, Task};

pub(super) static PERMUTATION: MeanSpec = MeanSpec {
    name: "permutation",
    formula: "(1 + shuffles with |d*| ≥ |d|) / (1 + shuffles), users dealt anew to arms",
    doc: "needs no law; exact on average",
    applies: |_| true,
    test,
};

fn test(measured: &Measured<'_>, task: &Task) -> Result<Tested, Cancelled> {
    let Some(difference) = measured.difference() else {
        return Ok(Tested::silent("permutation", "each arm needs a user"));
    };
    let all: Vec<f64> = measured.a.iter().chain(measured.b).copied().collect();
    let sum: f64 = all.iter().sum();
    let (n_a, n_b) = (measured.a.len() as f64, measured.b.len() as f64);
    // The smaller arm is dealt, the larger is what remains.
    let dealt = measured.a.len().min(measured.b.len());
    let shuffled = |values: &mut Vec<f64>, stream: &mut Stream| {
        let mut of_dealt = 0.0;
        for at in 0..dealt {
            let other = stream.random_range(at..values.len());
            values.swap(at, other);
            of_dealt += values[at];
        }
        let (a, b) = if measured.a.len() == dealt {
            (of_dealt, sum - of_dealt)
        } else {
            (sum - of_dealt, of_dealt)
        };
        b / n_b - a / n_a
    };
    let draws = drawn(measured, "permutation", task, || all.clone(), shuffled)?;
    // Sums in another order differ in their last digits, and are the same shuffle all the same.
    let size = all.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
    let enough = difference.abs() - 1e-12 * size;
    let beyond = draws.iter().filter(|d| d.abs() >= enough).count();
    let p = (1 + beyond) as f64 / (1 + draws.len()) as f64;
    Ok(Tested::new("permutation")
        .about("difference", difference)
        .tested(difference, p))
}
