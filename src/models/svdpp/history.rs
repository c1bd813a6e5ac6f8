//! Folds in a profile from its items (implicit) and its ratings (explicit).

use crate::data::ItemIx;
use crate::models::latent::{FoldIn, Folded, Learned, Ridge, dot};
use crate::task::{Cancel, Cancelled};

/// Folds in a history: z = Σ y_j / √n from the items alone, then the bias and p by ridge regression on the residuals
/// r − μ − b_i − q_i·z.
pub(super) struct History(pub Ridge);

impl FoldIn for History {
    fn fold(&self, learned: &Learned, ratings: &[(ItemIx, f64)], cancel: &Cancel) -> Result<Folded, Cancelled> {
        let scale = (ratings.len().max(1) as f64).sqrt().recip();
        let mut implicit_rows = Vec::with_capacity(ratings.len() * learned.n_factors());
        match &learned.implicit {
            Some(implicit) => ratings
                .iter()
                .for_each(|(item, _)| implicit.push_row(item.at(), &mut implicit_rows)),
            None => implicit_rows.resize(ratings.len() * learned.n_factors(), 0.0),
        }
        for y in &mut implicit_rows {
            *y *= scale;
        }
        let mut sum = vec![0.0; learned.n_factors()];
        for row in implicit_rows.chunks_exact(learned.n_factors()) {
            sum.iter_mut().zip(row).for_each(|(z, y)| *z += y);
        }
        let residual = |&(item, rating): &(ItemIx, f64)| (item, rating - learned.items.dot(item.at(), &sum));
        let residuals: Vec<(ItemIx, f64)> = ratings.iter().map(residual).collect();
        let rated = self.0.fold(learned, &residuals, cancel)?;
        let factors = rated.taste.factors.iter().zip(&sum).map(|(p, z)| p + z).collect();
        Ok(Folded::new(factors, rated.taste.bias, move |q| {
            let shares = rated.shares(q).into_iter().zip(implicit_rows.chunks_exact(q.len()));
            shares.map(|(share, row)| share + dot(q, row)).collect()
        }))
    }
}
