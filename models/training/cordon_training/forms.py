"""Forms, tables and machine formats: a set of fields in one of many layouts."""

import json

from .names import mine

# field: what it may be called, and what stands in it
FIELDS = {line.split("~")[0].strip(): (line.split("~")[1].split("|"), line.split("~")[2]) for line in r"""
name~Patient Name|Patient|Pt Name|Name|PATIENT|Pt|Patient's Name|Name of Patient|Full Name|NAME (Last, First)|patient_name|Member Name|Legal Name~{p}
cust~Customer Name|Customer|Name|Account Holder|Borrower|Applicant|Client|Cardholder|Full Legal Name|Name on Account|Primary Applicant|customer_name|Taxpayer|Payee|Insured|Member|Beneficial Owner~{p}
fname~First Name|Given Name|first_name|Forename|FIRST|First~{p.first}
lname~Last Name|Surname|Family Name|last_name|LAST|Last~{p.last}
co~Co-Borrower|Spouse|Joint Owner|Co-Applicant|Secondary Cardholder|Emergency Contact|Next of Kin|NOK|Guarantor|Responsible Party|Parent/Guardian|Beneficiary|POA|Emerg. Contact~{r}
dob~DOB|Date of Birth|D.O.B.|Birth Date|Birthdate|DATE OF BIRTH|dob|Born|B-day|Date of birth (mm/dd/yyyy)~{dob}
mrn~MRN|Medical Record #|Med Rec No|MR#|Patient ID|Chart #|Hospital No.|Unit No|Record Number|Med. Rec. Num|mrn|Patient Number|Hosp #|Chart No|Pt ID|UR No~{mrn}
sex~Sex|Gender|SEX|M/F~{p.sexl}
age~Age|AGE|Age (yrs)|Patient age~{agen}
ssn~SSN|Social Security Number|Social Security No.|SS#|Soc Sec #|SSN/TIN|ssn|S.S.N.|Social~{ssn}
ssn4~SSN (last 4)|Last 4 SSN|Last four of Social|SSN ending in~{ssn4}
addr~Address|Home Address|Mailing Address|Street Address|ADDRESS|Residence|Current Address|Addr|Property Address|Billing Address|Service Address~{addr}
street~Street|Address Line 1|Addr 1|address1|Street line~{street}
city~City|Town|CITY|city|City/Town~{city}
state~State|Province|ST|state|State/Province~{state}
zip~ZIP|Zip Code|Postal Code|Postcode|zip|ZIP+4~{zip}
phone~Phone|Tel|Telephone|Home Phone|Cell|Mobile|Phone #|Ph|Contact No.|Daytime Phone|phone|Tel. No.|Work Phone|Cell #|Callback #~{phone}
fax~Fax|FAX|Fax #|Facsimile|Fax No.|F~{fax}
email~Email|E-mail|Email Address|EMAIL|e-mail|email~{email}
plan~Member ID|Subscriber ID|Policy/ID #|Insurance ID|Health Plan ID|Medicare #|MBI|Medicaid ID|ID #|Member Number|HICN|Cardholder ID|Ins. ID|Certificate No.~{plan}
group~Group #|Group Number|Grp|GROUP NO|Group ID|RxGrp~{plan2}
insurer~Insurance|Payer|Plan|Carrier|Primary Insurance|Insurer|Health Plan|Payor~{insurer}
enc~Encounter #|Visit No|FIN|CSN|Visit ID|Encounter|Acct/Visit|Admission No.~{id:encounter}
acc~Accession #|Accession No|Specimen ID|Case #|Acc#|Exam ID|Lab No.|Order #|Requisition~{id:accession}
claim~Claim #|Claim Number|Claim No.|ICN|DCN|Claim ID|claim_id|Reference Claim~{id:claim}
adm~Admitted|Admission Date|Date of Admission|Adm|ADMIT DATE|Admit Dt~{date}
dis~Discharged|Discharge Date|Date of Discharge|D/C Date|Disch~{date}
dos~Date of Service|DOS|Service Date|Visit Date|Date|Date/Time|Exam Date|Collected|Date of Exam|Encounter Date~{date}
doc~Physician|Provider|Attending|Attending MD|PCP|Referring Physician|Ordering Provider|Surgeon|Dr|Ordered by|Primary Care|Rendering Provider|Radiologist|Prescriber|Consultant~{d.cred}
doc2~Referred by|Cc|Copy to|Resident|Assistant|Anesthesiologist|Collected by|RN|Nurse|Dictated by|Transcribed by|Reviewed by|Verified by~{d2}
npi~NPI|Provider NPI|NPI #|DEA|DEA #|License #|Lic. No.|State License~{lic}
fac~Facility|Hospital|Location|Clinic|Performing Lab|Site|Service Facility|Dept/Facility|Pharmacy|Place of Service~{fac}
dx~Diagnosis|Dx|Admitting Dx|Impression|Reason|Indication|ICD-10|Chief Complaint|CC~<cond>
med~Medication|Drug|Rx|Sig|Current meds~<drug>
proc~Procedure|Exam|Study|CPT|Operation~<proc>
race~Race|Ethnicity|Religion|Nationality|Race/Ethnicity|Citizenship|Religious preference~{nrp}
occ~Occupation|Job Title|Employment|Title|Position|Profession~{prof}
emp~Employer|Employer Name|Company|School|Place of Work|Business Name~{org}
lot~Lot #|Lot|NDC|CVX~{num:##?##?}
vac~Vaccine|Immunization|Product~<Influenza/MMR/Tdap/COVID-19 mRNA/HepB/Varicella/Pneumovax 23/DTaP>
vit~Vitals|VS|Vital Signs~<vital>
lab~Result|Labs|Value|Result/Flag~<lab>
acct~Account #|Account Number|Acct|Account No.|A/C No|Checking Acct|Loan Number|Loan #|acct_no|Customer No.|Cust ID|Account|Deposit to account|Acct ending~{acct}
card~Card Number|Card #|PAN|Credit Card|CC#|Card No.|card_number|Visa|MasterCard|Card~{card}
exp~Exp|Expiry|Expiration|Exp. Date|Valid thru~{exp}
cvv~CVV|CVC|Security Code|CVV2|CID|Sec code~{cvv}
iban~IBAN|Beneficiary IBAN|iban|Account (IBAN)~{iban}
routing~Routing #|ABA|Routing Number|ABA/RTN|Sort Code|SWIFT|BIC|SWIFT/BIC|Transit No.|RTN~{routing}
bank~Bank|Bank Name|Financial Institution|Beneficiary Bank|Lender|Creditor|Issuer~{bank}
amt~Amount|Amount Due|Total|Balance|Payment|Loan Amount|Gross Pay|Net Pay|New Balance|Past Due|Wages|Billed|Min. Payment|Credit Limit~<amount>
stdate~Statement Date|Due Date|Payment Due Date|Closing Date|Pay Date|Date|Invoice Date|Value Date|Opened|Trade Date|Date of Loss~{date}
ref~Reference|Ref #|Reference No.|Confirmation #|Trace No.|Transaction ID|UETR|Ref|Case No.|Ticket~{id:reference}
inv~Invoice #|Invoice No.|Inv|Bill No.|Order No|PO Number~{id:invoice}
pol~Policy #|Policy Number|Policy No.|Pol.~{id:policy}
empid~Employee ID|Emp #|Employee No.|Badge|Staff ID|Payroll No~{id:employee}
dl~Driver's License|DL #|License No|ID Number (DL)|Drivers Lic~{lic}
nid~Passport No.|Tax ID|TIN|EIN|National Insurance No|NHS No|SIN|ITIN|ID Document No.|PAN|Aadhaar|NINO|CPF|Passport~{nid}
vin~VIN|Vehicle ID|VIN #|Vehicle Identification Number~{vin}
plate~Plate|License Plate|Tag|Reg. No|Plate #~{plate}
dev~Serial #|Device Serial|S/N|Implant Serial|IMEI|MAC|UDI|Serial No.|Device ID~{dev}
model~Model|Device|Product|Make/Model|Equipment~<device.model>
user~Username|User|Login|User ID|Portal login|Online ID|user~{user}
pwd~Password|Temp password|Pwd|Passcode|API key|PIN|Passphrase|token~{secret}
ip~IP|IP Address|Client IP|Login IP|src_ip|IP addr~{ip}
url~Website|Portal|URL|Link|Web~{url}
cur~Currency|Curr|Ccy~<USD/EUR/GBP/CAD>
status~Status|Type|Method|Terms|Code|Priority~<active/pending/ACH/paid/N/A/30 days/Routine/STAT/OK/fixed 30 yr/Approved>
country~Country|Country of Birth|Country of residence~{country}
code~Code|ICD|CPT/HCPCS|Rev Code|MCC~<code>
""".strip().splitlines()}

