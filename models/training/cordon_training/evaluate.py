"""Measures a model: per-type recall with Wilson intervals, characters, clean documents, harmless ones touched, class, ECE."""

import json
import math
import random
from pathlib import Path

import numpy as np
import torch

from .corpora import HONORIFIC
from .features import CLS, SEP, pieces
from .grammar import World
from .model import from_base, pooled
from .predict import decode, read, softmax, type_probabilities
from .record import compose
from .schema import CLASSES, DIRECT, DOMAIN, TYPES, WINDOW


LOWEST, HIGHEST = 0.04, 0.36  # above it thresholds fitted single rare types; below it no more was found on held-back records


def wilson(hit: int, n: int, z: float = 1.96) -> tuple[float, float]:
    if not n:
        return 0.0, 1.0
    p, d = hit / n, 1 + z * z / n
    mid, half = (p + z * z / (2 * n)) / d, z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d
    return mid - half, mid + half


def made(split: str, n: int, seed: int, data: Path | None) -> list[dict]:
    """Generated records of a split whose skeletons and fillers occur in no other."""
    world, rng = World(split, data / "files" if data else None), random.Random(seed)
    return [compose(world, rng) | {"id": f"{split}-{i}"} for i in range(n)]


def load(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.open(encoding="utf-8")]


def score(docs: list[dict], reads, config: dict) -> dict:
    """Counts over letters and digits; a span is found when all of them are covered by detections of any type."""
    types, strict = {}, {}
    chars = [0, 0]
    marked = [0, 0]
    clean, harmless, touched, touched_chars, harmless_chars = [0, 0], 0, 0, 0, 0
    cls, dom, groups = [0, 0], [0, 0], {}
    missed, extra = [], []
    for d, r in zip(docs, reads):
        found = decode(r, config)
        text = d["text"]
        alnum = np.array([c.isalnum() for c in text], bool)
        cover, gold = np.zeros(len(text), bool), np.zeros(len(text), bool)
        kind = np.full(len(text), -1)
        for s in found:
            cover[s["start"]:s["end"]] = True
            kind[s["start"]:s["end"]] = TYPES.index(s["label"])
        whole = True
        for s in d["spans"]:
            at = slice(s["start"], s["end"])
            gold[at] = True
            ok = bool(cover[at][alnum[at]].all())
            whole &= ok
            t = types.setdefault(s["label"], [0, 0])
            t[0] += ok
            t[1] += 1
            if s["label"] in TYPES:
                same = ok and bool((kind[at][alnum[at]] == TYPES.index(s["label"])).all())
                strict.setdefault(s["label"], [0, 0])[0] += same
                strict[s["label"]][1] += 1
            for g in d.get("subgroup", []):
                if s["label"] == "PERSON" or not g.startswith("origin"):
                    v = groups.setdefault(g.partition(":")[0] if g.startswith("origin") and not g.endswith(("word", "invented")) else g, [0, 0])
                    v[0] += ok
                    v[1] += 1
            if not ok:
                missed.append((s["label"], text[max(0, s["start"] - 30):s["start"]], text[at], text[s["end"]:s["end"] + 20]))
        for s in found:
            if not gold[s["start"]:s["end"]].any():
                extra.append((s["label"], text[max(0, s["start"] - 30):s["start"]], text[s["start"]:s["end"]], text[s["end"]:s["end"] + 20]))
        chars[0] += int((gold & cover & alnum).sum())
        chars[1] += int((gold & alnum).sum())
        marked[0] += int((gold & cover & alnum).sum())
        marked[1] += int((cover & alnum).sum())
        if d["spans"]:
            clean[0] += whole
            clean[1] += 1
        else:
            harmless += 1
            touched += bool(found)
            touched_chars += int((cover & alnum).sum())
            harmless_chars += int(alnum.sum())
        if d.get("class"):
            k = CLASSES[int(r.classes.argmax())]
            cls[0] += k == d["class"]
            cls[1] += 1
            dom[0] += DOMAIN[k] == DOMAIN[d["class"]]
            dom[1] += 1
    return {"documents": len(docs), "types": types, "strict": strict, "chars": chars, "precision": marked, "clean": clean, "harmless": [touched, harmless],
            "harmless_chars": [touched_chars, harmless_chars], "class": cls, "domain": dom, "groups": groups, "missed": missed, "extra": extra}


