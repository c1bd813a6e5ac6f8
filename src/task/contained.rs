use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread is an answer.
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs what a library is not sure to survive, on damaged input for one. `None` where it panicked; nothing is printed of that.
///
/// From the first call on the hook for panics is one that is silent here, and else does what the one before it did.
pub fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !is_contained() {
                before(panic);
            }
        }));
    });
    let outer = CONTAINED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(outer);
    result.ok()
}

/// Whether this thread runs something within [`contained`]: for other hooks, which then have nothing to say.
pub fn is_contained() -> bool {
    CONTAINED.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_within_is_no_result_and_one_behind_is_a_panic() {
        assert_eq!(contained(|| 5), Some(5));
        assert_eq!(contained(|| contained(|| -> u32 { panic!("within") })), Some(None));
        let inner = contained(|| {
            let none: Option<u32> = contained(|| panic!("further within"));
            (none, is_contained())
        });
        assert_eq!(inner, Some((None, true)));
        assert!(!is_contained());
    }
}
