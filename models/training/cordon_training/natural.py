"""Whole records written by hand for training (`natural/*.src`), each time with other names and numbers and roughened anew."""

import random
import re
from functools import cache
from pathlib import Path

from .markup import convert
from .noise import roughen
from .record import join

FOLDER = Path(__file__).parent.parent / "natural"
SHARE = 0.65
HELD = 10  # every tenth record of a file is never trained on: `held` gives them for a look at how well the model generalizes
SHORTER = 0.3  # of the readings of a record, those without some of its sentences
ENDS = re.compile(r"(?<=[.;!?] )(?=\S)|(?<=\n)")
NUMBERS = set("""PHONE_NUMBER FAX_NUMBER US_SSN MEDICAL_RECORD_NUMBER HEALTH_PLAN_ID ACCOUNT_NUMBER DEVICE_ID UNIQUE_ID POSTAL_CODE
NATIONAL_ID LICENSE_NUMBER STREET_ADDRESS""".split())
PARTICLES = set("de del della di da van von der den la le el al bin ibn ter mac mc st jr sr iii the and".split())


@cache
def records(held: bool = False) -> list[dict]:
    files = [convert(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.src"))]
    return [d for file in files for n, d in enumerate(file) if (n % HELD == HELD - 1) == held]


def varied(d: dict, names, rng: random.Random) -> dict:
    """The record with other digits in its numbers and, every other time, other people."""
    people, others = {}, rng.random() < 0.5
    parts, at = [], 0
    for s in d["spans"]:
        parts.append((d["text"][at:s["start"]], None))
        words = d["text"][s["start"]:s["end"]]
        if s["label"] in NUMBERS:
            words = "".join(rng.choice("123456789") if c.isascii() and c.isdigit() and c != "0" else c for c in words)
        elif s["label"] == "PERSON" and others:
            words = renamed(words, people, names, rng)
        parts.append((words, s["label"]))
        at = s["end"]
    parts = [(t, label) for t, label in [*parts, (d["text"][at:], None)] if t]
    if rng.random() < SHORTER:
        parts = shortened(parts, rng)
    parts, noise = roughen(parts, rng)
    text, spans = join(parts)
    return {"text": text, "class": d["class"], "subgroup": noise, "spans": spans}


def shortened(parts: list, rng: random.Random) -> list:
    """Without some of its sentences or lines that follow each other, at most two fifths: what is left tells the class as well, and
    no record can be known by heart."""
    runs = [[]]
    for words, label in parts:
        pieces = [words] if label else ENDS.split(words)
        for n, piece in enumerate(pieces):
            if n:
                runs.append([])
            if piece:
                runs[-1].append((piece, label))
    if len(runs) < 4:
        return parts
    gone = rng.randint(1, len(runs) * 2 // 5)
    at = rng.randint(0, len(runs) - gone)
    return [part for run in runs[:at] + runs[at + gone:] for part in run]


def renamed(words: str, people: dict, names, rng: random.Random) -> str:
    """Each word of a name becomes the same other word all over the record, in the same case; letters and particles stay."""
    out = []
    for word in words.split(" "):
        bare = word.strip(".,'’\"()")
        if len(bare) < 3 or not bare.isalpha() or bare.lower() in PARTICLES:
            out.append(word)
            continue
        pair = names.pair(rng, rng.choice("mf"))
        other = people.setdefault(bare.lower(), pair[0] if not out and " " in words else rng.choice(pair))
        other = other.upper() if bare.isupper() else other.lower() if bare.islower() else other
        out.append(word.replace(bare, other))
    return " ".join(out)
