use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::Priority;

/// A thread pool of our own, so that fitting never takes the threads that browsing needs. Cloning shares the pool.
///
/// The default pool runs everything on the calling thread.
#[derive(Clone, Default)]
pub struct Pool {
    threads: Option<Arc<rayon::ThreadPool>>,
}

impl Pool {
    /// A pool of `threads` threads named after `name`; one thread means the calling thread itself.
    ///
    /// Falls back to the calling thread where the operating system refuses new threads.
    pub fn new(name: &'static str, threads: usize) -> Self {
        Self::at(Priority::Usual, name, threads)
    }

    /// As [`Pool::new`], its threads at this priority. One thread, the calling one, keeps its own.
    pub fn at(priority: Priority, name: &'static str, threads: usize) -> Self {
        if threads <= 1 {
            return Self::default();
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |i| format!("{name}-{i}"))
            .start_handler(move |_| priority.take())
            .build();
        Self {
            threads: pool.ok().map(Arc::new),
        }
    }

    pub fn threads(&self) -> usize {
        self.threads.as_ref().map_or(1, |p| p.current_num_threads())
    }

    /// Computes `work(i)` for every `i` in `0..n` and returns the results in that order, whatever the number of threads.
    pub fn map<T: Send>(&self, n: usize, work: impl Fn(usize) -> T + Send + Sync) -> Vec<T> {
        use rayon::prelude::*;
        match &self.threads {
            Some(pool) if n > 1 => pool.install(|| (0..n).into_par_iter().map(work).collect()),
            _ => (0..n).map(work).collect(),
        }
    }

    /// As [`Pool::map`], but stops at the first error (cancellation above all).
    pub fn try_map<T: Send, E: Send>(
        &self,
        n: usize,
        work: impl Fn(usize) -> Result<T, E> + Send + Sync,
    ) -> Result<Vec<T>, E> {
        self.try_map_each((0..n).collect(), work)
    }

    /// Hands each of `parts` to `work` and stops at the first error (cancellation above all): for work that writes into
    /// disjoint pieces of something.
    ///
    /// # Errors
    /// An error of `work`: which one, where there are several, is not said.
    pub fn try_each<T: Send, E: Send>(
        &self,
        parts: Vec<T>,
        work: impl Fn(T) -> Result<(), E> + Send + Sync,
    ) -> Result<(), E> {
        use rayon::prelude::*;
        match &self.threads {
            Some(pool) if parts.len() > 1 => pool.install(|| parts.into_par_iter().try_for_each(work)),
            _ => parts.into_iter().try_for_each(work),
        }
    }

    /// Does two things, at once where there are threads for it.
    pub fn join<A: Send, B: Send>(&self, one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
        match &self.threads {
            Some(pool) => pool.install(|| rayon::join(one, other)),
            None => (one(), other()),
        }
    }

    /// As [`Pool::try_map`], over things that are handed out one each, such as pieces of an array to be changed in place.
    pub fn try_map_each<I: Send, T: Send, E: Send>(
        &self,
        things: Vec<I>,
        work: impl Fn(I) -> Result<T, E> + Send + Sync,
    ) -> Result<Vec<T>, E> {
        use rayon::prelude::*;
        match &self.threads {
            Some(pool) if things.len() > 1 => pool.install(|| things.into_par_iter().map(work).collect()),
            _ => things.into_iter().map(work).collect(),
        }
    }

    /// As [`Pool::try_map`], for pieces of very different length: whichever thread is free takes the next one, in their order.
    pub fn try_map_long<T: Send, E: Send>(
        &self,
        n: usize,
        work: impl Fn(usize) -> Result<T, E> + Send + Sync,
    ) -> Result<Vec<T>, E> {
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let take = |_| -> Result<Vec<(usize, T)>, E> {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= n || failed.load(Ordering::Relaxed) {
                    return Ok(done);
                }
                match work(at) {
                    Ok(value) => done.push((at, value)),
                    Err(error) => {
                        failed.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
        };
        let mut done = Vec::with_capacity(n);
        for part in self.map(self.threads().min(n), take) {
            done.extend(part?);
        }
        done.sort_unstable_by_key(|(at, _)| *at);
        Ok(done.into_iter().map(|(_, value)| value).collect())
    }

    /// Runs `work` inside the pool, so that any `rayon` call in it uses these threads.
    pub fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.threads {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pool({} threads)", self.threads())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        let one: Vec<usize> = Pool::default().map(1000, |i| i * i);
        assert_eq!(one, Pool::new("test", 4).map(1000, |i| i * i));
        let err: Result<Vec<usize>, usize> = Pool::new("test", 3).try_map(10, |i| if i == 7 { Err(i) } else { Ok(i) });
        assert_eq!(err, Err(7));
        for threads in [1, 3] {
            let pool = Pool::new("test", threads);
            let long: Result<Vec<usize>, usize> = pool.try_map_long(50, |i| Ok(i * i));
            assert_eq!(long.unwrap(), one[..50]);
            let failed: Result<Vec<usize>, usize> = pool.try_map_long(50, |i| if i == 7 { Err(i) } else { Ok(i) });
            assert_eq!(failed, Err(7));
            assert_eq!(pool.try_map_long(0, Ok::<usize, usize>), Ok(Vec::new()));
        }
        let mut squares = vec![0; 100];
        let parts: Vec<(usize, &mut usize)> = squares.iter_mut().enumerate().collect();
        let done: Result<(), ()> = Pool::new("test", 3).try_each(parts, |(i, square)| {
            *square = i * i;
            Ok(())
        });
        assert_eq!((done, squares[99]), (Ok(()), 9801));
        assert_eq!(Pool::new("test", 2).join(|| 1, || "two"), (1, "two"));
        assert_eq!(Pool::default().join(|| 1, || "two"), (1, "two"));
        for threads in [1, 3] {
            let mut numbers = [1, 2, 3, 4, 5];
            let pieces: Vec<&mut [i32]> = numbers.chunks_mut(2).collect();
            let sums: Result<Vec<i32>, ()> = Pool::new("test", threads).try_map_each(pieces, |piece| {
                for x in piece.iter_mut() {
                    *x *= 10;
                }
                Ok(piece.iter().sum())
            });
            assert_eq!(sums, Ok(vec![30, 70, 50]));
            assert_eq!(numbers, [10, 20, 30, 40, 50]);
        }
    }
}
