"""People: given names and surnames of many origins, in every form that records use, plus names that exist nowhere."""

import csv
import random
import string
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

HERE = Path(__file__).parent / "grammar"
FAKER_LOCALES = """en_US en_GB en_IN en_NG en_KE es_MX es_ES es_CO fr_FR de_DE it_IT pt_BR pl_PL cs_CZ hu_HU ro_RO nl_NL sv_SE
no_NO da_DK fi_FI tr_TR id_ID fil_PH vi_VN hr_HR et_EE lt_LT lv_LV sl_SI sk_SK zu_ZA tw_GH yo_NG ga_IE""".split()
PROVENANCE = {"usual": 0.30, "origin": 0.30, "faker": 0.14, "ssa": 0.14, "invented": 0.12}
CREDENTIALS = """MD|M.D.|DO|RN|NP|PA-C|PhD|Ph.D.|LCSW|DDS|PharmD|MD, FACS|MBBS|CPA|Esq.|MSN, RN|FNP-BC|LPN|PsyD|MD PhD|FRCP|CRNA
|DPM|OD|RRT|CFP|JD|LMFT|R.N.|D.O.|APRN""".replace("\n", "").split("|")


def split_of(text: str) -> str:
    """Which split a filler or a skeleton belongs to, by its own text, so that nothing is ever shared."""
    n = crc32(text.lower().encode()) % 100
    return "train" if n < 82 else "dev" if n < 90 else "held"


def mine(values, split):
    kept = [v for v in values if split_of(v) == split]
    return kept or list(values)


class Names:
    def __init__(self, split: str, gazetteers: Path | None = None):
        self.origins = {}
        for line in (HERE / "names.psv").read_text().splitlines():
            origin, given, last = line.split("|")
            self.origins[origin] = (mine(given.split(","), split), mine(last.split(","), split))
        self.faker = self._faker(split)
        self.usual_given, self.usual_last, self.ssa = self._gazetteers(split, gazetteers)
        pool = [n for g, s in self.origins.values() for n in s] + self.usual_last[:400]
        self.chain = trigrams(pool)
        self.given_chain = trigrams([n for g, s in self.origins.values() for n in g] + self.usual_given[:300])

    @staticmethod
    def _faker(split):
        from faker import Faker

        out = {}
        for locale in FAKER_LOCALES:
            try:
                provider = next(p for p in Faker(locale).providers if hasattr(p, "last_names"))
            except (StopIteration, AttributeError):
                continue
            given = list(getattr(provider, "first_names", ()))
            last = list(provider.last_names)
            if given and last:
                out[locale] = (mine(sorted(set(given)), split), mine(sorted(set(last)), split))
        return out

    def _gazetteers(self, split, folder):
        from faker.providers.person.en_US import Provider

        given, last = sorted(Provider.first_names), sorted(Provider.last_names)
        ssa = given
        if folder and (folder / "gaz_surnames").exists():
            rows = csv.reader((folder / "gaz_surnames/data/surnames.csv").open(encoding="utf-8"))
            last = sorted(set(last) | {n.title() for r in rows for n in r[:2] if n.isalpha() and n.lower() != "name"})
            rows = csv.DictReader((folder / "gaz_names_bias/data/names_aggregate_1960_2020.csv").open(encoding="utf-8"))
            ssa = [r["Name"] for r in rows][:20000]
        return mine(given, split), mine(last, split), mine(ssa, split)

    def pair(self, rng: random.Random, sex: str):
        """given, surname, origin"""
        kind = rng.choices(list(PROVENANCE), PROVENANCE.values())[0]
        if kind == "origin":
            origin = rng.choice(list(self.origins)) if rng.random() > 0.22 else "word"
            given, last = self.origins[origin]
            if origin == "word" and rng.random() < 0.6:
                given, last = (given, self.usual_last) if rng.random() < 0.5 else (self.usual_given, last)
            return rng.choice(given), rng.choice(last), origin
        if kind == "faker":
            locale = rng.choice(list(self.faker))
            given, last = self.faker[locale]
            return rng.choice(given), rng.choice(last), locale
        if kind == "ssa":
            return rng.choice(self.ssa), rng.choice(self.usual_last), "ssa"
        if kind == "invented":
            return self.invent(rng, self.given_chain), self.invent(rng, self.chain), "invented"
        return rng.choice(self.usual_given), rng.choice(self.usual_last), "usual"

    @staticmethod
    def invent(rng, chain):
        while True:
            a, out = "^^", ""
            while len(out) < 13:
                c = rng.choice(chain[a])
                if c == "$":
                    break
                out += c
                a = a[1] + c
            if 3 <= len(out) <= 12 and out.isalpha():
                return out.capitalize()

    def person(self, rng, sex=None):
        sex = sex or rng.choice("mf")
        given, last, origin = self.pair(rng, sex)
        if rng.random() < 0.05:
            last = f"{last.split()[-1]}-{rng.choice(self.usual_last)}"
        middle = rng.choice(self.usual_given) if rng.random() < 0.7 else None
        return Person(given, last, sex, origin, middle, rng.choice(CREDENTIALS))




