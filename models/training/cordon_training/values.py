"""Identifiers of every type in the forms that records use; each function returns one value as text."""

import base64
import random
import string
import uuid

D, U, L = string.digits, string.ascii_uppercase, string.ascii_lowercase
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
HOLIDAYS = """Christmas|Christmas Eve|Thanksgiving|Easter Sunday|New Year's Day|New Year's Eve|Labor Day|Memorial Day|July 4th|Fourth of July|Diwali
|Eid|Passover|Halloween|Good Friday|Boxing Day|MLK Day|Veterans Day|Yom Kippur|Lunar New Year|St. Patrick's Day|Mother's Day""".replace("\n", "").split("|")


def fill(rng: random.Random, pattern: str) -> str:
    """# a digit, ? an upper letter, * either, ~ a lower letter, ¤ an asterisk; everything else as it stands."""
    pick = {"#": D, "?": U, "*": U + D, "~": L, "^": "123456789", "%": "0123456789abcdef", "¤": "*"}
    return "".join(rng.choice(pick[c]) if c in pick else c for c in pattern)


def of(rng, *patterns):
    return fill(rng, rng.choice(patterns))


def luhn(number: str) -> str:
    total = 0
    for i, c in enumerate(reversed(number)):
        n = int(c) * (2 if i % 2 == 0 else 1)
        total += n - 9 if n > 9 else n
    return number + str(-total % 10)


def grouped(text, size, sep):
    return sep.join(text[i:i + size] for i in range(0, len(text), size))


def date(rng: random.Random, year=None, style=None) -> str:
    y = year or rng.choice([rng.randint(2015, 2027)] * 4 + [rng.randint(1925, 2014)])
    m, d = rng.randint(1, 12), rng.randint(1, 28 + 2 * (rng.random() < 0.3))
    mon = MONTHS[m - 1]
    abb = mon[:3] if m != 9 or rng.random() < 0.7 else "Sept"
    suf = "th" if 10 < d < 14 else {1: "st", 2: "nd", 3: "rd"}.get(d % 10, "th")
    dow = rng.choice(DAYS)
    forms = [
        (9, lambda: f"{m}/{d}/{y}"), (8, lambda: f"{m:02}/{d:02}/{y}"), (7, lambda: f"{m}/{d}/{y % 100:02}"), (3, lambda: f"{m:02}/{d:02}/{y % 100:02}"),
        (8, lambda: f"{y}-{m:02}-{d:02}"), (4, lambda: f"{m:02}-{d:02}-{y}"), (3, lambda: f"{d:02}.{m:02}.{y}"), (4, lambda: f"{d:02}/{m:02}/{y}"),
        (8, lambda: f"{mon} {d}, {y}"), (5, lambda: f"{abb} {d}, {y}"), (4, lambda: f"{d} {mon} {y}"), (4, lambda: f"{d:02}-{abb}-{y}"),
        (3, lambda: f"{d:02}-{abb.upper()}-{y}"), (2, lambda: f"{d:02}{abb.upper()}{y}"), (4, lambda: f"{mon} {d}{suf}"), (3, lambda: f"{mon} {d}"),
        (3, lambda: f"the {d}{suf} of {mon}"), (2, lambda: f"{d}{suf} {mon} {y}"), (3, lambda: f"{m}/{d}"), (2, lambda: f"{dow[:3]} {m}/{d}"),
        (2, lambda: f"{dow}, {mon} {d}, {y}"), (2, lambda: f"{mon} {y}"), (1, lambda: f"{abb} {y}"), (1, lambda: f"{m:02}/{y}"), (1, lambda: f"{abb}-{y % 100:02}"),
        (2, lambda: f"{y}{m:02}{d:02}"), (2, lambda: f"{d} {abb} {y % 100:02}"), (1, lambda: f"{dow} {d}{suf} {mon}"), (1, lambda: f"{dow} the {d}{suf}"),
        (2, lambda: f"{rng.choice(HOLIDAYS)}{rng.choice(['', f' {y}', f' of {y}'])}"), (1, lambda: f"{mon.lower()} {d}{suf}"), (1, lambda: f"{m}-{d}-{y % 100:02}"),
        (1, lambda: f"{abb.upper()} {d:02} {y}"), (1, lambda: f"{mon} {d}{suf}, {y}"), (1, lambda: f"'{abb} {d}" if rng.random() < .2 else f"{abb} {d}"),
        (1, lambda: f"{y}/{m:02}/{d:02}"), (1, lambda: f"{mon} of {y}"), (1, lambda: f"{d}/{m}/{y % 100:02}"),
    ]
    if style is not None:
        return forms[style % len(forms)][1]()
    return rng.choices([f for _, f in forms], [w for w, _ in forms])[0]()


