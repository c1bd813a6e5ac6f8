use std::sync::Arc;

use super::moment::Moment;
use super::piecewise::Piecewise;
use super::segments::Segments;
use super::walk::Walk;
use crate::bandit::arm::Arm;
use crate::bandit::policy::{NO_CONTEXT, Stream};

/// How rates change from pull to pull. Every policy of a run sees the same changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Course {
    Piecewise(Piecewise),
    Walk(Walk),
    Segments(Segments),
}

impl Course {
    /// How many numbers a context has.
    fn features(&self) -> usize {
        match self {
            Self::Segments(segments) => segments.len(),
            Self::Piecewise(_) | Self::Walk(_) => NO_CONTEXT.len(),
        }
    }

    /// Makes of the moment of the pull before that of pull number `t` (the first is 0).
    pub(in crate::bandit) fn turn(&self, t: u64, now: &mut Moment, stream: &mut Stream) {
        match self {
            Self::Piecewise(piecewise) => piecewise.turn(t, now),
            Self::Walk(walk) => walk.turn(t, now, stream),
            Self::Segments(segments) => segments.turn(now, stream),
        }
    }
}

/// Arms, how their rates change, and when outcomes are known.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    pub arms: Arc<[Arm]>,
    /// None where rates stay as they are.
    pub course: Option<Course>,
    /// The outcome of a pull is known before the pull that comes this many pulls after the next; 0 is at once.
    pub delay: u64,
}

impl World {
    pub(in crate::bandit) fn features(&self) -> usize {
        self.course.as_ref().map_or(NO_CONTEXT.len(), Course::features)
    }

    /// Before the first pull.
    pub(in crate::bandit) fn begin(&self, stream: &mut Stream) -> Moment {
        let mut now = Moment {
            means: self.arms.iter().map(|arm| arm.mean).collect(),
            context: NO_CONTEXT.to_vec(),
        };
        if let Some(course) = &self.course {
            course.turn(0, &mut now, stream);
        }
        now
    }
}

impl From<&[Arm]> for World {
    /// A world where nothing changes.
    fn from(arms: &[Arm]) -> Self {
        Self {
            arms: arms.into(),
            course: None,
            delay: 0,
        }
    }
}

impl From<&Vec<Arm>> for World {
    fn from(arms: &Vec<Arm>) -> Self {
        arms.as_slice().into()
    }
}

impl From<&World> for World {
    fn from(world: &World) -> Self {
        world.clone()
    }
}
