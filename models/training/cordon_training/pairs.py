"""What the words by themselves say of the class: a linear model over words and pairs of neighbours, beside the encoder's head.

The head sees the mean over what the encoder made of the pieces; which words and phrases stand in a record at all, this sees better.
Of 3,804 records held back the head alone names 82.6 % rightly, this alone 78.5 %, and both together 85.6 %.
"""

import numpy as np
import scipy.sparse as sp
import torch
from sklearn.svm import LinearSVC
from torch import nn

from .features import Pieces, pieces
from .packing import eighth
from .schema import CLASSES

BITS = 17
NUMBER, LINE = 40_001, 40_002  # beyond the vocabulary: any digits, a line end
SHARE = 3.0  # how much its answer counts beside the head's
REGULAR = 0.5


def words(p: Pieces) -> list[int]:
    """A number for each word: pieces of letters without a gap are one."""
    out, within = [], False
    for n, (piece, shape, gap) in enumerate(zip(p.ids, p.shapes, p.gaps)):
        if n and gap in (2, 3):
            out.append(LINE)
        letters = 1 <= shape <= 5
        if letters and within and gap == 0:
            out[-1] = (out[-1] * 31 + piece) & 0xFFFFFFFF
        else:
            out.append(NUMBER if shape in (6, 7) else piece)
        within = letters
    return out


def places(p: Pieces) -> list[int]:
    """The places of words and pairs, each once: as `inference/src/pairs.rs` does."""
    said = words(p)
    hashed = [a * 0x9E3779B1 for a in said] + [a * 0x9E3779B1 + b * 0x85EBCA6B for a, b in zip(said, said[1:])]
    return sorted({(h & 0xFFFFFFFF) >> (32 - BITS) for h in hashed})


class Pairs(nn.Module):
    """`weight`: for each place what it says of each class; `size`: how much its being there weighs, the rarer the more."""

    def __init__(self):
        super().__init__()
        self.register_buffer("weight", torch.zeros(1 << BITS, len(CLASSES)))
        self.register_buffer("size", torch.zeros(1 << BITS))
        self.register_buffer("bias", torch.zeros(len(CLASSES)))

    def forward(self, rows: list[list[int]]):
        out = torch.zeros(len(rows), len(CLASSES))
        for n, row in enumerate(rows):
            size = self.size[row].square().sum().sqrt()
            if size > 0:
                out[n] = self.weight[row].sum(0) / size + self.bias
        return out


def fit(tok, docs: list[dict]) -> Pairs:
    """A support vector machine for each class against the others, on records of length one in the words' inverse document frequency."""
    rows = [places(pieces(tok, d["text"])) for d in docs]
    known = np.array([CLASSES.index(d["class"]) for d in docs])
    starts = np.cumsum([0, *(len(r) for r in rows)])
    at = np.concatenate([np.array(r, np.int64) for r in rows])
    among = np.bincount(at, minlength=1 << BITS)
    model = Pairs()
    # a place that one record alone has tells nothing
    model.size.copy_(torch.tensor((1 + np.log((1 + len(docs)) / (1 + among))) * (among > 1)).half())
    size = model.size.double().numpy()
    seen = sp.csr_matrix((size[at], at, starts), shape=(len(rows), 1 << BITS))
    length = np.sqrt(np.asarray(seen.multiply(seen).sum(1)).ravel())
    machine = LinearSVC(C=REGULAR, random_state=1).fit(sp.diags(1 / np.maximum(length, 1e-9)) @ seen, known)
    assert list(machine.classes_) == list(range(len(CLASSES)))
    model.weight.copy_(eighth(torch.tensor(SHARE * machine.coef_.T * size[:, None]).float()))
    model.bias.copy_(torch.tensor(SHARE * machine.intercept_))
    return model
