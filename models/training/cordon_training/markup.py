"""Turns the hand-written records with inline [[TYPE|text]] into JSON lines with code point offsets."""

import json
import re
import sys
from pathlib import Path

from .schema import CLASS_ID, TYPES

MARK = re.compile(r"\[\[([A-Z_]+)\|(.*?)\]\](?!\])", re.S)


def convert(source: str) -> list[dict]:
    out = []
    for i, part in enumerate(re.split(r"^=== ", source, flags=re.M)[1:]):
        head, _, body = part.partition("\n")
        cls, _, groups = (x.strip() for x in head.partition("|"))
        assert cls in CLASS_ID, cls
        text, spans, at = "", [], 0
        body = body.strip("\n")
        for m in MARK.finditer(body):
            assert m[1] in TYPES, m[1]
            text += body[at:m.start()]
            spans.append({"start": len(text), "end": len(text) + len(m[2]), "label": m[1]})
            text += m[2]
            at = m.end()
        text += body[at:]
        assert "[[" not in text and "]]" not in text, text
        out.append({"id": f"hand-{i:03}", "text": text, "class": cls, "subgroup": groups.split(","), "spans": spans})
    return out


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    rows = convert(source.read_text(encoding="utf-8"))
    target.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    print(f"{len(rows)} records, {sum(len(r['spans']) for r in rows)} spans")