CLIN = "name dob mrn sex age phone addr doc fac dos"
SETS = {  # class: core fields, further fields
    "discharge_summary": (CLIN, "adm dis dx enc doc2 ssn co"), "progress_note": (CLIN, "vit dx enc med"), "history_and_physical": (CLIN, "dx race occ co vit"), "referral_letter": (CLIN, "insurer plan dx fax doc2 npi"),
    "consult_letter": (CLIN, "doc2 dx fax"), "radiology_report": (CLIN, "acc proc doc2 dx"), "pathology_report": (CLIN, "acc dx doc2 proc"), "lab_report": (CLIN, "acc lab doc2 npi code"), "operative_note": (CLIN, "proc doc2 dx dev model"),
    "emergency_note": (CLIN, "vit dx enc co"), "nursing_note": ("name mrn dob dos", "vit doc2 med enc fac"), "patient_message": ("name dob mrn phone email", "user url dos"), "phone_encounter": ("name dob mrn phone dos", "doc2 dx med co"),
    "prior_authorization": ("name dob plan insurer doc npi", "fax phone med dx ref group fac addr"), "explanation_of_benefits": ("name plan claim dos insurer", "amt group doc addr code"), "medical_claim": ("name dob plan insurer claim doc npi dos", "nid code amt addr phone emp group fac"),
    "prescription": ("name dob addr doc npi med dos", "phone fac plan fax"), "immunization_record": ("name dob vac lot dos", "co fac doc mrn phone"), "therapy_note": ("name dob dos doc", "dx age race occ insurer"), "clinical_other": (CLIN, "dev model lab race co empid"),
    "bank_statement": ("cust addr acct stdate bank amt", "routing iban ref phone url"), "card_statement": ("cust addr card stdate amt", "acct bank phone status"), "loan_application": ("cust dob ssn addr phone email emp occ amt", "co dl bank acct status age race"), "tax_form": ("cust ssn addr emp nid amt", "co occ acct routing state zip"),
    "pay_stub": ("cust empid emp amt stdate", "ssn4 acct routing addr occ bank"), "invoice": ("cust addr inv stdate amt", "email phone iban routing bank emp ref"), "wire_instruction": ("cust bank routing acct amt", "iban addr ref stdate phone"), "kyc_form": ("cust dob nid addr country occ", "dl ssn phone email emp race stdate ip"),
    "credit_report": ("cust ssn dob addr emp", "acct bank amt stdate ref phone co"), "dispute_letter": ("cust acct card amt stdate", "ref addr phone bank email"), "collections_letter": ("cust addr acct amt stdate", "ref phone bank"), "brokerage_statement": ("cust acct stdate amt bank", "addr ssn4 co phone"),
    "insurance_claim": ("cust pol claim stdate addr", "vin plate dl phone amt insurer email model"), "payment_message": ("cust iban routing amt ref", "bank addr cur stdate acct"), "call_transcript": ("cust phone acct stdate", "ref user status"), "financial_email": ("cust email acct", "amt ref phone stdate"),
    "financial_other": ("cust acct amt", "dev ip user pwd pol emp card exp cvv stdate nid"), "general_correspondence": ("cust addr phone email", "stdate emp occ"), "policy_document": ("status", "code"), "other": ("cust email user", "ip pwd url dev plate empid stdate emp ref"),
}


