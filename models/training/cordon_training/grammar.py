"""The grammar: rules of alternatives with slots; a record remembers its people and its identifiers."""

import random
import re
from pathlib import Path

from . import terms
from . import values as v
from .names import HERE, Names, Person, mine, split_of
from .places import Places

TOKEN = re.compile(r"\{([a-z0-9_.]+)(?::([^}]*))?\}|<([^<>]+)>")
PEOPLE = {"p": "patient or customer", "d": "clinician", "d2": "another clinician", "r": "relative", "s": "staff", "x": "somebody new"}
LITERAL = {"lt": "<", "gt": ">", "lb": "{", "rb": "}", "tab": "\t", "nl": "\n"}
SIMPLE = {  # slot: (entity type, value function, remembered within the record)
    "date": ("DATE", v.date, False), "dt": ("DATE", v.datetime, False), "phone": ("PHONE_NUMBER", v.phone, False), "fax": ("FAX_NUMBER", v.phone, False),
    "age": ("AGE", v.age, False), "agen": ("AGE", v.age_number, True), "ip": ("IP_ADDRESS", v.ip, False), "ssn": ("US_SSN", v.ssn, True), "ssn4": ("US_SSN", v.last4, True),
    "nid": ("NATIONAL_ID", v.national_id, True), "mrn": ("MEDICAL_RECORD_NUMBER", v.mrn, True), "plan": ("HEALTH_PLAN_ID", v.health_plan, True), "plan2": ("HEALTH_PLAN_ID", v.health_plan, False),
    "acct": ("ACCOUNT_NUMBER", v.account, True), "acct2": ("ACCOUNT_NUMBER", v.account, False), "card": ("CREDIT_CARD", v.card, True), "iban": ("IBAN", v.iban, False),
    "routing": ("ROUTING_NUMBER", v.routing, False), "lic": ("LICENSE_NUMBER", v.license_number, False), "vin": ("VEHICLE_ID", v.vin, True), "plate": ("VEHICLE_ID", v.plate, True),
    "dev": ("DEVICE_ID", v.device, False), "secret": ("SECRET", v.secret, False),
    "cvv": ("CARD_SECURITY_CODE", lambda r: v.of(r, "###", "###", "####"), False), "pin": ("SECRET", lambda r: v.of(r, "####", "######"), False),
    "exp": ("DATE", lambda r: f"{r.randint(1, 12):02}/{r.choice(['', '20'])}{r.randint(24, 32)}", True),
    "hldate": ("DATE", lambda r: f"{r.randint(1930, 2026)}{r.randint(1, 12):02}{r.randint(1, 28):02}", False),
    "dob": ("DATE", lambda r: v.date(r, r.randint(1925, 2021)), True),
}
LISTED = {"prof": ("PROFESSION", "profession"), "nrp": ("NRP", "nrp"), "country": ("COUNTRY", "country"), "fac": ("FACILITY", "facility"), "org": ("ORGANIZATION", "company"),
          "bank": ("ORGANIZATION", "bank"), "insurer": ("ORGANIZATION", "insurer")}
ROLES = {"fac": True, "org": True, "bank": True, "insurer": True}


def load_rules() -> dict[str, list[str]]:
    rules: dict[str, list[str]] = {}
    for path in sorted(HERE.glob("*.txt")):
        name, bars = None, False
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("@"):
                bars, name = line.endswith("|"), line[1:].rstrip("|")
                rules.setdefault(name, [])
            elif line.strip() and not line.startswith("#"):
                rules[name] += line.split("|") if bars or name in LONG_LINES else [line]
    return rules


# rules of words.txt, one line with bars between alternatives
LONG_LINES = set("""cond drug symptom vital lab code exam amount merchant pubco official month profession nrp country bank insurer company facility saint word rel
church republic courtname nat1 spoken season corner loose nsew unit pobox appno mtdate spec proc imaging street suffix doctype dispo allergy prof2 specimen device.model vax""".split())


COMMON = set("suffix vital lab amount code nsew unit spoken season corner loose".split())


