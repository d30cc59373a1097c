//! The model on the processor: batches of windows over its cores.

use std::sync::atomic::{AtomicUsize, Ordering};

use deid::{Cancel, RecognizeError};
use rayon::ThreadPool;

use crate::bert::Bert;
use crate::cores::Cores;
use crate::int8::Int8Bert;
use crate::sequence::{Output, Sequence};

/// Windows that go through a core together in floats, and tokens in integers: fewer leave its units idle, more do not fit its cache.
const WINDOWS: usize = 8;
const TOKENS: usize = 128;

pub(crate) enum Processor {
    Int8(Box<Int8Bert>, Cores),
    Floats(Box<Bert>, ThreadPool),
}

impl Processor {
    /// Cores that are free take the next batch. What is left at the end for fewer batches than cores, the cores compute together.
    pub(crate) fn forward(&self, sequences: &[(&Sequence, usize)], cancel: &Cancel) -> Result<Vec<(usize, Output)>, RecognizeError> {
        let batches = self.batches(sequences);
        let (apart, together) = batches.split_at(batches.len() - batches.len() % self.cores());
        let next = AtomicUsize::new(0);
        let compute = |batch: &[(&Sequence, usize)], together: bool| -> Result<Vec<(usize, Output)>, RecognizeError> {
            cancel.check()?;
            let of: Vec<&Sequence> = batch.iter().map(|(sequence, _)| *sequence).collect();
            let outputs = match self {
                Processor::Int8(bert, cores) => bert.forward(&of, together.then_some(cores), cancel)?,
                Processor::Floats(bert, _) => bert.forward(&of, cancel)?,
            };
            Ok(batch.iter().map(|(_, number)| *number).zip(outputs).collect())
        };
        let work = || {
            let taken = std::iter::from_fn(|| apart.get(next.fetch_add(1, Ordering::Relaxed)));
            taken.map(|batch| compute(batch, false)).collect::<Result<Vec<_>, _>>()
        };
        let mut done = Vec::new();
        if !apart.is_empty() {
            let of_cores = match self {
                Processor::Int8(_, cores) => cores.each(|_| work()),
                Processor::Floats(_, pool) => pool.broadcast(|_| work()),
            };
            for of_core in of_cores {
                done.extend(of_core?);
            }
        }
        for batch in together {
            done.push(match self {
                Processor::Int8(..) => compute(batch, true)?,
                Processor::Floats(_, pool) => pool.install(|| compute(batch, true))?,
            });
        }
        Ok(done.into_iter().flatten().collect())
    }

    fn cores(&self) -> usize {
        match self {
            Processor::Int8(_, cores) => cores.count(),
            Processor::Floats(_, pool) => pool.current_num_threads(),
        }
    }

    /// Neighbours of about the same length in batches, but no core is left without.
    fn batches<'a, 'b>(&self, sequences: &'a [(&'b Sequence, usize)]) -> Vec<&'a [(&'b Sequence, usize)]> {
        let share = |total: usize| total.div_ceil(self.cores());
        if let Processor::Floats(..) = self {
            return sequences.chunks(share(sequences.len()).clamp(1, WINDOWS)).collect();
        }
        let most = share(sequences.iter().map(|(s, _)| s.len()).sum()).min(TOKENS);
        let mut tokens = 0;
        let mut batch = 0;
        let numbered: Vec<usize> = sequences
            .iter()
            .map(|(sequence, _)| {
                tokens += sequence.len();
                if tokens > most {
                    (tokens, batch) = (sequence.len(), batch + 1);
                }
                batch
            })
            .collect();
        let mut rest = sequences;
        let lengths = numbered.chunk_by(|a, b| a == b).map(<[usize]>::len);
        lengths.map(|n| rest.split_off(..n).unwrap_or(&[])).collect()
    }
}