def datetime(rng):
    y, m, d, h, mi, s = rng.randint(2016, 2027), rng.randint(1, 12), rng.randint(1, 28), rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59)
    return rng.choice([f"{y}-{m:02}-{d:02}T{h:02}:{mi:02}", f"{y}-{m:02}-{d:02}T{h:02}:{mi:02}:{s:02}Z", f"{y}{m:02}{d:02}{h:02}{mi:02}{s:02}",
                       f"{y}-{m:02}-{d:02} {h:02}:{mi:02}:{s:02}", f"{y}-{m:02}-{d:02}T{h:02}:{mi:02}:{s:02}-05:00", f"{y}{m:02}{d:02}{h:02}{mi:02}"])


def clock(rng):
    h, m = rng.randint(1, 12), rng.randint(0, 59)
    return rng.choice([f"{h}:{m:02} {rng.choice(['AM', 'PM', 'am', 'pm'])}", f"{rng.randint(0, 23):02}:{m:02}", f"{h} {rng.choice(['am', 'pm', 'a.m.'])}",
                       f"{rng.randint(0, 23):02}{m:02} hrs", f"{h}:{m:02}{rng.choice('ap')}m"])


def age(rng):
    n = rng.choice([rng.randint(18, 89)] * 6 + [rng.randint(90, 104), rng.randint(1, 17)])
    forms = [f"{n} year old", f"{n}-year-old", f"{n} y/o", f"{n}yo", f"{n} yo", f"{n} years old", f"{n} yrs", f"{n} years", f"{n}yr", f"{n}-yr-old", f"{n} Y", f"{n} years of age",
             f"{rng.randint(2, 23)} month old", f"{rng.randint(2, 30)}-day-old", f"{rng.randint(1, 12)} months", f"{rng.randint(1, 12)} weeks old", f"{n}y", f"{n} Yrs",
             words(n).replace("-", rng.choice("- ")) + rng.choice(["-year-old", " years old", " year old", "", " y o"])]
    return rng.choices(forms, [9, 16, 8, 7, 6, 5, 2, 4, 2, 1, 2, 2, 2, 1, 1, 1, 2, 1, 2])[0]


def age_number(rng):
    return str(rng.choice([rng.randint(18, 89), rng.randint(18, 89), rng.randint(90, 102), rng.randint(1, 17)]))


ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()


