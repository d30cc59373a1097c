"""Words of medicine that are no identifiers: diagnoses and codes of ICD-10-CM (US public domain), drug names of MedlinePlus (US NLM)."""

import bz2
import pickle
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

DOSES = "5 mg|10 mg daily|20 mg BID|40 mg PO qHS|100 mg TID|0.5 mg prn|250 mg/5 mL|1 g IV q8h|2 puffs q6h|50 mcg|25 mg|1 tab PO daily|500 mg q12h x 7 d|".split("|")


def folder(package: str) -> Path:
    """Where a package lies, without importing it."""
    return Path(find_spec(package).origin).parent


@cache
def diagnoses() -> tuple[list[str], list[str]]:
    """What conditions are called, and their codes."""
    text = next(folder("simple_icd_10_cm").glob("data/icd10c-tabular-*.xml")).read_text(encoding="utf-8")
    names = re.findall(r"<desc>([^<]{4,70})</desc>", text)
    names += re.findall(r"<note>([^<]{4,60})</note>", "".join(re.findall(r"<inclusionTerm>.*?</inclusionTerm>", text, re.S)))
    codes = re.findall(r"<name>([A-Z]\d[0-9A-Z](?:\.[0-9A-Z]+)?)</name>", text)
    return sorted({n.replace("&amp;", "&") for n in names}), sorted(set(codes))


@cache
def drugs() -> list[str]:
    """Generic and brand names, in lower case."""
    with bz2.open(folder("drug_named_entity_recognition") / "drug_ner_dictionary.pkl.bz2") as f:
        known = pickle.load(f)
    listed = {k for k, rows in known["drug_canonical_to_data"].items() if any("medline_plus_id" in r for r in (rows if isinstance(rows, list) else [rows]))}
    names = {v for v, canonical in known["drug_variant_to_canonical"].items() if set(canonical) & listed}
    return sorted(n for n in names if re.fullmatch(r"[a-z][a-z-]{3,18}(?: [a-z]{2,12})?", n))


def known(name: str) -> list[str]:
    """One of the product's lists of words that look like a name and are none."""
    product = Path(__file__).parents[3] / "src-tauri/crates/deid/src/terms"
    return [line for line in (product / f"{name}.txt").read_text(encoding="utf-8").splitlines() if not re.search(r"[{}<>]", line)]
