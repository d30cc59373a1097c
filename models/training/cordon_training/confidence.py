"""The confidence of a detection as the share of such detections that are right: fitted on records of life, with rules and model."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np

from .export import manifest

IDENTITY = {"slope": 1.0, "offset": 0.0, "least": 0.0}


def found(cordon: Path, models: Path, docs: list[dict]) -> list[tuple[float, bool]]:
    """Confidence of each detection of the model, and whether it touches an identifier."""
    lines = "".join(json.dumps({"id": i, "text": d["text"]}) + "\n" for i, d in enumerate(docs))
    run = subprocess.run([cordon, "detect", "--jsonl"], input=lines, capture_output=True, text=True, check=True, env=os.environ | {"CORDON_MODELS": str(models)})
    out = []
    for line in run.stdout.splitlines():
        answer = json.loads(line)
        doc = docs[int(answer["id"])]
        known = bytearray(len(doc["text"]))
        for s in doc["spans"]:
            known[s["start"]:s["end"]] = b"\1" * (s["end"] - s["start"])
        for d in answer["detections"]:
            if d["source"] == "model":
                right = any(known[i] for i in range(d["start"], d["end"]) if doc["text"][i].isalnum())
                out.append((d["confidence"], right))
    return out


def fit(pairs: list[tuple[float, bool]]) -> tuple[float, float]:
    """Slope and offset of a logistic regression on the logit (Platt), by Newton's method."""
    p = np.clip([c for c, _ in pairs], 1e-6, 1 - 1e-6)
    x = np.stack([np.log(p / (1 - p)), np.ones(len(p))], 1)
    y, w = np.array([r for _, r in pairs], float), np.array([1.0, 0.0])
    for _ in range(30):
        q = 1 / (1 + np.exp(-x @ w))
        w += np.linalg.solve((x * (q * (1 - q))[:, None]).T @ x + 1e-3 * np.eye(2), x.T @ (y - q))
    return float(w[0]), float(w[1])


def calibrate(folder: Path, cordon: Path, gold: list[Path], least: float, trained: str) -> None:
    docs = [json.loads(line) for path in gold for line in path.read_text(encoding="utf-8").splitlines()]
    path = folder / "config.json"
    config = json.loads(path.read_text())

    def write(confidence: dict) -> None:
        path.write_text(json.dumps(config | {"confidence": confidence}, indent=1) + "\n")
        manifest(folder, trained)

    write(IDENTITY)
    pairs = found(cordon, folder.parent, docs)
    slope, offset = fit(pairs)
    write({"slope": round(slope, 4), "offset": round(offset, 4), "least": least})
    below = [r for c, r in pairs if 1 / (1 + np.exp(-(slope * np.log(c / (1 - c + 1e-9) + 1e-9) + offset))) < least]
    print(f"{len(pairs)} detections of {len(docs)} records: slope {slope:.3f}, offset {offset:.3f}; {len(below)} below {least}, {sum(below)} of them right")
