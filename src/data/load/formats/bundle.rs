//! A bundle that a Spark job wrote: see [`crate::data::Bundle`]. Its models join the catalog of models.

use super::super::table::read_items;
use super::{About, Format, Place, Plan};
use crate::data::Bundle;

pub(super) const FORMAT: Format = Format {
    name: "recscope-bundle",
    title: "a bundle of `spark/recscope_job.py`",
    files: "`bundle.json`, `interactions/`, `items/`; its models are `spark-als`, `spark-llr`, `spark-cosine`",
    recognize,
    layout: None,
};

fn recognize(place: &Place) -> Option<Plan> {
    if place.file.is_some() {
        return None;
    }
    place.find(Bundle::MARK)?;
    let interactions = place.find("interactions")?;
    Some(Plan::of(FORMAT.name, interactions).with(About::Items, place.find("items"), read_items))
}
