//! A GPU that all callers share: windows that wait at the same time go through it together, whichever records they are of. A record
//! alone leaves nine tenths of a GPU idle.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use deid::{Cancel, RecognizeError};

use crate::bert::Bert;
use crate::sequence::{Output, Sequence};

/// Windows that go through together at most: some 25 ms of an H200 (112 of them at 619 pages a second), and who cancels waits for one turn.
const WINDOWS: usize = 128;

type Answer = Arc<OnceLock<Result<Output, String>>>;

pub(crate) struct Shared {
    bert: Mutex<Bert>,
    waiting: Mutex<VecDeque<(Sequence, Answer)>>,
}

impl Shared {
    pub(crate) fn new(bert: Bert) -> Shared {
        Shared { bert: Mutex::new(bert), waiting: Mutex::default() }
    }

    /// One output for each sequence. Who finds the GPU free takes what waits, others' too; who does not finds its own done after that,
    /// or takes the next turn.
    pub(crate) fn forward(&self, sequences: &[&Sequence], cancel: &Cancel) -> Result<Vec<Output>, RecognizeError> {
        let answers: Vec<Answer> = sequences.iter().map(|_| Answer::default()).collect();
        locked(&self.waiting).extend(sequences.iter().map(|s| (*s).clone()).zip(answers.iter().cloned()));
        answers.iter().map(|answer| self.answer(answer, cancel)).collect()
    }

    fn answer(&self, answer: &Answer, cancel: &Cancel) -> Result<Output, RecognizeError> {
        loop {
            if let Some(done) = answer.get() {
                return done.clone().map_err(RecognizeError::Inference);
            }
            cancel.check()?;
            let bert = locked(&self.bert);
            if answer.get().is_none() && !self.turn(&bert) {
                return Err(RecognizeError::Inference("a window was lost".into()));
            }
        }
    }

    /// Computes what waits, if anything does and somebody still wants it.
    fn turn(&self, bert: &Bert) -> bool {
        let taken: Vec<(Sequence, Answer)> = {
            let mut waiting = locked(&self.waiting);
            waiting.retain(|(_, answer)| Arc::strong_count(answer) > 1);
            let count = waiting.len().min(WINDOWS);
            waiting.drain(..count).collect()
        };
        let sequences: Vec<&Sequence> = taken.iter().map(|(sequence, _)| sequence).collect();
        // One caller's cancelling is not the others'; a turn takes milliseconds.
        let outputs = if sequences.is_empty() { Ok(Vec::new()) } else { bert.forward(&sequences, &Cancel::default()) };
        match outputs {
            Ok(outputs) => taken.iter().zip(outputs).for_each(|((_, answer), output)| drop(answer.set(Ok(output)))),
            Err(e) => taken.iter().for_each(|(_, answer)| drop(answer.set(Err(e.to_string())))),
        }
        !taken.is_empty()
    }
}

/// A panic loses the windows of its turn, and their callers are told; the rest is whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
