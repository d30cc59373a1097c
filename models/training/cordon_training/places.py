"""Places: cities of many countries, states, postal codes and whole addresses."""

import csv
from pathlib import Path

from faker import Faker

from .names import mine, split_of
from .values import fill

STATES = dict(s.split(":") for s in """AL:Alabama AK:Alaska AZ:Arizona AR:Arkansas CA:California CO:Colorado CT:Connecticut DE:Delaware FL:Florida GA:Georgia HI:Hawaii ID:Idaho
IL:Illinois IN:Indiana IA:Iowa KS:Kansas KY:Kentucky LA:Louisiana ME:Maine MD:Maryland MA:Massachusetts MI:Michigan MN:Minnesota MS:Mississippi MO:Missouri MT:Montana NE:Nebraska
NV:Nevada NH:New_Hampshire NJ:New_Jersey NM:New_Mexico NY:New_York NC:North_Carolina ND:North_Dakota OH:Ohio OK:Oklahoma OR:Oregon PA:Pennsylvania RI:Rhode_Island SC:South_Carolina
SD:South_Dakota TN:Tennessee TX:Texas UT:Utah VT:Vermont VA:Virginia WA:Washington WV:West_Virginia WI:Wisconsin WY:Wyoming DC:District_of_Columbia PR:Puerto_Rico""".split())
REGIONS = "Ontario,Quebec,British Columbia,ON,BC,Bavaria,Jalisco,Oaxaca,Punjab,Kerala,Gujarat,Lagos State,New South Wales,NSW,Queensland,Kent,Essex,West Yorkshire,County Cork,Co. Galway,Île-de-France,Guangdong".split(",")
US = """Springfield,Austin,Boston,Chicago,Houston,Phoenix,Philadelphia,San Antonio,San Diego,Dallas,Denver,Seattle,Portland,Baltimore,Memphis,Tulsa,Omaha,Fresno,Boise,Tucson,Albany,Savannah,Reno,Mobile,Reading,
Eugene,Madison,Salem,Worcester,Yonkers,Akron,Toledo,Flint,Gary,Lansing,Dayton,Macon,Billings,Fargo,Sioux Falls,Las Cruces,El Paso,Laredo,St. Paul,St. Louis,New Haven,Cedar Rapids,Baton Rouge,Des Moines,Mesa,
Chula Vista,Fort Wayne,Independence,Little Rock,Truth or Consequences,Coeur d'Alene,Winston-Salem,Hilo,Juneau,Bangor,Kalamazoo,Walla Walla,Paducah,Ypsilanti,Brooklyn,Queens,Cook County,Harris County"""
WORLD = """London,Manchester,Leeds,Bristol,Glasgow,Edinburgh,Cardiff,Dublin,Cork,Stoke-on-Trent,Milton Keynes,Toronto,Montréal,Vancouver,Sydney,Melbourne,Auckland,Berlin,München,Köln,Paris,Lyon,Marseille,Madrid,Sevilla,
Rome,Milano,Lisbon,Porto,Amsterdam,Utrecht,Stockholm,Oslo,Helsinki,Copenhagen,Warsaw,Kraków,Prague,Budapest,Athens,Istanbul,Ankara,Cairo,Lagos,Abuja,Accra,Kumasi,Nairobi,Addis Ababa,Mogadishu,Mumbai,Chennai,Hyderabad,
Kochi,Delhi,Lahore,Karachi,Dhaka,Beijing,Shanghai,Guangzhou,Hong Kong,Taipei,Seoul,Busan,Tokyo,Osaka,Hanoi,Ho Chi Minh City,Manila,Cebu,Jakarta,Bangkok,Guadalajara,Monterrey,Bogotá,Medellín,São Paulo,Lima,Port-au-Prince,
Kyiv,Kharkiv,Moscow,Tehran,Isfahan,Baghdad,Damascus,Aleppo,Beirut,Tel Aviv,Haifa,Cape Town,Durban"""


class Places:
    def __init__(self, split: str, gazetteers: Path | None = None):
        self.us = [c.strip() for c in US.split(",")]
        if gazetteers and (gazetteers / "gaz_us_cities").exists():
            rows = csv.DictReader((gazetteers / "gaz_us_cities/csv/us_cities.csv").open(encoding="utf-8"))
            self.us += sorted({r["CITY"] for r in rows})
        self.hospitals = []
        if gazetteers and (gazetteers / "gaz_cms_hospitals").exists():
            path = gazetteers / "gaz_cms_hospitals/Hospital_General_Information.csv"
            rows = csv.DictReader(path.open(encoding="utf-8", errors="replace"))
            self.hospitals = mine(sorted({r["Hospital Name"].strip().title().replace("'S", "'s") for r in rows}), split)
        self.us = mine(self.us, split)
        self.world = mine([c.strip() for c in WORLD.split(",")], split)

        self.split = split
        self.streets = [Faker(x) for x in "de_DE fr_FR it_IT es_ES nl_NL sv_SE no_NO da_DK fi_FI pl_PL pt_BR en_GB en_IN tr_TR cs_CZ en_AU es_MX".split()]

    def foreign_street(self, rng):
        """A street of another country, from Faker, kept to this split by its own text."""
        source = rng.choice(self.streets)
        source.seed_instance(rng.getrandbits(32))
        while True:
            text = source.street_address().replace("\n", ", ")
            if split_of(text) == self.split:
                return text

    def city(self, rng):
        return rng.choice(self.world if rng.random() < 0.25 else self.us)

    @staticmethod
    def state(rng):
        r = rng.random()
        return rng.choice(list(STATES)) if r < 0.62 else rng.choice(list(STATES.values())).replace("_", " ") if r < 0.92 else rng.choice(REGIONS)

    @staticmethod
    def postal(rng):
        r = rng.random()
        return fill(rng, "#####") if r < 0.72 else fill(rng, "#####-####") if r < 0.82 else fill(rng, rng.choice(["?## #??", "??# #??", "?# #??", "??## #??", "?#? #?#", "SW#? #??", "####", "######", "#####-###", "D-#####", "##-###", "?#?#?#"]))

    def address(self, rng, street):
        """One address as labelled parts; layouts on one or several lines."""
        r = rng.random()
        sep = "\n" if r < 0.25 else rng.choice([", ", ", ", ", ", " ", ",", " - "])
        out = [(street, "STREET_ADDRESS")]
        if rng.random() < 0.12:
            return out
        out += [(sep, None), (self.city(rng), "CITY")]
        if rng.random() < 0.82:
            out += [(rng.choice([", ", ", ", " ", ","]), None), (self.state(rng), "STATE")]
        if rng.random() < 0.85:
            out += [(rng.choice([" ", " ", "  ", ", ", "\n" if r < 0.1 else " "]), None), (self.postal(rng), "POSTAL_CODE")]
        if rng.random() < 0.1:
            out += [(sep, None), (rng.choice(["USA", "United States", "Canada", "UK", "United Kingdom", "Mexico", "India", "Ireland", "Germany"]), "COUNTRY")]
        return out
