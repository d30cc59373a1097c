//! Where the model runs: CUDA or Metal where built in and working, else the processor.

use std::sync::OnceLock;

use candle_core::Device;
use deid::RecognizeError;

use crate::ModelError;

/// The best device that answers. A device that fails is no error: the processor does the same work.
pub(crate) fn best() -> Device {
    #[cfg(feature = "cuda")]
    if let Ok(device) = Device::new_cuda(0) {
        return device;
    }
    #[cfg(feature = "metal")]
    if let Ok(device) = Device::new_metal(0) {
        return device;
    }
    Device::Cpu
}

/// The name that the app and the audit log show.
pub(crate) fn name(device: &Device) -> &'static str {
    match device {
        Device::Cpu => "cpu",
        Device::Cuda(_) => "cuda",
        Device::Metal(_) => "metal",
    }
}

/// The same model on the processor, for when the GPU fails; loaded when it first does, and asked ever after.
pub(crate) struct Spare<M> {
    load: Box<dyn Fn() -> Result<M, ModelError> + Send + Sync>,
    loaded: OnceLock<Result<Box<M>, ModelError>>,
}

impl<M> Spare<M> {
    pub(crate) fn new(load: impl Fn() -> Result<M, ModelError> + Send + Sync + 'static) -> Spare<M> {
        Spare { load: Box::new(load), loaded: OnceLock::new() }
    }

    /// What `first` gives, or the model on the processor once that failed.
    pub(crate) fn after<T>(
        &self,
        first: impl FnOnce() -> Result<T, RecognizeError>,
        then: impl FnOnce(&M) -> Result<T, RecognizeError>,
    ) -> Result<T, RecognizeError> {
        if !self.is_used() {
            match first() {
                Err(RecognizeError::Inference(_)) => {}
                answer => return answer,
            }
        }
        let model = self.loaded.get_or_init(|| (self.load)().map(Box::new)).as_deref();
        then(model.map_err(|e| RecognizeError::Model(e.to_string()))?)
    }

    /// Whether the GPU has failed.
    pub(crate) fn is_used(&self) -> bool {
        self.loaded.get().is_some()
    }
}
