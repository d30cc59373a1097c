"""Public corpora as training material: labels mapped to ours, and no loss where a label may be missing."""

import json
import re
from pathlib import Path

# what may be trained on (licences in sources.py); tab144, presidio_research and pii_anon_eval are kept for evaluation
NER = {
    "kurkowski_contextual": {"PERSON": "PERSON", "EMAIL": "EMAIL_ADDRESS", "PHONE": "PHONE_NUMBER", "SSN": "US_SSN", "ACCOUNT": "ACCOUNT_NUMBER", "PROFESSION": "PROFESSION", "DATE": "DATE", "USERNAME": "USERNAME"},
    "pii_syn_nano": {"PERSON": "PERSON", "EMAIL": "EMAIL_ADDRESS", "PHONE": "PHONE_NUMBER", "SSN": "US_SSN", "IBAN": "IBAN", "CARD": "CREDIT_CARD", "ACCOUNT": "ACCOUNT_NUMBER"},
    "ner_wikigold": {"PERSON": "PERSON"}, "ner_btc": {"PERSON": "PERSON"}, "ner_sec_filings": {"PERSON": "PERSON"},
    "meddocan_es": {"PERSON": "PERSON", "EMAIL": "EMAIL_ADDRESS", "PHONE": "PHONE_NUMBER", "FAX": "FAX_NUMBER", "MRN": "MEDICAL_RECORD_NUMBER", "DATE": "DATE", "LICENSE": "LICENSE_NUMBER"},
}
HONORIFIC = re.compile(r"^(?:(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sr|Sra|Dra|Don|Doña)\.?\s+)+", re.I)
DATE = re.compile(r"\d[/.-]\d|\d{4}-\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic)\w*", re.I)
AGE = re.compile(r"\b\d{1,3}[- ]?(?:year|month|week|day)s?[- ]old\b", re.I)
DOUBT = re.compile(r"(?:\b(?:Dr|Mr|Mrs|Ms|Miss|Doctor)\.?\s+[^\s,.;]+(?:\s+[A-Z]\w+)?)|[^\s]+(?:\s[A-Z]\w+)?\s(?:Hospital|Clinic|Medical Center|Institute|University|School|County|Street)\b"
                   r"|\b[A-D]{3,}\b|\bX[YX]+Z?\b|\b\d{1,4}[/-]\d{1,2}(?:[/-]\d{1,4})?\b|\b(?:January|February|March|April|June|July|August|September|October|November|December)\b[ ,\d]*|\b\d{5,}\b"
                   r"|\b(?:in|from|to|at|near)\s[A-Z]\w+(?:\s[A-Z]\w+)*|\b\d{1,3}[ -]?(?:y/?o|yrs?|years?)\b|\b(?:19|20)\d\d\b|[A-Z]\w+,\s[A-Z]{2}\b|\b(?:by|with|as an?|named|works)\s\w+")
MTS_CLASS = {"operative_report": "operative_note", "radiology_report": "radiology_report", "progress_note": "progress_note", "discharge_summary": "discharge_summary",
             "emergency_room_report": "emergency_note", "pathology_lab_report": "pathology_report", "office_note": "progress_note", "autopsy_report": "pathology_report"}
FORMATS = {"hl7v2_oru": "lab_report", "hl7v2_rde": "prescription", "hl7v2_adt": "clinical_other", "x12_837": "medical_claim", "nacha_ach": "payment_message", "mt940_statement": "bank_statement",
           "camt_iso20022": "bank_statement", "ofx_statement": "bank_statement", "fhir_json": "clinical_other"}


def lines(path: Path):
    if path.exists():
        for line in path.open(encoding="utf-8"):
            yield json.loads(line)


def trusted(piece_shape: int) -> bool:
    """A piece outside of all spans whose O can be believed in a partly labelled corpus: a plain word or a mark."""
    return piece_shape in (1, 8)


def ner(folder: Path):
    for name, mapping in NER.items():
        for d in lines(folder / "ner" / f"{name}.jsonl"):
            spans = []
            for s in d["spans"]:
                word = d["text"][s["start"]:s["end"]]
                label = mapping.get(s["label"], "?")
                if label == "PERSON":
                    lead = HONORIFIC.match(word)
                    s["start"] += lead.end() if lead else 0
                if label == "DATE" and not DATE.search(word):
                    label = "?"
                if s["start"] < s["end"]:
                    spans.append({"start": s["start"], "end": s["end"], "label": label})
            yield {"text": d["text"], "class": None, "spans": spans, "partial": True, "source": name}


def mts_class(d: dict) -> str | None:
    """A consult letter and a history and physical share one label there; only what is clear is taken."""
    if d["label"] != "consult_history_physical":
        return MTS_CLASS.get(d["label"])
    start = d["text"][:300].upper()
    if "consult" in d["sample_name"].lower() or "CONSULT" in start or "REFER" in start:
        return "consult_letter" if "CONSULT" in start or "REFER" in start else None
    return "history_and_physical" if "CHIEF COMPLAINT" in start or "PRESENT ILLNESS" in start else None


def doctype(folder: Path):
    for d in lines(folder / "doctype" / "doctype_mtsamples.jsonl"):
        text = d["text"].replace(": ,", ": ").replace(".,", ". ")
        spans = [{"start": m.start(), "end": m.end(), "label": "AGE"} for m in AGE.finditer(text)]
        taken = [(s["start"], s["end"]) for s in spans]
        doubt = [m.span() for m in DOUBT.finditer(text) if not any(m.start() < e and s < m.end() for s, e in taken)]
        yield {"text": text, "class": mts_class(d), "spans": spans, "ignore": doubt, "source": "mtsamples"}
    for i, d in enumerate(lines(folder / "doctype" / "doctype_banking77.jsonl")):
        if i % 4 == 0:
            yield {"text": d["text"], "class": "financial_other", "spans": [], "source": "banking77"}
    for d in lines(folder / "doctype" / "doctype_finance_misc.jsonl"):
        if d["id"].startswith("cfpb"):
            yield {"text": d["text"], "class": None, "spans": [], "source": "cfpb"}
    for d in lines(folder / "doctype" / "doctype_formats.jsonl"):
        if d["label"] in FORMATS:  # only for their class
            yield {"text": d["text"][:6000], "class": FORMATS[d["label"]], "spans": [], "unlabelled": True, "source": d["label"]}


SHARES = {"mtsamples": 0.10, "kurkowski_contextual": 0.04, "banking77": 0.015, "cfpb": 0.02, "ner_wikigold": 0.015, "ner_btc": 0.005, "ner_sec_filings": 0.005, "meddocan_es": 0.015, "pii_syn_nano": 0.01}
SHARES |= {name: 0.002 for name in FORMATS}


def load(folder: Path) -> dict[str, list[dict]]:
    out: dict[str, list[dict]] = {}
    for d in [*ner(folder), *doctype(folder)]:
        out.setdefault(d["source"], []).append(d)
    return out