def ece(docs, reads, config, bins: int = 10) -> tuple[float, float]:
    """Expected calibration error of 'this piece is an identifier' and of the class."""
    p, y = [], []
    for d, r in zip(docs, reads):
        if not len(r.offsets):
            continue
        gold = np.zeros(len(d["text"]) + 1, bool)
        for s in d["spans"]:
            gold[s["start"]:s["end"]] = True
        p.append(1 - type_probabilities(r, config["tag_temperature"])[:, 0])
        y.append(np.array([gold[a:b].any() for a, b in r.offsets]))
    known = [(softmax(r.classes / config["class_temperature"]), d["class"]) for d, r in zip(docs, reads) if d.get("class")]
    tag = binned(np.concatenate(p), np.concatenate(y), bins)
    return tag, binned(np.array([c.max() for c, _ in known]), np.array([CLASSES[int(c.argmax())] == k for c, k in known]), bins) if known else 0.0


def binned(p, y, bins):
    at = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[at == b].mean() - y[at == b].mean()) * (at == b).mean() for b in range(bins) if (at == b).any()))


def pct(pair) -> str:
    hit, n = pair
    lo, hi = wilson(hit, n)
    return f"{100 * hit / n:.1f} % [{100 * lo:.1f}, {100 * hi:.1f}] ({hit}/{n})" if n else "-"


def report(name: str, docs, reads, config, errors: int = 0) -> str:
    s = score(docs, reads, config)
    out = [f"### {name}: {s['documents']} documents", "", "| measure | value |", "|---|---|",
           f"| spans wholly covered, any label | {pct([sum(v[0] for v in s['types'].values()), sum(v[1] for v in s['types'].values())])} |",
           f"| characters covered, any label | {pct(s['chars'])} |", f"| precision over characters | {pct(s['precision'])} |", f"| documents with identifiers wholly clean | {pct(s['clean'])} |"]
    if s["harmless"][1]:
        out += [f"| harmless documents touched | {pct(s['harmless'])} |", f"| characters of harmless documents touched | {pct(s['harmless_chars'])} |"]
    if s["class"][1]:
        tag, cls = ece(docs, reads, config)
        out += [f"| class, top 1 of 40 | {pct(s['class'])} |", f"| domain | {pct(s['domain'])} |", f"| ECE of tags / of class | {100 * tag:.1f} / {100 * cls:.1f} points |"]
    out += ["", "| type | wholly covered, any label | and by the right label |", "|---|---|---|"]
    for t in sorted(s["types"], key=lambda t: TYPES.index(t) if t in TYPES else 99):
        out.append(f"| {t} | {pct(s['types'][t])} | {pct(s['strict'][t]) if t in s['strict'] else '-'} |")
    shown = {g: v for g, v in s["groups"].items() if v[1] >= 20}
    if shown:
        out += ["", "| subgroup | spans wholly covered |", "|---|---|"] + [f"| {g} | {pct(v)} |" for g, v in sorted(shown.items())]
    for title, rows in (("missed", s["missed"]), ("extra", s["extra"])):
        for row in random.Random(1).sample(rows, min(errors, len(rows))):
            out.append(f"{title} {row[0]}: {row[1]!r} >>{row[2]!r}<< {row[3]!r}")
    return "\n".join(out) + "\n"


