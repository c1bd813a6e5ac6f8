//! Retrieval: the items nearest to a user's vector, by looking at all of them or by a graph that looks at few (HNSW).
//!
//! A factor model's score is an inner product, and graphs go by distances. [`Points`] makes one of the other: every item gets
//! a coordinate more, so that all lie on one sphere, and the nearest there has the highest product (Bachrach et al. 2014,
//! *Speeding up the Xbox recommender system using a Euclidean transformation for inner-product spaces*).

mod graph;
#[cfg(test)]
mod tests;

pub use graph::{Graph, Links, MOST_LINKS, Shape};

use crate::data::{Dataset, ItemIx};
use crate::models::LatentFactors;

/// Numbers in a row are padded to a multiple of so many: the loop over them has no remainder.
const LANES: usize = 8;

/// Item vectors on the unit sphere, in 32 bits, as an index keeps them.
///
/// An item is x = (q, b), its factors and its bias; Φ = max |x|. It lies at (x, √(Φ² − |x|²)) / Φ. A user with the factors p
/// asks from (p, 1, 0) / |(p, 1)|. Their product is (p·q + b) / (Φ·|(p, 1)|): in the order of the model's scores, and so are
/// the distances √(2 − 2·product), turned around.
#[derive(Clone, Debug)]
pub struct Points {
    items: Vec<ItemIx>,
    /// Row by row, each padded with zeros.
    numbers: Vec<f32>,
    /// Numbers in a row, and how many of them are not padding.
    width: usize,
    dimensions: usize,
    radius: f64,
}

/// An item that was found, and its product with the vector that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Its place among the points.
    pub at: u32,
    /// The cosine of the angle between them, −1 to 1.
    pub product: f32,
}

impl Near {
    /// How far it is along the chord, 0 to 2.
    pub fn distance(&self) -> f64 {
        (2.0 - 2.0 * f64::from(self.product)).max(0.0).sqrt()
    }
}

impl Points {
    /// All items that the model knows. O(items · factors).
    pub fn of(data: &Dataset, factors: &dyn LatentFactors) -> Self {
        let known = data
            .items()
            .filter_map(|item| Some((item, factors.item(item)?, factors.item_bias(item))));
        let (mut items, mut vectors) = (Vec::new(), Vec::new());
        for (item, mut vector, bias) in known {
            vector.push(bias);
            items.push(item);
            vectors.push(vector);
        }
        Self::on_sphere(items, &vectors)
    }

    /// Vectors of equal length, in the order of their items.
    fn on_sphere(items: Vec<ItemIx>, vectors: &[Vec<f64>]) -> Self {
        let squares = |vector: &[f64]| vector.iter().map(|x| x * x).sum::<f64>();
        let most = vectors.iter().map(|vector| squares(vector)).fold(0.0, f64::max);
        let radius = most.sqrt();
        let dimensions = vectors.first().map_or(0, |vector| vector.len() + 1);
        let width = dimensions.next_multiple_of(LANES);
        let mut numbers = Vec::with_capacity(width * vectors.len());
        // Where all vectors are zero, all are the same point.
        let scale = if radius > 0.0 { 1.0 / radius } else { 0.0 };
        for vector in vectors {
            let added = (1.0 - squares(vector) * scale * scale).max(0.0).sqrt();
            numbers.extend(vector.iter().map(|x| (x * scale) as f32));
            numbers.push(added as f32);
            numbers.resize(numbers.len().next_multiple_of(width), 0.0);
        }
        Self {
            items,
            numbers,
            width,
            dimensions,
            radius,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Coordinates of a point: factors, bias, and the one that was added.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Bytes of one point.
    pub fn bytes_each(&self) -> usize {
        4 * self.width
    }

    /// The item at a place.
    pub fn item(&self, near: Near) -> ItemIx {
        self.items[near.at as usize]
    }

    /// A point's numbers, with the padding.
    fn row(&self, at: usize) -> &[f32] {
        &self.numbers[at * self.width..(at + 1) * self.width]
    }

    /// From where a user with these factors asks. The bias of items counts even where all factors are 0.
    pub fn query(&self, factors: &[f64]) -> Query {
        let length = (1.0 + factors.iter().map(|x| x * x).sum::<f64>()).sqrt();
        let mut numbers: Vec<f32> = factors.iter().map(|x| (x / length) as f32).collect();
        numbers.push((1.0 / length) as f32);
        numbers.resize(self.width, 0.0);
        Query {
            numbers,
            reach: self.radius * length,
        }
    }

    /// The `k` points with the highest products, the highest first, ties in the order of the items: all are looked at.
    /// O(items · factors).
    pub fn exact(&self, query: &Query, k: usize) -> Vec<Near> {
        let rows = self.numbers.chunks_exact(self.width.max(1)).enumerate();
        let all = rows.map(|(at, row)| Near {
            at: at as u32,
            product: product(&query.numbers, row),
        });
        crate::models::first_by(all, k, |a, b| b.product.total_cmp(&a.product).then(a.at.cmp(&b.at)))
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Query {
    numbers: Vec<f32>,
    reach: f64,
}

impl Query {
    /// p·q + b of what was found: the model's score, but for what it adds to all items alike.
    pub fn score(&self, near: Near) -> f64 {
        f64::from(near.product) * self.reach
    }
}

/// Σ a·b, in eight sums that go side by side; rows are padded.
#[inline]
fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    // By halves, as registers add them.
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}