def trigrams(names):
    chain = {}
    for n in names:
        n = "^^" + "".join(c for c in n.lower() if c.isalpha()) + "$"
        for i in range(len(n) - 2):
            chain.setdefault(n[i:i + 2], []).append(n[i + 2])
    return chain


NICK = "Bud,Skip,Ace,Buddy,Sissy,Red,Junior,Peaches,Mimi,Tito,Bubba,Coco,Duke,Lulu,Kiki,Dee,JJ,Moe,Tex,Nana".split(",")


@dataclass
class Person:
    given: str
    last: str
    sex: str
    origin: str
    middle: str | None
    credential: str
    used: dict = field(default_factory=dict)

    @property
    def title(self):
        return "Mr" if self.sex == "m" else "Ms"

    def full(self):
        return f"{self.given} {self.last}"

    def initials(self, rng):
        a, b = self.given[0], self.last.lstrip("'")[0].upper()
        return rng.choice([f"{a}.{b}.", f"{a}{b}", f"{a}. {b}.", f"{a}.{(self.middle or 'M')[0]}.{b}."])

    def inverted(self, rng):
        m = rng.choice(["", "", f" {self.middle[0]}", f" {self.middle[0]}.", f" {self.middle}"]) if self.middle else ""
        text = f"{self.last}{rng.choice([', ', ', ', ',', ' , '])}{self.given}{m}"
        return text.upper() if rng.random() < 0.45 else text

    def any(self, rng):
        """A whole name, in one of the forms in use."""
        r = rng.random()
        m = self.middle or rng.choice(string.ascii_uppercase)
        if r < 0.52:
            return self.full()
        if r < 0.62:
            return f"{self.given} {m[0]}. {self.last}"
        if r < 0.66:
            return f"{self.given} {m[0]} {self.last}"
        if r < 0.70:
            return f"{self.given} {m} {self.last}"
        if r < 0.79:
            return self.inverted(rng)
        if r < 0.84:
            return f"{self.given[0]}. {self.last}"
        if r < 0.87:
            return self.full().upper()
        if r < 0.90:
            return self.full().lower()
        if r < 0.92:
            q = rng.choice(['"{}"', "'{}'", "({})", "“{}”"]).format(rng.choice(NICK))
            return f"{self.given} {q} {self.last}"
        if r < 0.94:
            return f"{self.full()}{rng.choice([', Jr.', ' Jr', ' III', ', Sr.', ' II', ' Jr.'])}"
        if r < 0.96:
            return f"{self.given[0]}.{m[0]}. {self.last}"
        if r < 0.98:
            return plain(self.full())
        return f"{self.last} {self.given}" if rng.random() < 0.5 else f"{self.last.upper()} {self.given}"


def plain(text):
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
