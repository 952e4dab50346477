"""Numbers of health care: patients, insurance, prescribers.

Rules: CMS (NPI is Luhn over 80840 and the number; MBI's positions), DEA (digit sum), NHS Data Dictionary (mod 11),
Régie (RAMQ), NZ Ministry of Health (NHI).
"""

from __future__ import annotations

from ringfence.gate.checksums import luhn, repeated, weighted
from ringfence.gate.identifiers import kind


def npi(value: str) -> bool:
    return luhn("80840" + value)


def dea(value: str) -> bool:
    odd = sum(int(value[i]) for i in (2, 4, 6))
    even = sum(int(value[i]) for i in (3, 5, 7))
    return (odd + 2 * even) % 10 == int(value[8])


def nhs(value: str) -> bool:
    return not repeated(value) and (11 - weighted(value, range(10, 1, -1)) % 11) % 11 == int(
        value[9]
    )


_MRN = (
    "mrn|medical record|medical record number|medical record no|record number|patient id|patient "
    "identifier|patient number|"
    "patient no|chart number|chart no|hospital number|hospital no|hospital id|medical file|file number|"
    "med rec|medrec|mr number|encounter|encounter number|visit number|admission number|accession|"
    "accession number|"
    "specimen|pid|unit number|patient mrn|health record|patientennummer|fallnummer|numero de historia|"
    "historia clinica|numero de dossier|dossier patient|subject id|health id|uhid"
)
_MEMBER = (
    "member id|member number|member no|membership number|subscriber id|subscriber number|policy "
    "number|policy no|"
    "policy id|insurance id|insurance number|insurance policy|insurance no|insurance code|insurance "
    "policy number|"
    "group number|group id|beneficiary id|health plan id|medicaid id|"
    "medicare number|insured id|versichertennummer|krankenversichertennummer|krankenkasse|plan id|"
    "coverage id|claim number|claim no|claim id|rx id|rxid|prescription number|rx number|health card|ohip|ramq|"
    "numero de assure|poliza|numero de poliza"
)
_ANY = r"(?=(?:.*\d){3})[A-Z0-9]{5,18}"

KINDS = (
    kind("MRN", _ANY, (5, 18), _MRN),
    kind("HEALTH_MEMBER_ID", _ANY, (5, 18), _MEMBER),
    # Words that say less want a value that says more.
    kind("MRN", r"(?=(?:.*\d){5})(?=.*[A-Z])[A-Z0-9]{6,18}|\d{6,12}", (6, 18), "patient|chart"),
    kind(
        "HEALTH_MEMBER_ID",
        r"(?=(?:.*\d){5})(?=.*[A-Z])[A-Z0-9]{6,18}|\d{7,12}",
        (6, 18),
        "policy|policyholder|subscriber|beneficiary|insured|medicaid|medicare|claim|member|health insurance",
    ),
    kind(
        "HEALTH_MEMBER_ID",
        r"80\d{18}",  # the European health insurance card
        20,
        "insurance card|health insurance|ehic|versichertenkarte|gesundheitskarte|carte vitale|tessera sanitaria",
        distinct=True,
    ),
    kind(
        "US_NPI",
        r"[12]\d{9}",
        10,
        "npi|national provider|provider id|npi number|provider identifier",
        check=npi,
    ),
    kind(
        "US_DEA",
        r"[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}",
        9,
        "dea|dea number|prescriber|physician|provider|registrant",
        check=dea,
        grouped=r"[ABFGM][A-Z9]\d{7}",
    ),
    kind(
        "US_MBI",
        r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]{2}\d{2}",
        11,
        "mbi|medicare|beneficiary",
        grouped=r"[A-Z0-9]{4}-?[A-Z0-9]{3}-?[A-Z0-9]{4}",
        distinct=True,
    ),
    kind(
        "UK_NHS",
        r"\d{10}",
        10,
        "nhs|nhs number|nhs no|patient|health service|chi|chi number",
        check=nhs,
        grouped=r"\d{3}-\d{3}-\d{4}",
    ),
    kind(
        "NZ_NHI", r"[A-HJ-NP-Z]{3}\d{4}|[A-HJ-NP-Z]{3}\d{2}[A-Z]{2}", 7, "nhi|national health index"
    ),
    kind(
        "CA_RAMQ",
        r"[A-Z]{4}\d{8}",
        12,
        "ramq|health card|assurance maladie|carte soleil",
        distinct=True,
    ),
    kind(
        "DE_KVNR",
        r"[A-Z]\d{9}",
        10,
        "krankenversichertennummer|versichertennummer|kvnr|krankenkasse|krankenversicherung",
        distinct=True,
    ),
)