def sets(data: Path | None, here: Path, n: int, blind: bool) -> dict[str, list[dict]]:
    out = {"generated, held out": made("held", n, 99, data)}
    for name, title in (("handwritten", "hand-written"), ("blind", "hand-written, blind")):
        written = here / "eval" / f"{name}.jsonl"
        if written.exists() and (name != "blind" or blind):
            out[title] = load(written)
    for name in ("tab144", "presidio_research"):
        path = data and data / "corpora" / "ner" / f"{name}.jsonl"
        if path and path.exists():
            docs = [d | {"class": None, "subgroup": []} for d in load(path)]
            for d in docs:
                d["spans"] = [s for s in d["spans"] if s["label"] not in ("OTHER", "MONEY") and s.get("mask") != "NO_MASK"]
                for s in d["spans"]:  # our convention: a person's span holds no honorific
                    if s["label"] == "PERSON" and (lead := HONORIFIC.match(d["text"][s["start"]:s["end"]])):
                        s["start"] += lead.end()
            out[name] = docs[:: max(1, len(docs) // 700)]
    return out


def calibrate(docs, reads) -> dict:
    """The tags' temperature by log-likelihood, then per type the threshold that keeps nearly all of what can be found."""
    truth_of = []
    for d, r in zip(docs, reads):
        gold = np.full(len(d["text"]) + 1, -1)
        for s in d["spans"]:
            gold[s["start"]:s["end"]] = TYPES.index(s["label"])
        truth_of.append(np.array([max(gold[a:b], default=-1) for a, b in r.offsets], int))

    def loss(t):
        total = n = 0
        for r, y in zip(reads, truth_of):
            if len(y):
                p = type_probabilities(r, t)
                total -= np.log(np.maximum(p[np.arange(len(y)), y + 1], 1e-9)).sum()
                n += len(y)
        return total / n

    grid = [0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0]
    tag = grid[min(grid.index(min(grid, key=loss)) + 1, len(grid) - 1)]  # one step softer: records of life are less sure than generated ones
    best = [[] for _ in TYPES]  # (1-P(O), is an identifier of any type) of pieces whose best type this is
    for r, y in zip(reads, truth_of):
        if len(y):
            p = type_probabilities(r, tag)
            for k, sure, truth in zip(p[:, 1:].argmax(1), 1 - p[:, 0], y >= 0):
                best[k].append((sure, truth))
    limits = {}
    for name, rows in zip(TYPES, best):
        true = np.sort([s for s, y in rows if y])
        false = np.sort([s for s, y in rows if not y])
        limit = 0.3
        if len(true) >= 30:
            # F with beta 3 over pieces: a miss counts nine times as much as a false alarm; of nearly equal ones the lowest,
            # since records of life are less sure than generated ones
            def value(x):
                hit, wrong = (true >= x).sum(), (false >= x).sum()
                return 10 * hit / (10 * hit + 9 * (len(true) - hit) + wrong)
            # what identifies directly is looked for harder than what only narrows down
            grid_of = np.arange(LOWEST if name in DIRECT else 0.06, HIGHEST + 0.01, 0.02)
            values = np.array([value(x) for x in grid_of])
            limit = grid_of[np.argmax(values >= values.max() - 0.001)]
        limits[name] = round(float(limit), 2)
    return {"tag_temperature": tag, "thresholds": limits}


def embedding(model, tok, docs, reads) -> str:
    """How near the sentence embedding stays to the base model's: cosine, and agreement on which record is nearest."""
    teacher = from_base().eval()

    def unit(x):
        return x / np.linalg.norm(x, axis=1, keepdims=True)

    short = [(d, r) for d, r in zip(docs, reads) if 3 < len(r.offsets) <= WINDOW - 2][:400]
    theirs = []
    with torch.no_grad():
        ours = unit(model.embed(torch.tensor(np.stack([r.mean for _, r in short]))).numpy())
        for d, _ in short:
            ids = torch.tensor([[CLS, *pieces(tok, d["text"]).ids, SEP]])
            mask = torch.ones_like(ids, dtype=torch.bool)
            theirs.append(pooled(teacher.hidden(ids, mask), mask)[0].numpy())
    theirs = unit(np.stack(theirs))
    a, b = ours @ ours.T - 2 * np.eye(len(ours)), theirs @ theirs.T - 2 * np.eye(len(ours))
    top = np.argsort(-b, 1)[:, :5]
    hit = np.mean([k in t for k, t in zip(a.argmax(1), top)])
    upper = np.triu_indices(len(a), 1)
    return (f"### sentence embedding against the base model's: {len(short)} records\n\nmean cosine {(ours * theirs).sum(1).mean():.3f}; correlation of pairwise similarities "
            f"{np.corrcoef(a[upper], b[upper])[0, 1]:.3f}; nearest record is among the base model's five nearest: {100 * hit:.1f} %\n")


def run(model, tok, config, data, here, n, errors, blind=False) -> str:
    out = []
    for name, docs in sets(data, here, n, blind).items():
        reads = read(model, tok, [d["text"] for d in docs])
        out.append(report(name, docs, reads, config, errors))
        print(out[-1], flush=True)
        if len(out) == 1:
            out.append(embedding(model, tok, docs, reads))
            print(out[-1], flush=True)
    return "\n".join(out)
