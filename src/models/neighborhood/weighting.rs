use std::sync::Arc;

use crate::data::Dataset;
use crate::models::{Parameter, Params, Range};

/// How ratings are weighted before items are compared, so that users with many ratings count for less, and further
/// ratings of an item add less and less.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Weighting {
    /// √r · idf_u.
    TfIdf,
    /// r·(k1 + 1) / (r + k1·(1 − b + b·l_i/l)) · idf_u; l_i the sum of the item's ratings, l the mean of that.
    Bm25 { k1: f64, b: f64 },
}

pub(super) const WEIGHTING: Parameter = Parameter {
    name: "weighting",
    range: Range::Choice(&["none", "tfidf", "bm25"]),
    default: "none",
    doc: "how ratings count when items are compared: none as they are; tfidf √r·idf, idf = ln(items / (1 + ratings of the \
          user)); bm25 the same with r saturated and items with many ratings damped",
};
pub(super) const K1: Parameter = Parameter {
    name: "k1",
    range: Range::Real(0.0, 1e9),
    default: "1.2",
    doc: "weighting=bm25: how slowly high ratings saturate",
};
pub(super) const B: Parameter = Parameter {
    name: "b",
    range: Range::Real(0.0, 1.0),
    default: "0.75",
    doc: "weighting=bm25: how strongly items with many ratings are damped, 0 to 1",
};

impl Weighting {
    /// From the parameters; `None` leaves ratings as they are.
    pub fn of(params: &Params) -> Option<Self> {
        match params.word(WEIGHTING.name) {
            "tfidf" => Some(Self::TfIdf),
            "bm25" => Some(Self::Bm25 {
                k1: params.real(K1.name),
                b: params.real(B.name),
            }),
            _ => None,
        }
    }

    /// The dataset with weighted ratings; a rating of 0 or below weighs 0. As in implicit (B. Frederickson), where
    /// items are the documents and users the words. O(ratings).
    pub fn of_ratings(self, data: &Dataset) -> Arc<Dataset> {
        let n_items = data.n_items() as f64;
        let idf: Vec<f64> = data
            .users()
            .map(|u| (n_items / (1.0 + data.user_row(u).len() as f64)).ln())
            .collect();
        let lengths: Vec<f64> = data
            .items()
            .map(|i| data.item_row(i).iter().map(|(_, r)| r).sum())
            .collect();
        let mean_length = lengths.iter().sum::<f64>() / n_items.max(1.0);
        Arc::new(data.with_values(|user, item, rating| {
            let rating = rating.max(0.0);
            let tf = match self {
                Self::TfIdf => rating.sqrt(),
                Self::Bm25 { k1, b } => {
                    let relative_length = if mean_length > 0.0 {
                        lengths[item.at()] / mean_length
                    } else {
                        0.0
                    };
                    let denom = rating + k1 * (1.0 - b + b * relative_length.max(0.0));
                    if denom > 0.0 { rating * (k1 + 1.0) / denom } else { 0.0 }
                }
            };
            tf * idf[user.at()]
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{ItemIx, UserIx};
    use crate::models::tests_common::{check_serving, dataset, fit, serve_user};

    fn data() -> Arc<Dataset> {
        dataset(
            &[
                (0, 0, 4.0),
                (0, 1, 1.0),
                (1, 1, 2.0),
                (1, 2, 4.0),
                (2, 3, 3.0),
                (2, 0, 2.0),
                (2, 1, 5.0),
            ],
            6,
        )
    }

    #[test]
    fn weights_by_hand() {
        let data = data();
        let idf = [(6.0f64 / 3.0).ln(), (6.0f64 / 3.0).ln(), (6.0f64 / 4.0).ln()];
        let tfidf = Weighting::TfIdf.of_ratings(&data);
        assert_eq!(tfidf.rating(UserIx(0), ItemIx(0)), Some(2.0 * idf[0]));
        assert_eq!(tfidf.item_row(ItemIx(3)).get(2), Some(3f64.sqrt() * idf[2]));
        // Item sums 6, 8, 4, 3 of 6 items: mean 3.5. 2·2.2 / (2 + 1.2·(.25 + .75·8/3.5)).
        let bm25 = Weighting::Bm25 { k1: 1.2, b: 0.75 }.of_ratings(&data);
        let expected = 2.0 * 2.2 / (2.0 + 1.2 * (0.25 + 0.75 * 8.0 / 3.5)) * idf[1];
        let found = bm25.rating(UserIx(1), ItemIx(1)).unwrap();
        assert!((found - expected).abs() < 1e-15, "{found} {expected}");
    }

    #[test]
    fn items_are_compared_by_weighted_ratings() {
        let data = data();
        for settings in [
            "weighting=tfidf",
            "weighting=bm25,k1=100,b=0.8",
            "weighting=bm25,similarity=jaccard,k=2",
        ] {
            let model = fit("item-knn", settings, &data).unwrap();
            for user in 0..3 {
                check_serving(&serve_user(&model, &data, user), 6);
            }
        }
        // The cosine of items 0 and 3, which user 2 alone rated both: s = x_20·x_23 / (|x_0|·|x_3|); the rating is used
        // as it is.
        let model = fit("item-knn", "weighting=tfidf", &data).unwrap();
        let (a, b) = (4f64.sqrt() * 2f64.ln(), 2f64.sqrt() * 1.5f64.ln());
        let similarity = b / (a * a + b * b).sqrt();
        let score = serve_user(&model, &data, 0).score(ItemIx(3)).unwrap();
        let other = {
            let (x0, x1, x2) = (2f64.ln(), 2f64.sqrt() * 2f64.ln(), 5f64.sqrt() * 1.5f64.ln());
            x2 / (x0 * x0 + x1 * x1 + x2 * x2).sqrt()
        };
        assert!((score - (4.0 * similarity + other)).abs() < 1e-12, "{score}");
        assert!(fit("item-knn", "weighting=bm25,similarity=pearson-baseline", &data).is_err());
    }
}
