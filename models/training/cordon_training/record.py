"""Composes whole records out of the grammar: which parts make up a record of a class."""

import random

from .forms import form, table
from .grammar import Record, World
from .noise import roughen
from .schema import CLASSES, DOMAIN, HEALTHCARE

HARMLESS, QUESTION, TABLE, MASKED, LONG = 0.24, 0.14, 0.06, 0.04, 0.07
PLACEHOLDERS = "[{0}_{1}]|[{0}]|<{0}>|{{{0}}}|[[{0}_{1}]]|XXXX|____|[REDACTED]|***|<{0}_{1}>|[**{0}**]|(name withheld)|█████".split("|")


def weights():
    rare = {"policy_document": 1.2, "other": 2.2, "general_correspondence": 1.6, "discharge_summary": 1.4, "progress_note": 1.4, "patient_message": 1.3}
    return [rare.get(c, 1.0) for c in CLASSES]


def compose(world: World, rng: random.Random, cls: str | None = None) -> dict:
    cls = cls or rng.choices(CLASSES, weights())[0]
    rec = Record(world, rng)
    kind = rng.choices(["harmless", "question", "table", "masked", "long", "plain"], [HARMLESS, QUESTION, TABLE, MASKED, LONG, 1 - HARMLESS - QUESTION - TABLE - MASKED - LONG])[0]
    if cls == "policy_document":
        kind = "harmless"
    if cls == "other" and kind == "table":
        kind = "plain"
    if kind == "harmless":
        cls, parts = harmless(rec, cls)
    elif kind == "question":
        cls, parts = question(rec)
    elif kind == "table":
        parts = heading(rec, cls) + table(rec, cls, lambda: Record(world, rng))
    elif kind == "masked":
        parts = masked(body(rec, cls), rng)
    elif kind == "long":
        parts = body(rec, cls)
        for _ in range(rng.randint(2, 4)):
            parts += [("\n\n", None)] + rec.rule("rec." + cls)
    else:
        parts = body(rec, cls)
    sub = [] if kind == "plain" else [kind]
    if kind in ("plain", "long") and rng.random() < 0.08:
        parts = inserted(parts, rec.rule("harmless." + area(cls, rng)), rng)
    if rng.random() < 0.035:
        parts = inserted(parts, [(rec.plain("inject"), None)], rng)
        sub.append("instructed")
    parts, noise = roughen(parts, rng)
    text, spans = join(parts)
    sub += noise + sorted({f"origin:{p.origin}" for p in rec.people.values()})
    return {"text": text, "class": cls, "subgroup": sub, "spans": spans}


def area(cls, rng):
    return {"healthcare": "clin", "financial": "fin"}.get(DOMAIN[cls]) or rng.choice(["clin", "fin", "any"])


def harmless(rec, cls):
    where, rng = area(cls, rec.rng), rec.rng
    rule = "rec.policy_document" if cls == "policy_document" else f"harmless.{where}"
    if cls != "policy_document":
        cls = {"clin": "clinical_other", "fin": "financial_other"}.get(where, "other")
    parts = rec.rule(rule)
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        parts += [(rng.choice(["\n", " ", "\n\n"]), None)] + rec.rule(rule)
    return cls, parts


def question(rec):
    """What somebody asks of a language model: alone, or before or after a piece of a record."""
    rng = rec.rng
    where = rng.choice(["clin", "clin", "fin"])
    return ("clinical_other" if where == "clin" else "financial_other"), rec.rule(f"ask.{where}")


def heading(rec, cls):
    rng = rec.rng
    if rng.random() < 0.5:
        return []
    name = rec.plain("title." + cls)
    return [(name.upper() if rng.random() < 0.5 else name, None), ("\n" if rng.random() < 0.6 else "\n\n", None)]


def body(rec, cls):
    rng = rec.rng
    clinical = cls in HEALTHCARE
    out = []
    if rng.random() < 0.3:
        out += rec.rule("letterhead.clin" if clinical else "letterhead.fin") + [("\n", None)]
    out += heading(rec, cls)
    has_form = rng.random() < 0.5
    if has_form:
        out += form(rec, cls) + [(rng.choice(["\n", "\n", "", "-----\n"]), None)]
    if not has_form or rng.random() < 0.85:
        out += rec.rule("rec." + cls)
    extra = "s.clin" if clinical else "s.fin"
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 3])):
        out += [(rng.choice([" ", "\n", "\n"]), None)] + rec.rule(extra)
    if rng.random() < 0.3:
        out += [(rng.choice(["\n", "\n\n"]), None)] + rec.rule("sign.clin" if clinical else "sign.fin")
    if rng.random() < 0.15:
        out += [("\n", None)] + rec.rule("footer")
    return out


def masked(parts, rng):
    """Somebody has de-identified it before: placeholders stand where identifiers stood."""
    style, seen = rng.choice(PLACEHOLDERS), {}
    return [(style.format(label, seen.setdefault(t, len(seen) + 1)) if label else t, None) for t, label in parts]


def inserted(parts, more, rng):
    """Puts `more` between two sentences or lines of a record."""
    places = [i for i, (t, label) in enumerate(parts) if label is None and ("\n" in t or ". " in t)]
    if not places:
        return [*parts, ("\n", None), *more]
    i = rng.choice(places)
    text, mark = parts[i][0], "\n" if "\n" in parts[i][0] else ". "
    at = text.index(mark) + len(mark)
    return [*parts[:i], (text[:at], None), *more, (mark if mark == "\n" else " ", None), (text[at:], None), *parts[i + 1:]]


def join(parts):
    """Text and spans; a given name and a surname that follow each other are one person."""
    text, spans = "", []
    for t, label in parts:
        if label and t.strip():
            start, end = len(text) + len(t) - len(t.lstrip()), len(text) + len(t.rstrip())
            if label == "PERSON" and spans and spans[-1]["label"] == label and text[spans[-1]["end"]:start] == " ":
                spans[-1]["end"] = end
            else:
                spans.append({"start": start, "end": end, "label": label})
        text += t
    return text, spans
