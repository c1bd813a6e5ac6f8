//! Items packed for many products at once: p·q + b of a tile of profiles with a panel of items, in 32 bits.

use super::shortlist::Shortlist;
use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::wide::{Lanes, Shaped, WIDE, run_shaped, tile as products};
use crate::models::{LatentFactors, Profile};
use crate::task::{Cancel, Cancelled};

/// Items in a panel: what a tile is multiplied with at a time.
const PANEL: usize = 32;

/// Profiles in a tile: 12 × 32 sums fill the registers of 512 bits.
const TILE: usize = 12;

/// Panels between two checks for cancellation.
const PANELS_AT_ONCE: usize = 64;

/// The unit roundoff of 32 bits.
const ROUNDOFF: f64 = f32::EPSILON as f64 / 2.0;

/// The largest size of products that 32 bits are trusted with, and the smallest.
const TRUSTED: std::ops::Range<f64> = 1e-25..1e30;

/// One profile's side of the products.
pub(super) struct Taste<'a> {
    profile: &'a Profile,
    /// p.
    factors: Vec<f64>,
    /// The size of the terms that all its scores share.
    shared: f64,
}

impl<'a> Taste<'a> {
    pub fn of(factors: &dyn LatentFactors, profile: &'a Profile) -> Self {
        Self {
            factors: factors.profile(profile),
            shared: factors.mean().abs() + factors.profile_bias(profile).abs(),
            profile,
        }
    }

    fn norm(&self) -> f64 {
        norm(&self.factors)
    }
}

