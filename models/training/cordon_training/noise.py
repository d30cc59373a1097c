"""Roughens records as life and attackers do: case, scanning, typing, wrapping, shorthand, hidden and look-alike characters."""

import re

OCR = {"l": "1", "O": "0", "0": "O", "1": "l", "S": "5", "5": "S", "m": "rn", "I": "l", "B": "8", "e": "c", "g": "q"}
HIDDEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
ALIKE = {**dict(zip("aceopxyiABCEHKMOPTX", "асеорхуіАВСЕНКМОРТХ")), **dict(zip("0123456789", "０１２３４５６７８９"))}
SHORT = dict(x.split("=") for x in """patient=pt patients=pts history=hx with=w/ without=w/o diagnosis=dx treatment=tx symptoms=sx prescription=rx follow-up=f/u discharge=d/c discharged=d/c'd
complains=c/o complaining=c/o shortness=sob and=& about=re before=a after=p every=q daily=qd hospital=hosp doctor=doc medication=med medications=meds appointment=appt mother=mom father=dad
emergency=ED surgery=surg cardiology=cards evaluation=eval examination=exam laboratory=lab results=rslts return=RTC blood=bld pressure=BP temperature=temp chest=cx abdomen=abd abdominal=abd
regarding=re: account=acct number=no payment=pmt payments=pmts transfer=xfer amount=amt balance=bal customer=cust transaction=txn received=rec'd statement=stmt information=info department=dept
meeting=mtg message=msg please=pls thanks=thx you=u your=ur are=r because=bc tomorrow=tmrw tonight=tn management=mgmt government=govt company=co address=addr telephone=tel company's=co's
right=R left=L bilateral=b/l within=w/in normal=nl negative=neg positive=pos increased=incr decreased=decr times=x year=yr years=yrs month=mo week=wk weeks=wks hours=hrs minutes=min""".split())
WORD = re.compile(r"[a-z][a-z'-]+")


def roughen(parts, rng):
    """The parts as they would arrive, and what was done to them."""
    noise = []

    def maybe(chance, name, change):
        nonlocal parts
        if rng.random() < chance:
            parts = change(parts)
            noise.append(name)

    plain = lambda f: lambda parts: [(t if label else f(t), label) for t, label in parts]
    every = lambda f: lambda parts: [(f(t), label) for t, label in parts]
    maybe(0.09, "shorthand", plain(lambda t: WORD.sub(lambda m: SHORT.get(m[0], m[0]), t)))
    r = rng.random()
    if r < 0.09:
        parts, noise = every(str.upper)(parts), [*noise, "caps"]
    elif r < 0.20:
        parts, noise = every(str.lower)(parts), [*noise, "lower"]
        maybe(0.4, "bare", plain(lambda t: "".join(c for c in t if c not in ".,:;()")))
    maybe(0.015, "title", plain(str.title))
    maybe(0.06, "misspelt", lambda parts: again(parts, rng))
    maybe(0.04, "ocr", every(lambda t: "".join(OCR[c] if c in OCR and rng.random() < 0.04 else c for c in t)))
    maybe(0.06, "typos", every(lambda t: typos(t, rng)))
    maybe(0.09, "wrapped", lambda parts: wrap(parts, rng.randint(30, 90)))
    maybe(0.025, "broken", lambda parts: [(broken(t, rng) if label and rng.random() < 0.4 else t, label) for t, label in parts])
    maybe(0.015, "hidden", lambda parts: [(hidden(t, rng) if rng.random() < (0.5 if label else 0.05) else t, label) for t, label in parts])
    maybe(0.015, "alike", lambda parts: [(alike(t, rng) if rng.random() < (0.5 if label else 0.05) else t, label) for t, label in parts])
    maybe(0.01, "spaced", lambda parts: [(spaced(t, rng) if label and len(t) < 20 and rng.random() < 0.3 else t, label) for t, label in parts])
    maybe(0.03, "typeset", every(lambda t: t.replace("'", "’").replace("-", rng.choice("-–‑")).replace(" ", rng.choice("     \u00a0"))))
    maybe(0.04, "flat", every(lambda t: t.replace("\n", " ")))
    mark = rng.choice(["> ", ">> ", "| ", "    ", "> > "])
    maybe(0.05, "quoted", every(lambda t: t.replace("\n", "\n" + mark)))
    return parts, noise


def again(parts, rng):
    """A name that comes again is often misspelt then."""
    seen, out = set(), []
    for t, label in parts:
        if label == "PERSON":
            if t in seen and rng.random() < 0.6:
                t = typos(t, rng, 0.15)
            seen.add(t)
        out.append((t, label))
    return out


def typos(text, rng, chance=0.012):
    out = list(text)
    for i in range(len(out) - 1):
        if out[i].isalpha() and out[i + 1].isalpha() and rng.random() < chance:
            k = rng.random()
            if k < 0.5:
                out[i], out[i + 1] = out[i + 1], out[i]
            else:
                out[i] = "" if k < 0.75 else out[i] * 2
    return "".join(out)


def inside(text, rng):
    return rng.randint(1, max(1, len(text) - 1))


def broken(text, rng):
    """An identifier that runs over a line end."""
    marks = [i + 1 for i, c in enumerate(text[:-1]) if c in " -/.@,"]
    at = rng.choice(marks) if marks and rng.random() < 0.75 else inside(text, rng)
    return text[:at].rstrip(" ") + rng.choice(["\n", "\n", "-\n", "\n  "]) + text[at:]


def hidden(text, rng):
    for _ in range(rng.randint(1, 3)):
        at = inside(text, rng)
        text = text[:at] + rng.choice(HIDDEN) + text[at:]
    return text


def alike(text, rng):
    return "".join(ALIKE[c] if c in ALIKE and rng.random() < 0.4 else c for c in text)


def spaced(text, rng):
    return rng.choice([" ", "-", "."]).join(c for c in text if c.isalnum()) or text


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
