"""Composes whole records out of the grammar and roughens them as life does; the offsets follow."""

import random

from .forms import form, table
from .grammar import Record, World
from .schema import CLASSES, DOMAIN, HEALTHCARE

OCR = {"l": "1", "O": "0", "0": "O", "1": "l", "S": "5", "5": "S", "m": "rn", "I": "l", "B": "8", "e": "c", "g": "q"}
HARMLESS = 0.21


def weights():
    rare = {"policy_document": 1.2, "other": 2.2, "general_correspondence": 1.6, "discharge_summary": 1.4, "progress_note": 1.4, "patient_message": 1.3}
    return [rare.get(c, 1.0) for c in CLASSES]


def compose(world: World, rng: random.Random, cls: str | None = None) -> dict:
    cls = cls or rng.choices(CLASSES, weights())[0]
    rec = Record(world, rng)
    r = rng.random()
    sub = []
    if r < HARMLESS or cls == "policy_document":
        area = {"healthcare": "clin", "financial": "fin"}.get(DOMAIN[cls], rng.choice(["clin", "fin", "any"]))
        rule = "rec.policy_document" if cls == "policy_document" else f"harmless.{area}"
        if cls != "policy_document":
            cls = {"clin": "clinical_other", "fin": "financial_other"}.get(area, "other")
        parts = rec.rule(rule)
        for _ in range(rng.choice([0, 0, 0, 1, 2])):
            parts += [(rng.choice(["\n", " ", "\n\n"]), None)] + rec.rule(rule)
        sub.append("harmless")
    elif r < HARMLESS + 0.10:
        cls, parts = question(rec)
        sub.append("question")
    elif r < HARMLESS + 0.17 and cls != "other":
        parts = heading(rec, cls) + table(rec, cls, lambda: Record(world, rng))
        sub.append("table")
    else:
        parts = body(rec, cls)
    parts, noise = roughen(parts, rng)
    text, spans = join(parts)
    sub += noise + sorted({f"origin:{p.origin}" for p in rec.people.values()})
    return {"text": text, "class": cls, "subgroup": sub, "spans": spans}


def question(rec):
    rng = rec.rng
    area = rng.choice(["clin", "clin", "fin"])
    return ("clinical_other" if area == "clin" else "financial_other"), rec.rule(f"ask.{area}")


def heading(rec, cls):
    rng = rec.rng
    if rng.random() < 0.4:
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
    has_form = rng.random() < 0.6
    if has_form:
        out += form(rec, cls) + [(rng.choice(["\n", "\n", "", "-----\n"]), None)]
    if not has_form or rng.random() < 0.85:
        out += rec.rule("rec." + cls)
    extra = "s.clin" if clinical else "s.fin"
    for _ in range(rng.choice([0, 0, 1, 1, 2, 3, 5])):
        out += [(rng.choice([" ", "\n", "\n"]), None)] + rec.rule(extra)
    if rng.random() < 0.3:
        out += [(rng.choice(["\n", "\n\n"]), None)] + rec.rule("sign.clin" if clinical else "sign.fin")
    if rng.random() < 0.15:
        out += [("\n", None)] + rec.rule("footer")
    return out


def roughen(parts, rng):
    noise = []
    r = rng.random()
    if r < 0.09:
        parts, noise = [(t.upper(), label) for t, label in parts], ["caps"]
    elif r < 0.20:
        parts, noise = [(t.lower(), label) for t, label in parts], ["lower"]
        if rng.random() < 0.4:
            parts = [(t if label else "".join(c for c in t if c not in ".,:;()"), label) for t, label in parts]
    if rng.random() < 0.05:
        parts = [("".join(OCR[c] if c in OCR and rng.random() < 0.04 else c for c in t), label) for t, label in parts]
        noise.append("ocr")
    if rng.random() < 0.06:
        parts = [(typos(t, rng), label) for t, label in parts]
        noise.append("typos")
    if rng.random() < 0.10:
        parts = wrap(parts, rng.randint(30, 90))
        noise.append("wrapped")
    if rng.random() < 0.04:
        parts = [(t.replace("\n", " "), label) for t, label in parts]
        noise.append("flat")
    if rng.random() < 0.05:
        mark = rng.choice(["> ", ">> ", "| ", "    "])
        parts = [(t.replace("\n", "\n" + mark), label) for t, label in parts]
        noise.append("quoted")
    return parts, noise


def typos(text, rng):
    out = list(text)
    for i in range(len(out) - 1):
        if out[i].isalpha() and out[i + 1].isalpha() and rng.random() < 0.012:
            k = rng.random()
            if k < 0.5:
                out[i], out[i + 1] = out[i + 1], out[i]
            else:
                out[i] = "" if k < 0.75 else out[i] * 2
    return "".join(out)


def wrap(parts, width):
    out, col = [], 0
    for t, label in parts:
        chars = []
        for c in t:
            if c == " " and col >= width:
                c = "\n"
            col = 0 if c == "\n" else col + 1
            chars.append(c)
        out.append(("".join(chars), label))
    return out


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
