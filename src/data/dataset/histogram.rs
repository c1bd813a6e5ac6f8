//! The values as a histogram.

use super::Dataset;
use crate::data::{FeedbackKind, Histogram, Scale};

impl Dataset {
    /// The values by their counts: each by itself where there are at most 20, else in bins.
    pub fn histogram(&self) -> Histogram {
        if !self.counts.is_empty() && self.counts.len() <= 20 {
            let counts = self.counts.iter().copied();
            return Histogram::Values(self.table.iter().copied().zip(counts).collect());
        }
        let Scale { min, max, .. } = self.scale;
        if self.feedback.kind == FeedbackKind::Counts {
            let edges = self.logarithmic_edges();
            let mut bins: Vec<(f64, f64, u64)> = edges.windows(2).map(|e| (e[0], e[1], 0)).collect();
            let last = bins.len() - 1;
            for k in 0..self.n_ratings() {
                let value = self.by_user.values.get(k, &self.table);
                bins[edges[1..].partition_point(|edge| *edge <= value).min(last)].2 += 1;
            }
            return Histogram::Bins(bins);
        }
        let edge = |b: usize| {
            if b == 20 {
                max
            } else {
                min + (max - min) * b as f64 / 20.0
            }
        };
        let mut bins: Vec<(f64, f64, u64)> = (0..20).map(|b| (edge(b), edge(b + 1), 0)).collect();
        for k in 0..self.n_ratings() {
            let share = (self.by_user.values.get(k, &self.table) - min) / (max - min) * 20.0;
            bins[(share as usize).min(19)].2 += 1;
        }
        Histogram::Bins(bins)
    }

    /// Round borders between the least and the largest value, three, two or one a decade, so that there are about twenty
    /// at most: 1, 2, 5, 10, … What is not above zero comes before the first of them.
    fn logarithmic_edges(&self) -> Vec<f64> {
        let Scale { min, max, .. } = self.scale;
        let values = (0..self.n_ratings()).map(|k| self.by_user.values.get(k, &self.table));
        let least = values.filter(|v| *v > 0.0).fold(max, f64::min).max(f64::MIN_POSITIVE);
        let decades = (least.log10().floor() as i32)..=(max.max(least).log10().floor() as i32);
        let digits: &[f64] = match decades.clone().count() {
            0..=6 => &[1.0, 2.0, 5.0],
            7..=10 => &[1.0, 3.0],
            _ => &[1.0],
        };
        let borders = decades.flat_map(|decade| digits.iter().map(move |digit| digit * 10f64.powi(decade)));
        let inside = borders.filter(|edge| *edge > min && *edge < max);
        std::iter::once(min).chain(inside).chain([max]).collect()
    }
}
