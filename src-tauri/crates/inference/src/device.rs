//! Where the model runs: CUDA or Metal where built in and working, else the processor.

use candle_core::Device;

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
