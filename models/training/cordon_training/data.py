"""An endless, seeded stream of training windows, bucketed by length, from this process or from several."""

import random
from pathlib import Path

import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from . import corpora, natural
from .features import CLS, IGNORE, SEP, cut, load_tokenizer, pieces, tags
from .grammar import World
from .record import compose
from .schema import CLASS_ID, TYPES, WINDOW


HIDING, HIDDEN = 0.4, 0.15  # of the windows of whole records, of their pieces: what is left tells class and type as well
MASK = 103


def hide(window, rng: random.Random):
    """The window with some of its pieces masked; shapes, gaps and tags stay."""
    ids, *rest = window
    return [id if id in (CLS, SEP) or rng.random() > HIDDEN else MASK for id in ids], *rest


def windows(tok, d: dict, rng: random.Random | None, limit: int | None = None):
    """(ids, shapes, gaps, tags, class) of every window of a record."""
    p = pieces(tok, d["text"])
    if not p.ids:
        return []
    y = tags(p, d["spans"], set(TYPES), d.get("ignore", ()))
    if d.get("unlabelled"):
        y = [IGNORE] * len(y)
    elif d.get("partial"):
        y = [IGNORE if t == 0 and not corpora.trusted(s) else t for t, s in zip(y, p.shapes)]
    cls = CLASS_ID[d["class"]] if d.get("class") else IGNORE
    out = []
    for a, b in cut(p, d["text"], WINDOW, rng):
        out.append(([CLS, *p.ids[a:b], SEP], [0, *p.shapes[a:b], 0], [0, *p.gaps[a:b], 0], [IGNORE, *y[a:b], IGNORE], cls))
    if limit and len(out) > limit and rng:
        out = rng.sample(out, limit)
    return out


def collate(batch):
    n = max(len(w[0]) for w in batch)
    ids, shapes, gaps = (torch.zeros(len(batch), n, dtype=torch.long) for _ in range(3))
    y = torch.full((len(batch), n), IGNORE)
    mask = torch.zeros(len(batch), n, dtype=torch.bool)
    for i, (a, b, c, d, _) in enumerate(batch):
        k = len(a)
        ids[i, :k], shapes[i, :k], gaps[i, :k], y[i, :k], mask[i, :k] = (torch.tensor(v) for v in (a, b, c, d, [True] * k))
    return ids, mask, shapes, gaps, y, torch.tensor([w[4] for w in batch])


def stream(tok, data: Path | None, seed: int, tokens: int = 2048):
    """Batches of about `tokens` pieces, from a pool sorted by length; new records for ever."""
    rng = random.Random(seed)
    world = World("train", data / "files" if data else None)
    public = corpora.load(data / "corpora") if data else {}
    shares = {k: v for k, v in corpora.SHARES.items() if public.get(k)}
    pool = []
    while True:
        while len(pool) < max(600, tokens // 8):
            kind = rng.choices([*shares, "natural", "made"], [*shares.values(), natural.SHARE, 1 - natural.SHARE - sum(shares.values())])[0]
            if kind == "natural":
                whole = windows(tok, natural.varied(rng.choice(natural.records()), world.names, rng), rng, 3)
                pool += [hide(w, rng) if rng.random() < HIDING else w for w in whole]
            elif kind == "made":
                pool += windows(tok, compose(world, rng), rng, 3)
            else:
                pool += windows(tok, rng.choice(public[kind]), rng, 1)
        pool.sort(key=lambda w: len(w[0]))
        batches, batch = [], []
        for w in pool:
            if batch and (len(batch) + 1) * len(w[0]) > tokens:
                batches.append(batch)
                batch = []
            batch.append(w)
        batches.append(batch)
        rng.shuffle(batches)
        pool = []
        for b in batches:
            yield collate(b)


class Stream(IterableDataset):
    """What one of the `feeders` of a GPU gives: the stream of its own seed."""

    def __init__(self, data: Path | None, seed: int, tokens: int):
        self.args = data, seed, tokens

    def __iter__(self):
        data, seed, tokens = self.args
        torch.set_num_threads(1)
        yield from stream(load_tokenizer(), data, seed * 64 + get_worker_info().id, tokens)


def fed(data: Path | None, seed: int, tokens: int, feeders: int):
    """Batches of processes beside this one, in turn: a GPU reads far more than one of them can write."""
    return iter(DataLoader(Stream(data, seed, tokens), batch_size=None, num_workers=feeders, prefetch_factor=16, pin_memory=torch.cuda.is_available(), multiprocessing_context="spawn"))
