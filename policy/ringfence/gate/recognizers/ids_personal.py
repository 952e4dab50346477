"""Passports, licences, vehicles, devices, and the numbers that employers, schools and shops give to people."""

from __future__ import annotations

from ringfence.gate.checksums import luhn
from ringfence.gate.identifiers import kind

_VIN = dict(
    zip(
        "ABCDEFGHJKLMNPRSTUVWXYZ",
        (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9),
        strict=True,
    )
)


def vin(value: str) -> bool:
    """49 CFR 565: the ninth character checks the rest."""
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    total = sum(
        (int(c) if c.isdigit() else _VIN[c]) * w for c, w in zip(value, weights, strict=True)
    )
    letters = sum(c.isalpha() for c in value)
    return "0123456789X"[total % 11] == value[8] and 3 <= letters <= 13


def imei(value: str) -> bool:
    """GSMA TS.06: Luhn over fifteen digits; the first two name the reporting body."""
    return value[:2] in (
        "01",
        "35",
        "86",
        "99",
        "98",
        "91",
        "44",
        "45",
        "49",
        "50",
        "51",
        "52",
        "53",
        "54",
    ) and luhn(value)


_PASSPORT = (
    "passport|passport number|passport no|passport num|passport id|travel document|reisepass|"
    "passnummer|reisepassnummer|"
    "pasaporte|numero de pasaporte|passeport|numero de passeport|passaporto|passaporte|paspoort|"
    "paszport|pasport|"
    "passport details|护照|護照|パスポート|여권|паспорт|जवाज"
)
_LICENCE = (
    "driver license|drivers license|driver licence|drivers licence|driver s license|driver s licence"
    "|driving licence|"
    "driving license|license number|licence number|dl|dl number|dl no|license no|licence no|dln|fuhrerschein|"
    "fuhrerscheinnummer|permis de conduire|licencia de conducir|permiso de conducir|patente di guida"
    "|carta de conducao|"
    "rijbewijs|rijbewijsnummer|prawo jazdy|cnh|license id|licence id|driver id|driverlicense|state id|cdl"
)
_PERSON = (
    "employee id|employee number|employee no|staff id|staff number|badge number|badge id|payroll "
    "number|payroll id|"
    "personnel number|student id|student number|student no|matriculation number|learner id|"
    "enrollment number|roll number|"
    "customer id|customer number|customer no|client id number|client number|voter id|voter registration|"
    "registration number|national id|national identity|identity number|identity card|id card|id "
    "number|citizen id|"
    "personal id|tribal id|system id|identification number|residence permit|visa number|visa no|"
    "green card|alien number|a number|uscis|service number|military id|inmate number|inmate id|booking number|"
    "loyalty number|frequent flyer|known traveler|ktn|redress number|pension number|"
    "membership id|library card|union number|personalnummer|matrikelnummer|kundennummer|numero de "
    "identificacion|"
    "numero de empleado|matricola|ufi|applicant id|candidate id|guest id|ration card|id no|"
    "police id|beneficiary id|roll no|roll numbers|hall ticket|hall ticket no|hall ticket number|register number|"
    "register no|registration no|enrolment no|enrollment no|enrolment number|matric|matric no|matric card|"
    "matriculation no|admission no|admit card|candidate number|candidate no|exam number|exam roll|usn|prn|"
    "scholar number|student card"
)
_PLATE = (
    "license plate|licence plate|plate number|number plate|plate no|registration plate|vehicle "
    "registration|plate|plates|"
    "kennzeichen|matricula|plaque|immatriculation|targa|kenteken|vehicle reg|car registration|"
    "registration number|reg no"
)

KINDS = (
    kind("PASSPORT", r"(?=(?:.*\d){5})[A-Z0-9]{6,16}", (6, 16), _PASSPORT),
    # Germany and others hand out numbers of few digits: C8YPXLRSJ.
    kind("PASSPORT", r"(?=.*\d)(?=.*[A-Z])[A-Z0-9]{8,10}", (8, 10), _PASSPORT, capitals=True),
    kind("DRIVER_LICENSE", r"(?=(?:.*\d){4})[A-Z0-9]{5,18}", (5, 18), _LICENCE),
    kind(
        "UK_DRIVING_LICENCE",
        r"[A-Z9]{5}\d[0156]\d[0-3]\d\d[A-Z9]{2}\d[A-Z]{2}",
        16,
        _LICENCE,
        grouped=r"[A-Z9]{5}-?\d[0156]\d[0-3]\d\d-?[A-Z9]{2}\d[A-Z]{2}",
    ),
    kind("PERSON_NUMBER", r"(?=(?:.*\d){4})[A-Z0-9]{5,18}", (5, 18), _PERSON),
    kind(
        "PERSON_NUMBER",
        r"(?=(?:.*\d){5})(?=.*[A-Z])[A-Z0-9]{6,18}|\d{7,12}",
        (6, 18),
        "identification|suspect|voter|employee|student|applicant|inmate|license|licence|taxpayer|badge",
    ),
    kind(
        "VIN",
        r"[A-HJ-NPR-Z0-9]{17}",
        17,
        "vin|vehicle identification|vin number|chassis|chassis number|fahrgestellnummer|vehicle",
        check=vin,
        alone=True,
        grouped=r"[A-HJ-NPR-Z0-9]{17}",
    ),
    kind(
        "IMEI",
        r"\d{15}",
        15,
        "imei|imei number|device id|handset|phone|device",
        check=imei,
        alone=True,
    ),
    kind("IMEI", r"\d{14,16}", (14, 16), "imei|imeisv|imei number"),
    kind("SIM", r"89\d{17,18}", (19, 20), "iccid|sim|sim card|imsi", distinct=True),
    kind("LICENSE_PLATE", r"(?=.*\d)(?:(?=.*[A-Z])[A-Z0-9]{5,9}|\d{5,8})", (5, 9), _PLATE),
)