class World:
    """All that one split may draw from."""

    def __init__(self, split: str, gazetteers: Path | None = None):
        self.split = split
        self.names, self.places = Names(split, gazetteers), Places(split, gazetteers)
        conditions, codes = terms.diagnoses()
        self.terms = {"cond": mine(conditions, split), "code": mine(codes, split), "drug": mine(terms.drugs(), split)}
        self.rules = {f"term.{name}": mine(terms.known(name), split) for name in ("medicine", "public", "organizations", "people")}
        for name, alternatives in load_rules().items():
            kept = [a for a in alternatives if split_of(a) == split]
            # small rules (sexes, units, relations) are words of the language rather than fillers, and are shared
            few = name in COMMON or len(alternatives) < 8 and not name.startswith("rec.")
            self.rules[name] = alternatives if few or not kept else kept


class Record:
    def __init__(self, world: World, rng: random.Random):
        self.w, self.rng = world, rng
        self.people: dict[str, Person] = {}
        self.kept: dict[str, str] = {}
        self.styles: dict[str, int] = {}
        self.formal = rng.random() < 0.5

    def expand(self, text: str, depth: int = 0) -> list[tuple[str, str | None]]:
        out, at = [], 0
        if depth > 12:
            return [(text, None)]
        for m in TOKEN.finditer(text):
            if m.start() > at:
                out.append((text[at:m.start()], None))
            slot, arg, rule = m.groups()
            out += self.rule(rule, depth) if rule else self.slot(slot, arg)
            at = m.end()
        if at < len(text):
            out.append((text[at:], None))
        return out

    def rule(self, rule: str, depth: int = 0):
        rng = self.rng
        if rule in self.w.terms and rng.random() < 0.35:
            return [(self.term(rule), None)]
        if "/" in rule:
            return self.expand(rng.choice(rule.split("/")), depth + 1)
        if rule.startswith("?"):
            return [] if rng.random() < 0.5 else self.rule(rule[1:], depth)
        if "*" in rule:
            name, _, count = rule.partition("*")
            lo, _, hi = count.partition("-")
            sep = " " if name.startswith("v.") or rng.random() < 0.3 else "\n"
            out = []
            for i in range(rng.randint(int(lo), int(hi or lo))):
                out += ([(sep, None)] if i else []) + self.rule(name, depth)
            return out
        alternatives = self.w.rules.get(rule)
        if alternatives is None:
            raise KeyError(rule)
        return self.expand(rng.choice(alternatives).replace("\\n", "\n").replace("\\t", "\t"), depth + 1)

    def term(self, rule: str) -> str:
        text = self.rng.choice(self.w.terms[rule])
        if rule == "drug":
            return f"{text.capitalize() if self.rng.random() < 0.4 else text} {self.rng.choice(terms.DOSES)}".strip()
        return text[0].lower() + text[1:] if rule == "cond" and self.rng.random() < 0.5 and "'" not in text else text

    def plain(self, rule: str) -> str:
        return "".join(t for t, _ in self.rule(rule))

    def person(self, who: str) -> Person:
        if who == "x" or who not in self.people:
            self.people[who] = self.w.names.person(self.rng)
            if who == "r" and "p" in self.people and self.rng.random() < 0.5:
                self.people[who].last = self.people["p"].last
        return self.people[who]

    def name(self, slot: str):
        rng = self.rng
        who, _, form = slot.partition(".")
        p = self.people["x"] if who == "x" and form and "x" in self.people else self.person(who)
        if form in ("he", "his", "him", "man", "sexw", "sexl"):
            table = {"he": ("he", "she"), "his": ("his", "her"), "him": ("him", "her"), "man": ("man", "woman"), "sexw": ("male", "female"), "sexl": ("M", "F")}[form]
            return [(table[p.sex == "f"], None)]
        if form == "hon":
            t = rng.choice(["Mr. ", "Mr "] if p.sex == "m" else ["Ms. ", "Mrs. ", "Ms ", "Mrs ", "Miss "])
            return [(t, None), (p.last if rng.random() < 0.75 else p.full(), "PERSON")]
        if form == "dr":
            t = rng.choice(["Dr. ", "Dr. ", "Dr ", "DR. ", "Doctor ", "dr. ", "Prof. "])
            return [(t, None), (p.last if rng.random() < 0.55 else p.any(rng) if rng.random() < 0.3 else p.full(), "PERSON")]
        if form == "cred":
            return [(rng.choice([p.full(), p.full(), p.inverted(rng), f"{p.given[0]}. {p.last}", f"{p.given} {(p.middle or 'A')[0]}. {p.last}"]), "PERSON"), (rng.choice([", ", ", ", " ", ","]) + p.credential, None)]
        if form == "ini3":
            text = p.given[0] + (p.middle or rng.choice(v.U))[0] + p.last.lstrip("'")[0].upper()
            return [(text.lower() if rng.random() < 0.5 else text, "PERSON")]
        if form == "x12":
            return [(f"{p.last}*{p.given}{rng.choice(['', '*' + (p.middle or 'A')[0]])}".upper(), "PERSON")]
        forms = {"first": p.given, "last": p.last, "full": p.full(), "init": p.initials(rng), "inv": p.inverted(rng), "up": p.full().upper(), "low": p.full().lower()}
        if form in forms:
            return [(forms[form], "PERSON")]
        if form == "hl7":
            return [(f"{p.last}^{p.given}^{(p.middle or '')[:1]}".upper(), "PERSON")]
        style = self.styles.setdefault(who, 0) if rng.random() < 0.3 else 1
        return [(p.any(rng) if style else p.full(), "PERSON")]

    def slot(self, slot: str, arg: str | None):
        rng = self.rng
        if slot.partition(".")[0] in PEOPLE:
            return self.name(slot)
        if slot in SIMPLE:
            label, make, keep = SIMPLE[slot]
            if keep and slot in self.kept and rng.random() < 0.9:
                return [(self.kept[slot], label)]
            if slot == "date" and rng.random() < 0.45:  # a record mostly keeps to one way of writing dates
                text = v.date(rng, rng.randint(2019, 2026), self.styles.setdefault("date", rng.randint(0, 33)))
            else:
                text = make(rng)
            if slot in ("mrn", "acct", "plan") and rng.random() < 0.06:
                text = rng.choice(["#", "No. ", "# "])[0] + text if rng.random() < 0.5 else text.lower()
            self.kept[slot] = text
            return [(text, label)]
        if slot in LISTED:
            label, rule = LISTED[slot]
            if slot in ROLES and slot in self.kept and rng.random() < 0.75:
                return [(self.kept[slot], label)]
            hospitals = self.w.places.hospitals
            text = rng.choice(hospitals) if slot == "fac" and hospitals and rng.random() < 0.25 else self.plain(rule)
            self.kept[slot] = text
            return [(text, label)]
        if slot in LITERAL:
            return [(LITERAL[slot], None)]
        return getattr(self, "slot_" + slot)(arg)

    def slot_n(self, arg):
        lo, _, hi = arg.partition("-")
        return [(str(self.rng.randint(int(lo), int(hi))), None)]

    def slot_id(self, arg):
        return [(v.unique(self.rng, arg or ""), "UNIQUE_ID")]

    def slot_time(self, arg):
        return [(v.clock(self.rng), None)]

    def slot_year(self, arg):
        return [(str(self.rng.randint(1950, 2026)), None)]

    def slot_month(self, arg):
        """A month in somebody's record: part of a date."""
        return [(self.rng.choice(v.MONTHS), "DATE")]

    def slot_monthp(self, arg):
        return [(self.rng.choice(v.MONTHS), None)]

    def slot_m_word(self, arg):
        return [(self.rng.choice(v.MONTHS).lower() if self.rng.random() < 0.6 else self.rng.choice(v.MONTHS), None)]

    def slot_d_word(self, arg):
        return [(v.ordinal(self.rng.randint(1, 31)), None)]

    def slot_n_word(self, arg):
        return [(v.words(self.rng.randint(1, 12)), None)]

    def slot_y_word(self, arg):
        return [(v.words(self.rng.randint(20, 99)), None)]

    def slot_country1(self, arg):
        return [(self.plain("country"), None)]

    def slot_nrp1(self, arg):
        return [(self.plain("nrp"), None)]

    def slot_season(self, arg):
        return [(self.plain("season"), "DATE")]

    def slot_streetp(self, arg):
        return [(self.plain("street"), None)]

    def slot_emaildate(self, arg):
        rng = self.rng
        return [(f"{rng.choice(v.DAYS)[:3]}, {rng.randint(1, 28)} {rng.choice(v.MONTHS)[:3]} {rng.randint(2015, 2027)} {rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}", "DATE")]

    def slot_agesex(self, arg):
        rng, p = self.rng, self.person("p")
        n, s = rng.randint(1, 99), "M" if p.sex == "m" else "F"
        r = rng.random()
        if r < 0.45:
            return [(f"{n}{s.lower() if rng.random() < .4 else s}", "AGE")]
        return [(str(n), "AGE"), (f" {s}", None)] if r < 0.6 else [(f"{n}yo{s}" if r < 0.8 else f"{n // 10 * 10 or 20}s", "AGE")]

    def slot_num(self, arg):
        return [(v.fill(self.rng, arg), None)]

    def slot_spell(self, arg):
        return [(v.spell(self.rng, v.fill(self.rng, arg.split("=")[1])), arg.split("=")[0])]

    def slot_as(self, arg):
        """{as:TYPE=rule}: a whole rule as one span of a type."""
        label, _, rule = arg.partition("=")
        return [(self.plain(rule), label)]

    def slot_last(self, arg):
        return [(self.rng.choice(self.w.names.usual_last) if self.rng.random() < 0.6 else self.w.names.pair(self.rng, "m")[1], None)]

    def slot_word(self, arg):
        return [(self.plain("word"), None)]

    def slot_word2(self, arg):
        return [(self.plain("word").lower(), None)]

    def slot_saint(self, arg):
        return [(self.plain("saint"), None)]

    def slot_city(self, arg):
        return [(self.w.places.city(self.rng), "CITY")]

    def slot_state(self, arg):
        return [(self.w.places.state(self.rng), "STATE")]

    def slot_zip(self, arg):
        return [(self.w.places.postal(self.rng), "POSTAL_CODE")]

    def street(self):
        rng = self.rng
        r = rng.random()
        if 0.55 < r < 0.67:
            return self.w.places.foreign_street(rng)
        if 0.67 < r < 0.72:
            return self.plain("loose").strip()
        if r < 0.08:
            return rng.choice(["PO Box {}", "P.O. Box {}", "P O BOX {}", "Post Office Box {}"]).format(rng.randint(10, 99999))
        name = self.plain("street")
        text = f"{rng.randint(1, 19999) if r < .8 else rng.randint(1, 300)} {rng.choice(['', '', '', 'N ', 'S. ', 'East ', 'NW ', 'W. '])}{name} {self.plain('suffix')}"
        if r > 0.9:
            text = rng.choice([f"{name}straße {rng.randint(1, 200)}", f"Flat {rng.randint(1, 40)}, {text}", f"{rng.randint(1, 90)} rue {name}", f"Calle {name} {rng.randint(1, 300)}", f"Via {name}, {rng.randint(1, 90)}", f"{rng.randint(1, 99)} {name} Close", f"No. {rng.randint(1, 90)} {name} Road", f"{name}laan {rng.randint(1, 99)}"])
        elif rng.random() < 0.22:
            unit = rng.choice(["Apt", "Apt.", "Unit", "Suite", "#", "Ste", "Apartment", "Fl", "Lot", "Rm"])
            text += rng.choice([", ", " ", " ", "\n"]) + f"{unit} {rng.choice([str(rng.randint(1, 999)), rng.choice('ABCD'), f'{rng.randint(1, 30)}{rng.choice(v.U)}'])}"
        return text.upper() if rng.random() < 0.08 else text

    def slot_street(self, arg):
        return [(self.street(), "STREET_ADDRESS")]

    def slot_addr(self, arg):
        return self.w.places.address(self.rng, self.street())

    def slot_email(self, arg):
        rng = self.rng
        p = self.person(arg or "p")
        host = rng.choice(v.MAIL) if rng.random() < 0.6 else v.domain(rng, self.kept.get("org") or self.plain("company"))
        return [(v.email(rng, p, host), "EMAIL_ADDRESS")]

    def slot_url(self, arg):
        return [(v.url(self.rng, self.kept.get("fac") or self.plain("company"), self.person("p")), "URL")]

    def slot_user(self, arg):
        return [(v.username(self.rng, self.person("p")), "USERNAME")]