def words(n):
    if n < 20:
        return ONES[n]
    if n >= 100:
        return "one hundred" + (f" {words(n - 100)}" if n > 100 else "")
    return TENS[n // 10] + (f"-{ONES[n % 10]}" if n % 10 else "")


ORDINAL = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth"}


def ordinal(n):
    head, dash, last = words(n).rpartition("-")
    return head + dash + ORDINAL.get(last, last + "th")


def spell(rng, digits):
    return rng.choice([" ", " ", "-", ", "]).join("oh" if c == "0" and rng.random() < .5 else ONES[int(c)] for c in digits if c.isdigit())


def phone(rng):
    if rng.random() < 0.13:
        return of(rng, "+44 20 7### ####", "07### ######", "020 7### ####", "0161 ### ####", "+44 7### ######", "+49 30 ######", "+33 6 ## ## ## ##", "+91 9#### #####",
                  "+52 55 #### ####", "+61 4## ### ###", "+353 8# ### ####", "0121-###-####", "+234 80# ### ####", "+81-3-####-####", "+86 13# #### ####", "(0)20 7### ####", "04## ### ###")
    p = of(rng, "(^##) ###-####", "^##-###-####", "(^##)###-####", "^##.###.####", "^## ### ####", "+1 ^## ### ####", "+1-^##-###-####", "1-^##-###-####", "^#########", "###-####",
           "(^##) ###-#### ext. ###", "^##-###-#### x####", "^##-###-####, ext ####", "(^##) ### ####", "+1^#########", "^##/###-####", "555-01##", "(^##) 555-01##", "^##-555-01##", "1 (^##) ###-####")
    return p


def email(rng, person, domain):
    g, s = ascii(person.given), ascii(person.last)
    local = rng.choice([f"{g}.{s}", f"{g[0]}{s}", f"{g}{s}", f"{g}_{s}", f"{s}.{g}", f"{g}{rng.randint(1, 99)}", f"{g[0]}.{s}", f"{g}.{s}{rng.randint(60, 99)}", f"{s}{g[0]}", fill(rng, "~~~~~##"), f"{s}family"])
    text = f"{local}@{domain}"
    r = rng.random()
    return text.upper() if r < 0.05 else f"{local} at {domain.replace('.', ' dot ')}" if r < 0.08 else text


def ascii(t):
    from .names import plain
    return "".join(c for c in plain(t).lower() if c.isascii() and c.isalnum()) or "user"


MAIL = """gmail.com yahoo.com hotmail.com outlook.com icloud.com aol.com comcast.net protonmail.com mail.com example.org example.com btinternet.com live.co.uk gmx.de verizon.net
att.net msn.com ymail.com me.com fastmail.com yandex.ru 163.com rediffmail.com""".split()


def domain(rng, org):
    base = "".join(w for w in ascii_words(org)[:2]) or "mail"
    return base[:20] + rng.choice([".com", ".org", ".net", ".co.uk", ".health", ".edu", ".com", ".io", ".example"])


def ascii_words(t):
    return [w for w in (ascii(x) for x in t.split()) if w and w != "user"]


def url(rng, org, person):
    host = domain(rng, org)
    return rng.choice([f"www.{host}", f"https://{host}/{fill(rng, '~~~~~')}/{fill(rng, '####')}", f"https://portal.{host}/patient/{fill(rng, '#######')}", f"http://{host}", f"{host}/pay",
                       f"https://www.{host}/login?id={fill(rng, '********')}", f"linkedin.com/in/{ascii(person.given)}{ascii(person.last)}", f"https://mychart.{host}/", f"www.{host}/mybill",
                       f"https://facebook.com/{ascii(person.given)}.{ascii(person.last)}", f"{host}"])


def ip(rng):
    if rng.random() < 0.2:
        return rng.choice([fill(rng, "2001:db8:%%%%:%%%%::%%%%"), fill(rng, "fe80::%%%%:%%%%:%%%%:%%%%"), fill(rng, "2001:0db8:85a3:%%%%:%%%%:8a2e:%%%%:%%%%")])
    return ".".join(str(rng.randint(1, 254)) for _ in range(4))


def ssn(rng):
    return of(rng, "###-##-####", "###-##-####", "###-##-####", "### ## ####", "#########", "xxx-xx-####", "¤¤¤-¤¤-####", "XXX-XX-####", "###.##.####", "### - ## - ####")


def last4(rng):
    return of(rng, "####")


def national_id(rng):
    return of(rng, "### ### ####", "?? ## ## ## ?", "??######?", "### ### ###", "#### #### ####", "?????####?", "9##-7#-####", "##-#######", "?########", "#########", "########?", "??#######",
              "##.###.###-#", "######-####", "###.###.###-##", "?#######", "##########", "?########?", "######/###", "####-######-###")


def mrn(rng):
    return of(rng, "#######", "########", "######", "##-##-##", "###-##-##", "MRN#######", "?#######", "###-####-##", "??######", "#########", "##########", "H########", "E######", "MR-######", "00######", "#####-#", "M######", "?##-#####", "### ### ##", "10#####")


def health_plan(rng):
    return of(rng, "^?*#-?*#-??##", "^?*#?*#??##", "???#########", "W#########", "XYZ#########", "##########", "?########", "########-##", "???###?#####", "H####-###", "######*###", "#########?", "U#### #####", "GRP-#####", "###########", "???-####-#####", "R########", "80840 #### ####")


def account(rng):
    return of(rng, "########", "##########", "############", "####-####-##", "##-####-#", "####-######", "xxxx####", "XXXXXX####", "¤¤¤¤####", "#### #### ####", "###########", "AC-########", "?##-######", "#-###-#####-#", "######-##", "....####", "x####", "##########-#", "#######", "LN######", "U#######", "###-#####-#", "00##########", "ending in ####", "¤####")


def card(rng, real=0.7):
    prefix, n = rng.choice([("4", 16), ("5" + rng.choice("12345"), 16), ("37", 15), ("34", 15), ("6011", 16), ("4", 16), ("35", 16), ("2221", 16)])
    body = prefix + "".join(rng.choice(D) for _ in range(n - len(prefix) - 1))
    num = luhn(body) if rng.random() < real else body + rng.choice(D)
    if n == 15:
        return rng.choice([num, f"{num[:4]} {num[4:10]} {num[10:]}", f"{num[:4]}-{num[4:10]}-{num[10:]}", f"XXXX-XXXXXX-X{num[-4:]}"])
    r = rng.random()
    if r < 0.14:
        return rng.choice(["XXXX-XXXX-XXXX-", "xxxx xxxx xxxx ", "**** **** **** ", "************", "XXXXXXXXXXXX", "•••• "]) + num[-4:]
    return num if r < 0.35 else grouped(num, 4, rng.choice([" ", "-", " ", " - ", "  "]))


def iban(rng):
    cc, bban = rng.choice([("DE", "#" * 18), ("GB", "????" + "#" * 14), ("FR", "#" * 10 + "*" * 11 + "##"), ("NL", "????" + "#" * 10), ("ES", "#" * 20), ("IT", "?" + "#" * 22), ("CH", "#" * 17), ("BE", "#" * 12), ("SE", "#" * 20),
                           ("AE", "#" * 19), ("PL", "#" * 24), ("NO", "#" * 11), ("SA", "##" + "*" * 18), ("IE", "????" + "#" * 14), ("TR", "#" * 22)])
    body = fill(rng, bban)
    check = 98 - int("".join(str(int(c, 36)) for c in body + cc + "00")) % 97 if rng.random() < 0.8 else rng.randint(2, 97)
    text = f"{cc}{check:02}{body}"
    return grouped(text, 4, " ") if rng.random() < 0.5 else grouped(text, 4, "-") if rng.random() < .06 else text


def routing(rng):
    r = rng.random()
    if r < 0.6:
        d = [int(c) for c in fill(rng, rng.choice(["0#", "1#", "2#", "3#"]) + "######")]
        return "".join(map(str, d)) + str(-(3 * (d[0] + d[3] + d[6]) + 7 * (d[1] + d[4] + d[7]) + d[2] + d[5]) % 10)
    if r < 0.75:
        return of(rng, "##-##-##", "######", "## ## ##")
    if r < 0.92:
        return of(rng, "????US**", "????GB2L", "????DEFF***", "????FRPP", "????US33XXX", "????NL2A", "????CHZZ80A")
    return of(rng, "#########", "#####-###", "0#########"[:9])


def license_number(rng):
    return of(rng, "?#######", "##########", "1#########", "??#######", "?###-####-####", "A########", "???######", "F#######", "MD######", "RN-######", "B?#######", "##-###-####", "?##-##-####", "???????######?##??", "G-####", "PT#####", "036-######", "D### #### ####")


def vin(rng):
    chars = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    return rng.choice(["1", "2", "3", "5", "J", "K", "W", "S"]) + "".join(rng.choice(chars) for _ in range(10)) + fill(rng, "######")


def plate(rng):
    return of(rng, "??? ####", "#???###", "???-####", "??## ???", "### ???", "??? ###", "?##-###", "###-???", "??-####", "?? ## ??")


def device(rng):
    kind = rng.random()
    if kind < 0.25:
        return luhn(fill(rng, "35############")) if rng.random() < 0.7 else fill(rng, "## ###### ###### #")
    if kind < 0.45:
        return rng.choice([":", "-", ":"]).join(fill(rng, "%%") for _ in range(6)).upper() if rng.random() < .6 else ":".join(fill(rng, "%%") for _ in range(6))
    return of(rng, "SN-########", "???######?", "S/N ########"[4:], "(01)##############(21)??######", "?##########", "PM-####-####", "??######", "BLH######?", "##???#####", "?*?*?*?*?*", "RX-##-#####", "C########", "??-####-####-#", "########")


def unique(rng, kind=""):
    forms = {
        "claim": ("CLM-########", "##############", "C#########", "2024##########", "#######-##", "????#####", "CL-####-######"), "invoice": ("INV-######", "INV#####", "2024-####", "#####", "SI-########", "F-2025-###"),
        "encounter": ("#########", "E########", "ENC-######", "V##########", "10########", "FIN ########"[4:]), "accession": ("S##-#####", "SP-24-#####", "A########", "##-###-######", "CT-##-######", "24-##########", "RAD#######", "CY##-####"),
        "case": ("CASE-######", "########", "##-cv-#####", "2025-#####", "CFPB-######-######", "#######", "SR#########"), "reference": ("REF########", "FT###########", "########", "??########", "TRN-############", "20########MMQFMP######", "?##?##?##", "E2E-########"),
        "policy": ("POL-#######", "???-#######-##", "##-??-####-#", "HO########", "PA #######", "?########", "#### ##### ##"), "employee": ("E#####", "######", "EMP-####", "00#####", "??####", "#####"),
        "transaction": ("##############", "TXN########", "ch_****************", "********-****", "#########"), "order": ("ORD-######", "PO-#####", "########", "W##########", "###-#######-#######"), "student": ("########", "S#######", "A00######"),
    }
    if kind == "uuid" or (not kind and rng.random() < 0.08):
        return str(uuid.UUID(int=rng.getrandbits(128)))
    return of(rng, *(forms.get(kind) or rng.choice(list(forms.values()))))


def username(rng, person):
    g, s = ascii(person.given), ascii(person.last)
    return rng.choice([f"{g[0]}{s}", f"{g}.{s}", f"{g}{rng.randint(1, 2020)}", f"@{g}_{s}", f"{s}{g[0]}{rng.randint(1, 9)}", f"@{g}{fill(rng, '##')}", fill(rng, "~~~##~"), f"{g}_the_{rng.choice(['great', 'nurse', 'dad', 'gamer'])}", f"{s}_{g[:2]}", fill(rng, "u######")])


WORDS = "summer tiger blue coffee dragon monkey winter pass hello river sunset guitar yankee princess welcome rocket pepper maple shadow denver".split()


def secret(rng):
    a, b = rng.choice(WORDS), rng.choice(WORDS)
    r = rng.random()
    if r < 0.5:
        return rng.choice([f"{a.title()}{rng.randint(1, 2026)}!", f"{a}{b.title()}{fill(rng, '##')}", f"{a.title()}${fill(rng, '####')}", f"{a}-{b}-{rng.choice(WORDS)}-{fill(rng, '##')}", fill(rng, "~~?#~#?!~#"), f"{a.replace('e', '3').replace('o', '0')}#{fill(rng, '##')}", f"P@ss{fill(rng, '####')}"])
    if r < 0.75:
        tail = "".join(rng.choice(string.ascii_letters + D) for _ in range(rng.randint(16, 36)))
        return rng.choice(["sk-", "AKIA", "ghp_", "Bearer ", "xoxb-", "sk_live_", "", "AIza"]) + tail
    if r < 0.9:
        return fill(rng, rng.choice(["####", "######", "###-###"]))
    return base64.b64encode(rng.randbytes(rng.randint(9, 24))).decode()
