"""The same encoder in ONNX Runtime and PyTorch, for `bench`, which asks for one forward pass at a time.

A line "LENGTH SIZE THREADS" comes in; a line of milliseconds goes out: ONNX Runtime int8 (dynamic), its f32, PyTorch f32.
Needs torch, onnx, onnxruntime and safetensors; started by `bench` with the Python that CORDON_PEERS names.
"""

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4] / "models"
sys.path.insert(0, str(ROOT / "training"))

import numpy as np  # noqa: E402
import onnxruntime as ort  # noqa: E402
import torch  # noqa: E402
from cordon_training.model import Cordon, network  # noqa: E402
from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

SETTLE = 0.02  # seconds in which the threads of the engine before stop to spin, as in bench.rs
NAMES = ["ids", "mask", "shapes", "gaps"]


def inputs(length: int, size: int):
    ids = torch.arange(size * length).reshape(size, length) * 7919 % 20000 + 2000
    return ids, torch.ones(size, length, dtype=torch.bool), torch.zeros_like(ids), torch.ones_like(ids)


def exported(model, folder: Path) -> tuple[Path, Path]:
    axes = {name: {0: "size", 1: "length"} for name in NAMES}
    f32, int8 = folder / "f32.onnx", folder / "int8.onnx"
    torch.onnx.export(model, inputs(16, 2), f32, input_names=NAMES, dynamic_axes=axes, opset_version=17, dynamo=False)
    quantize_dynamic(f32, int8, weight_type=QuantType.QInt8)
    return int8, f32


def session(path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def timed(work) -> float:
    time.sleep(SETTLE)
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3


def main() -> None:
    model = Cordon(0.0).eval()
    weights = load_file(ROOT / "cordon-base/model.safetensors")
    model.load_state_dict(network(weights))
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        paths, sessions = exported(model, Path(folder)), {}
        print(f"onnxruntime {ort.__version__}, torch {torch.__version__}", flush=True)
        for line in sys.stdin:
            length, size, threads = map(int, line.split())
            given = inputs(length, size)
            if threads not in sessions:
                sessions[threads] = [session(path, threads) for path in paths]
            feed = dict(zip(NAMES, (np.asarray(t) for t in given), strict=True))
            torch.set_num_threads(threads)
            took = [timed(lambda s=s: s.run(None, feed)) for s in sessions[threads]] + [timed(lambda: model(*given))]
            print(*took, flush=True)


if __name__ == "__main__":
    main()