def choose(record, cls):
    core, more = (s.split() for s in SETS[cls])
    rng = record.rng
    keys = [k for k in core if rng.random() < 0.8] + [k for k in more if rng.random() < 0.35]
    if rng.random() < 0.06:
        keys.append(rng.choice(list(FIELDS)))
    if rng.random() < 0.25:
        rng.shuffle(keys)
    return keys or core[:2]


def title(record, key):
    return record.rng.choice(mine(FIELDS[key][0], record.w.split))


def cell(record, key, flat=True):
    parts = record.expand(FIELDS[key][1])
    return [(t.replace("\n", " ") if flat else t, label) for t, label in parts]


def form(record, cls):
    rng = record.rng
    keys = choose(record, cls)
    kind = rng.choices(["colon", "dots", "pairs", "kv", "json", "xml", "bare", "pipes", "run", "wide", "below"], [26, 5, 14, 5, 5, 4, 8, 6, 10, 6, 8])[0]
    up = rng.random() < 0.2
    out = []
    for i, key in enumerate(keys):
        t = title(record, key)
        t = t.upper() if up else t
        slim = t.lower().replace(" ", "_").replace("'", "").replace("#", "no").replace("/", "_").replace(".", "").strip("_")
        value, last = cell(record, key, kind != "colon"), i == len(keys) - 1
        if kind == "colon":
            out += [(t + rng.choice([": ", ": ", ":", " : "]), None), *value, ("\n", None)]
        elif kind == "dots":
            out += [(t + rng.choice([" ", ""]) + "." * rng.randint(3, 18) + " ", None), *value, ("\n", None)]
        elif kind == "pairs":
            out += [(t + ": ", None), *value, ("\n" if i % 2 or last else rng.choice(["   ", "\t", "  |  ", "      "]), None)]
        elif kind == "kv":
            out += [(slim + "=", None), *value, ("\n" if rng.random() < 0.5 else "; ", None)]
        elif kind == "json":
            quoted = [(json.dumps(x, ensure_ascii=False)[1:-1], label) for x, label in value]
            out += [("{\n  " if i == 0 else "  ", None), (f'"{slim}": "', None), *quoted, ('"\n}\n' if last else '",\n', None)]
        elif kind == "xml":
            out += [(f"<{slim}>", None), *value, (f"</{slim}>\n", None)]
        elif kind == "bare":
            out += [(t + rng.choice([" ", "  ", "\t"]), None), *value, ("\n", None)]
        elif kind == "pipes":
            out += [("| " + t + " | ", None), *value, (" |\n", None)]
        elif kind == "run":
            out += [(t + rng.choice([": ", " ", ": "]), None), *value, ("\n" if last else rng.choice(["  ", ", ", "; ", " "]), None)]
        elif kind == "wide":
            out += [(t + ":" + " " * max(2, 24 - len(t)), None), *value, ("\n", None)]
        else:
            out += [(t + "\n", None), *value, ("\n", None)]
    return out


def table(record, cls, fresh):
    """Rows about several people under a header, as CSV, tabs, pipes or aligned columns."""
    rng = record.rng
    keys = choose(record, cls)[:rng.randint(3, 7)]
    sep = rng.choice([",", ",", "\t", " | ", ";", "   "])
    out = []
    if rng.random() < 0.85:
        out += [(sep.join(title(record, k) for k in keys) + "\n", None)]
    for _ in range(rng.randint(1, 6)):
        row = fresh()
        for i, key in enumerate(keys):
            value = cell(row, key)
            if sep == "," and any("," in t for t, _ in value):
                value = [('"', None), *value, ('"', None)]
            out += [*value, ("\n" if i == len(keys) - 1 else sep, None)]
    return out
