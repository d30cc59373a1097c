//! The processor cores that a model shares its work among: that of the caller, and one thread for each of the others.
//!
//! The caller works too. Were it to wait, two threads would have to wake, and Linux may put both on one core while the other is idle,
//! for as long as 4 ms: more than a prompt takes.

use std::sync::{Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

pub(crate) struct Cores {
    others: Option<ThreadPool>,
}

impl Cores {
    /// One at least.
    pub(crate) fn new(count: usize) -> Result<Cores, ThreadPoolBuildError> {
        let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build();
        Ok(Cores { others: (count > 1).then(|| pool(count - 1)).transpose()? })
    }

    pub(crate) fn count(&self) -> usize {
        1 + self.others.as_ref().map_or(0, ThreadPool::current_num_threads)
    }

    /// What `work` gives on each core; it is told which, the caller's being 0. A panic on one of them goes on here.
    pub(crate) fn each<T: Send>(&self, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let Some(others) = &self.others else { return vec![work(0)] };
        let done = Mutex::new(Vec::new());
        let keep = |core| {
            let given = work(core);
            done.lock().unwrap_or_else(PoisonError::into_inner).push(given);
        };
        others.in_place_scope(|scope| {
            scope.spawn_broadcast(|_, at| keep(at.index() + 1));
            keep(0);
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_core_works_once_and_a_panic_is_not_lost() {
        for count in 1..4 {
            let cores = Cores::new(count).unwrap();
            let mut gave = cores.each(|core| core);
            gave.sort_unstable();
            assert_eq!(gave, (0..count).collect::<Vec<_>>());
            for bad in 0..count {
                let panics = std::panic::AssertUnwindSafe(|| cores.each(|core| assert!(core != bad)));
                assert!(std::panic::catch_unwind(panics).is_err());
            }
            assert_eq!(cores.each(|_| ()).len(), count);
        }
    }
}
