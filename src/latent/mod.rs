//! What the factors of a model mean, and how far a map of them can be believed: mathematics on points, which knows no
//! screens and no files.
//!
//! - [`principal_plane`], [`tsne`], [`procrustes`], [`trust`], [`nearest`], [`hubness`], [`ruled_plane`]: maps.
//! - [`varimax`], [`probe`], [`name`], [`matched`], [`stability`]: factors.

mod assignment;
mod naming;
mod near;
mod pca;
mod points;
mod probes;
mod procrustes;
mod ruler;
mod stability;
mod svd;
mod trust;
mod tsne;
mod varimax;

pub use assignment::assign;
pub use naming::{LARGEST_Q, LEAST_R, name};
pub use near::{Near, hubness, nearest, nearest_of, nearest_on_plane, overlap};
pub use pca::{Plane, principal_plane};
pub use points::Points;
pub use probes::{Probe, Probed, Trait, correlation, probe};
pub use procrustes::{Aligned, procrustes};
pub use ruler::ruled_plane;
pub use stability::{STABLE, matched, stability};
pub use trust::{Trust, trust};
pub use tsne::{TsneMap, TsneSettings, tsne};
pub use varimax::{Rotation, simplicity, varimax};
