/// How urgent the work of a thread is. The thread that draws goes first, then answers, and fits take what is left: then a
/// frame is on time however much is being computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// As the program was started.
    #[default]
    Usual,
    /// What somebody waits for, but not for the very next frame.
    Answers,
    Background,
}

impl Priority {
    /// Whether threads have priorities here.
    pub const IS_KNOWN: bool = cfg!(target_os = "linux");

    /// Gives the calling thread this priority, from now on. Only where threads have priorities of their own that anybody
    /// may lower: on Linux. Elsewhere the operating system knows no better than to share evenly.
    pub(crate) fn take(self) {
        #[cfg(target_os = "linux")]
        {
            // Every step of niceness is worth about a quarter of the time where two threads compete for it.
            let nicer = match self {
                Self::Usual => return,
                Self::Answers => 4,
                Self::Background => 15,
            };
            // Where it is refused, all are equal.
            let _ = rustix::process::nice(nicer);
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::task::Pool;

    #[test]
    fn fits_give_way_to_answers_and_answers_to_frames() {
        let niceness = |priority| {
            let pool = Pool::at(priority, "test", 2);
            pool.install(|| rustix::process::getpriority_process(None).unwrap())
        };
        let (usual, answers, background) = (
            niceness(Priority::Usual),
            niceness(Priority::Answers),
            niceness(Priority::Background),
        );
        assert_eq!(usual, rustix::process::getpriority_process(None).unwrap());
        // Nothing is nicer than 19, whatever the tests were started with.
        assert!((usual < answers || usual == 19) && (answers < background || answers == 19));
    }
}
