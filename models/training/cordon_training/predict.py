"""Runs the model over whole records as the product does: overlapping windows, temperature, thresholds, whole words."""

from dataclasses import dataclass

import numpy as np
import torch

from .features import CLS, SEP, cut, pieces
from .pairs import places
from .schema import CLASSES, LABELS, TYPES, WINDOW

OVERLAP = 16
TYPE_OF = np.array([0] + [1 + TYPES.index(name[2:]) for name in LABELS[1:]])


@dataclass
class Read:
    """What the model said about one record: tag logits per piece, class logits."""

    text: str
    offsets: list
    gaps: list
    logits: np.ndarray
    classes: np.ndarray
    mean: np.ndarray


def read(model, tok, texts: list[str], batch: int = 16) -> list[Read]:
    jobs, prepared = [], []
    for i, text in enumerate(texts):
        p = pieces(tok, text)
        prepared.append(p)
        for a, b in cut(p, text, WINDOW, None, OVERLAP):
            jobs.append((i, a, b))
    jobs.sort(key=lambda j: j[2] - j[1])
    n = len(LABELS)
    logits = [np.zeros((len(p.ids), n), np.float32) for p in prepared]
    trust = [np.full(len(p.ids), -1.0) for p in prepared]
    cls = [[] for _ in texts]
    mean = [[] for _ in texts]
    device = next(model.parameters()).device
    for k in range(0, len(jobs), batch):
        part = jobs[k:k + batch]
        width = max(b - a for _, a, b in part) + 2
        arrays = [torch.zeros(len(part), width, dtype=torch.long) for _ in range(3)]
        mask = torch.zeros(len(part), width, dtype=torch.bool)
        for r, (i, a, b) in enumerate(part):
            p, m = prepared[i], b - a + 2
            for t, v in zip(arrays, ([CLS, *p.ids[a:b], SEP], [0, *p.shapes[a:b], 0], [0, *p.gaps[a:b], 0])):
                t[r, :m] = torch.tensor(v)
            mask[r, :m] = True
        with torch.no_grad():
            tag, klass, pool = model(*(t.to(device) for t in (arrays[0], mask, arrays[1], arrays[2])))
        tag, klass, pool = tag.cpu().numpy(), klass.cpu().numpy(), pool.cpu().numpy()
        for r, (i, a, b) in enumerate(part):
            # where windows overlap, the piece that is further from an edge counts
            centre = np.minimum(np.arange(b - a), np.arange(b - a)[::-1]).astype(float)
            if a == 0:
                centre = np.arange(b - a)[::-1] + 0.5
            better = centre > trust[i][a:b]
            logits[i][a:b][better] = tag[r, 1:b - a + 1][better]
            trust[i][a:b][better] = centre[better]
            cls[i].append((klass[r], b - a))
            mean[i].append((pool[r], b - a))

    def average(rows, size):
        if not rows:
            return np.zeros(size, np.float32)
        w = np.array([x for _, x in rows], np.float32)
        return (np.stack([x for x, _ in rows]) * w[:, None]).sum(0) / w.sum()

    said = [average(c, len(CLASSES)) for c in cls]
    if hasattr(model, "class_pairs"):
        said = [c + words.numpy() for c, words in zip(said, model.class_pairs([places(p) for p in prepared]))]
    return [Read(t, p.offsets, p.gaps, lg, c, average(m, 384)) for t, p, lg, c, m in zip(texts, prepared, logits, said, mean)]


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def type_probabilities(r: Read, temperature: float) -> np.ndarray:
    """[pieces, 1 + types]: P(O) and the summed B and I of each type."""
    p = softmax(r.logits / temperature)
    out = np.zeros((len(p), 1 + len(TYPES)))
    for i, t in enumerate(TYPE_OF):
        out[:, t] += p[:, i]
    return out


def decode(r: Read, config: dict) -> list[dict]:
    if not len(r.offsets):
        return []
    p = type_probabilities(r, config["tag_temperature"])
    best = p[:, 1:].argmax(1)
    limits = np.array([config["thresholds"][t] for t in TYPES])
    taken = np.where(1 - p[:, 0] >= limits[best], best, -1)
    begins = r.logits.argmax(1) % 2 == 1
    return spans_of(r, taken, begins, 1 - p[:, 0])


def spans_of(r: Read, taken, begins, sure) -> list[dict]:
    taken = taken.copy()
    n = len(taken)
    word = [r.gaps[i] == 0 and i > 0 and alnum(r, i) and alnum(r, i - 1) for i in range(n)]
    for i in range(1, n):  # a word is taken whole
        if word[i] and taken[i] < 0 <= taken[i - 1]:
            taken[i] = taken[i - 1]
    for i in range(n - 2, -1, -1):
        if word[i + 1] and taken[i] < 0 <= taken[i + 1]:
            taken[i] = taken[i + 1]
    out = []
    for i in range(n):
        if taken[i] < 0:
            continue
        a, b = r.offsets[i]
        label = TYPES[taken[i]]
        joined = out and i and taken[i - 1] == taken[i] and (word[i] or not begins[i])
        if joined:
            out[-1]["end"] = b
            out[-1]["score"] = max(out[-1]["score"], float(sure[i]))
        else:
            out.append({"start": a, "end": b, "label": label, "score": float(sure[i])})
    return out


def alnum(r: Read, i: int) -> bool:
    a, b = r.offsets[i]
    return r.text[a:b].isalnum()
