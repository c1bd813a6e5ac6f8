//! Typed questions and typed answers: what a pane shows and what the command line prints, computed in one place.
//!
//! One file an answer: a view (plain data, serialized exactly as the command line's contract says, with no styles and
//! no screen positions) and the function that computes it from a [`World`].

pub mod arithmetic;
pub mod brings;
pub mod cold_start;
pub mod compare;
pub mod contrast;
pub mod counterfactual;
mod edit_script;
mod entity;
pub mod everyone;
pub mod experiment;
pub mod explain;
pub mod factors;
pub mod fragility;
pub mod hybrid;
pub mod info;
#[cfg(test)]
mod latent_tests;
pub mod leaderboard;
pub mod learned;
pub mod ledger;
mod lines;
mod listing;
pub mod map;
pub mod measures;
pub mod models;
mod named;
mod names;
#[cfg(test)]
mod near_tests;
pub mod neighbors;
pub mod new_item;
pub mod newcomer;
pub mod off_policy;
pub mod onboarding;
pub mod pair;
pub mod paper;
pub mod pick;
pub mod pipeline;
pub mod predict;
pub mod profile;
pub mod rank_history;
mod reason;
pub mod recommend;
mod reproduce;
mod resolve;
pub mod results;
pub mod strategies;
pub mod table;
pub mod terms;
#[cfg(test)]
mod tests;
pub mod text;
mod timeline;
pub mod tuning;
pub mod what_if;
#[cfg(test)]
mod what_if_tests;
pub mod why_not;
#[cfg(test)]
mod why_tests;
pub mod work;
mod world;

pub use brings::{BringsQuery, BringsRow, BringsView, Effect};
pub use cold_start::{
    ColdStartArm, ColdStartNext, ColdStartPolicy, ColdStartPosterior, ColdStartPull, ColdStartView, RunState,
};
pub use compare::{CompareAllView, CompareQuery, CompareRow, CompareSide, CompareView, DifferenceRow, Rbo, UserChange};
pub use contrast::{ContrastQuery, ContrastView};
pub use counterfactual::{CounterfactualQuery, CounterfactualView, RatedRow};
pub use edit_script::Mistake;
pub use entity::{Entity, Subject, Whose};
pub use explain::{Check, ExplainQuery, ExplainView, HiddenPart, NeighborRatings, NodeRef, TreeNode};
pub use factors::describe::{DescribeQuery, DescribeView, DescribedFactor, EndRow, PlantedRow, PlantedView, ProbeRow};
pub use factors::{FactorsQuery, FactorsView};
pub use fragility::{FragilityQuery, FragilityView, StandRow, StepRow, SteppedRow};
pub use hybrid::{DialRow, HybridQuery, HybridRow, HybridView, PartRow, SwapRow, Swaps};
pub use info::findings::{Finding, Severity};
pub use info::{FeedbackView, InfoView, MemoryView, Month, PerHead, TookView};
pub use leaderboard::LeaderboardView;
pub use ledger::{LedgerRow, LedgerView};
pub use lines::{Line, Lines, Naming};
pub use listing::{joined, listed, split};
pub use map::compare::{MapCompareView, MovedPoint};
pub use map::{MapPoint, MapQuery, MapView, Projection, Region};
pub use measures::{MeasureRow, MeasuresView};
pub use models::ModelsView;
pub use named::{Bar, Named};
pub use neighbors::{NeighborRow, NeighborsQuery, NeighborsView};
pub use new_item::{NewItem, NewItemModel, NewItemQuery, NewItemView, SlotView};
pub use newcomer::{NewcomerAnswer, NewcomerQuery, NewcomerView, Question};
pub use off_policy::{OffPolicyQuery, OffPolicyView};
pub use onboarding::{OnboardingQuery, OnboardingView};
pub use pair::{CommonLine, PairQuery, PairView, VectorLine};
pub use pick::{PickQuery, PickRow, PickView};
pub use pipeline::retrieval::{RetrievalLab, RetrievalQuery, RetrievalView};
pub use pipeline::{BatchView, FlowRow, FreshRow, Latency, PipelineLab, PipelineQuery, PipelineView, StageDetail};
pub use predict::{PredictQuery, PredictRow, PredictView};
pub use profile::{ProfileLine, ProfileRow, ProfileView};
pub use rank_history::{Entered, RankHistoryQuery, RankHistoryView, RankPoint};
pub use recommend::{Explainer, Moved, RecommendQuery, RecommendRow, RecommendView};
pub use reproduce::{CommandLine, command_line, quoted};
pub use strategies::{StrategiesQuery, StrategiesView, StrategyList};
pub use terms::{Met, TermLine, TermRow, TermsQuery, TermsSum, TermsView};
pub use timeline::{Event, TimelineView};
pub use tuning::{HeatView, SweepView, TriangleView};
pub use what_if::{ChangeRow, NeighborsMoved, WhatIfQuery, WhatIfView};
pub use why_not::{Change, ContrastRow, CutRow, LeverRow, Stage, WhyNotQuery, WhyNotView};
pub use world::{AnswerError, World};