fn norm(factors: &[f64]) -> f64 {
    factors.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The most that the items of a panel can score: norm·|p| + bias.
#[derive(Clone, Copy)]
struct Reach {
    norm: f32,
    bias: f32,
}

/// All items that have factors, those that may score high first, in panels: factor by factor, the items side by side, and
/// their biases as one factor more.
pub(super) struct Products {
    n_factors: usize,
    is_biased: bool,
    /// By place; the last panel is filled up with nothing.
    items: Vec<ItemIx>,
    panels: Vec<[f32; PANEL]>,
    reach: Vec<Reach>,
    /// The largest norm and bias of an item.
    largest: (f64, f64),
}

impl Products {
    pub fn of(factors: &dyn LatentFactors, data: &Dataset, cancel: &Cancel) -> Result<Self, Cancelled> {
        let n_factors = factors.n_factors();
        let typical = typical_norm(factors, data);
        let mut items = Vec::new();
        for (at, item) in data.items().enumerate() {
            if at % 1024 == 0 {
                cancel.check()?;
            }
            if let Some(own) = factors.item(item) {
                items.push((item, norm(&own), factors.item_bias(item)));
            }
        }
        let most = |(_, norm, bias): &(ItemIx, f64, f64)| typical * norm + bias;
        items.sort_by(|a, b| most(b).total_cmp(&most(a)).then(a.0.cmp(&b.0)));
        let is_biased = items.iter().any(|item| item.2 != 0.0);
        let depth = n_factors + usize::from(is_biased);
        let mut packed = Self {
            n_factors,
            is_biased,
            panels: Vec::with_capacity(items.len().div_ceil(PANEL) * depth),
            reach: Vec::with_capacity(items.len().div_ceil(PANEL)),
            largest: items.iter().fold((0.0, 0.0), |(norm, bias): (f64, f64), item| {
                (norm.max(item.1), bias.max(item.2.abs()))
            }),
            items: items.iter().map(|item| item.0).collect(),
        };
        for panel in items.chunks(PANEL) {
            cancel.check()?;
            let mut rows = vec![[0.0f32; PANEL]; depth];
            for (at, (item, _, bias)) in panel.iter().enumerate() {
                let own = factors.item(*item).unwrap_or_default();
                for (row, x) in rows.iter_mut().zip(own.iter().chain(is_biased.then_some(bias))) {
                    row[at] = *x as f32;
                }
            }
            packed.panels.extend(rows);
            let most = |of: fn(&(ItemIx, f64, f64)) -> f64| panel.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
            packed.reach.push(Reach {
                norm: (most(|item| item.1) as f32).next_up(),
                bias: (most(|item| item.2) as f32).next_up(),
            });
        }
        Ok(packed)
    }

    /// Whether lists of `n` are short enough for candidates to be few.
    pub fn is_worth(&self, n: usize) -> bool {
        n > 0 && n < self.items.len() / 4
    }

    fn depth(&self) -> usize {
        self.n_factors + usize::from(self.is_biased)
    }

    /// How far a score in 32 bits may be from the served one: rounding of the factors, of every product and every sum, and
    /// what 64 bits round.
    fn margin(&self, taste: &Taste<'_>) -> Option<f64> {
        let (largest, bias) = self.largest;
        let size = taste.norm() * largest + bias;
        let is_sound = TRUSTED.contains(&size) && taste.norm() < TRUSTED.end && largest < TRUSTED.end;
        let single = 1.01 * (self.depth() + 4) as f64 * ROUNDOFF * size;
        is_sound.then_some(single + 2e-12 * (size + taste.shared))
    }

    /// For each taste all items that may be among its `n` best unrated ones; `None` where too many are alike.
    pub fn shortlists(
        &self,
        tastes: &[Taste<'_>],
        n: usize,
        cancel: &Cancel,
    ) -> Result<Vec<Option<Vec<ItemIx>>>, Cancelled> {
        let mut tiles: Vec<Tile<'_>> = tastes.chunks(TILE).map(|tastes| Tile::of(self, tastes, n)).collect();
        let depth = self.depth();
        let panels = self.panels.chunks(PANELS_AT_ONCE * depth.max(1));
        let blocks = panels
            .zip(self.reach.chunks(PANELS_AT_ONCE))
            .zip(self.items.chunks(PANELS_AT_ONCE * PANEL));
        for ((panels, reach), items) in blocks {
            cancel.check()?;
            run_shaped(Sweep {
                depth,
                panels,
                reach,
                items,
                tiles: &mut tiles,
            });
        }
        Ok(tiles
            .into_iter()
            .flat_map(|tile| tile.lists)
            .map(Shortlist::finish)
            .collect())
    }
}

/// The mean norm of some users, by which items are ordered before it is known whom they are for.
fn typical_norm(factors: &dyn LatentFactors, data: &Dataset) -> f64 {
    let step = data.n_users().div_ceil(64).max(1);
    let some = (0..data.n_users())
        .step_by(step)
        .filter_map(|user| factors.user(UserIx(user as u32)));
    let norms: Vec<f64> = some.map(|own| norm(&own)).collect();
    let mean = norms.iter().sum::<f64>() / norms.len().max(1) as f64;
    if mean > 0.0 { mean } else { 1.0 }
}

/// Some profiles side by side, and what is known of each.
struct Tile<'a> {
    /// Factor by factor.
    rows: Vec<[f32; TILE]>,
    /// |p|, rounded up.
    norms: [f32; TILE],
    /// What each list takes no longer: in 32 bits, and in truth.
    floors: [f32; TILE],
    lows: [f32; TILE],
    lists: Vec<Shortlist<'a>>,
}

impl<'a> Tile<'a> {
    fn of(products: &Products, tastes: &[Taste<'a>], n: usize) -> Self {
        let mut tile = Self {
            rows: vec![[0.0; TILE]; products.depth()],
            norms: [0.0; TILE],
            floors: [f32::INFINITY; TILE],
            lows: [f32::INFINITY; TILE],
            lists: Vec::with_capacity(tastes.len()),
        };
        for (at, taste) in tastes.iter().enumerate() {
            let numbers = taste.factors.iter().chain(products.is_biased.then_some(&1.0));
            let margin = products.margin(taste);
            if margin.is_some() {
                tile.rows
                    .iter_mut()
                    .zip(numbers)
                    .for_each(|(row, x)| row[at] = *x as f32);
            }
            tile.norms[at] = (taste.norm() * (1.0 + 1e-5)) as f32;
            tile.lists.push(margin.map_or_else(
                || Shortlist::closed(taste.profile),
                |margin| Shortlist::new(taste.profile, n, margin),
            ));
            tile.refresh(at);
        }
        tile
    }

    fn refresh(&mut self, at: usize) {
        (self.floors[at], self.lows[at]) = (self.lists[at].floor(), self.lists[at].low());
    }

    /// Whether somebody may want something of a panel.
    #[inline(always)]
    fn may_want(&self, reach: Reach) -> bool {
        let mut any = false;
        for at in 0..TILE {
            any |= self.norms[at] * reach.norm + reach.bias >= self.lows[at];
        }
        any
    }

    /// Offers what is not below the floor.
    fn offer(&mut self, at: usize, scores: &[f32], items: &[ItemIx]) {
        for (score, item) in scores.iter().zip(items) {
            if *score >= self.floors[at] {
                self.lists[at].offer(*score, *item);
                self.refresh(at);
            }
        }
    }
}

/// Some panels against all tiles.
struct Sweep<'a, 'b> {
    depth: usize,
    panels: &'a [[f32; PANEL]],
    reach: &'a [Reach],
    items: &'a [ItemIx],
    tiles: &'a mut [Tile<'b>],
}

impl Shaped for Sweep<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes<f32> + Lanes<f64>>(self, lanes: S) {
        let panels = self.panels.chunks_exact(self.depth.max(1));
        for ((panel, reach), items) in panels.zip(self.reach).zip(self.items.chunks(PANEL)) {
            for tile in self.tiles.iter_mut().filter(|tile| tile.may_want(*reach)) {
                // As many sums at a time as there are registers.
                if <S as Lanes<f32>>::ROWS >= 32 {
                    multiply::<S, TILE, 2>(lanes, tile, (panel, 0), 0, items);
                } else {
                    for (row, column) in [(0, 0), (0, WIDE), (6, 0), (6, WIDE)] {
                        multiply::<S, 6, 1>(lanes, tile, (panel, column), row, items);
                    }
                }
            }
        }
    }
}

/// The products of `ROWS` profiles from `row` on with `ACROSS` register rows of items from `column` on, and what becomes of
/// them.
#[inline(always)]
fn multiply<S: Lanes<f32>, const ROWS: usize, const ACROSS: usize>(
    lanes: S,
    tile: &mut Tile<'_>,
    (panel, column): (&[[f32; PANEL]], usize),
    row: usize,
    items: &[ItemIx],
) {
    let (mut scores, mut found) = ([[0.0; PANEL]; ROWS], [false; ROWS]);
    let floors = tile.floors;
    products::<S, ROWS, ACROSS, true, TILE, PANEL>(lanes, (&tile.rows, row), (panel, column), |r, sums| {
        let floor = lanes.splat(floors[row + r]);
        for (c, sums) in sums.into_iter().enumerate() {
            found[r] |= lanes.any_reaches(sums, floor);
            lanes.store(sums, &mut scores[r][c * WIDE..]);
        }
    });
    for (r, scores) in scores.iter().enumerate().filter(|(r, _)| found[*r]) {
        tile.offer(
            row + r,
            &scores[..ACROSS * WIDE],
            items.get(column..).unwrap_or_default(),
        );
    }
}
