use super::Baselines;
use super::item_table::SimilarityTable;
use super::rows::{EditedRows, Side, SideStats};
use super::search::{Neighbor, rows_for};
use super::similarity::Measure;
use crate::data::Dataset;
use crate::task::{Cancelled, Task};

/// The `keep` items most similar to each item, most similar first, only those above 0: what item-knn votes by, for whoever
/// compares items without a model. One row an item, in the order of the data. Cost as fitting item-knn.
pub fn similar_items(
    data: &Dataset,
    measure: Measure,
    keep: usize,
    task: &Task,
) -> Result<impl Iterator<Item = Vec<Neighbor>> + use<>, Cancelled> {
    let needed = measure.similarity.needs_baselines();
    let baselines = needed.then(|| Baselines::fit(data, &task.cancel)).transpose()?;
    let (stats, overlay) = (SideStats::of(data, Side::Items), EditedRows::default());
    let compared = (data, Side::Items, &stats, baselines.as_ref());
    let rows = rows_for(compared, &overlay, measure.similarity);
    let table = SimilarityTable::fit(&rows, measure, keep, task)?;
    Ok((0..data.n_items() as u32).map(move |row| table.of(row).collect()))
}
