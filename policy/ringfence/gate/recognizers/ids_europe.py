"""National identifiers of Europe, with the check digits that each country publishes.

Sources are the issuing bodies' own descriptions: HMRC (NINO), INSEE (NIR), BZSt (Steuer-ID), DGP (DNI, NIE), Agenzia
delle Entrate (codice fiscale), AT (NIF), Belastingdienst (BSN), IBZ (rijksregisternummer), Skatteverket, Skatteetaten,
CPR-kontoret, DVV (HETU), MSWiA (PESEL), and their peers.
"""

from __future__ import annotations

from ringfence.gate.checksums import (
    day,
    ddmmyy,
    digits,
    ean13,
    iso7064_mod11_10,
    luhn,
    repeated,
    weighted,
    yymmdd,
)
from ringfence.gate.identifiers import kind


def nir(value: str) -> bool:
    body = value[:13].replace("2A", "19").replace("2B", "18")
    return body.isdigit() and 97 - int(body) % 97 == int(value[13:])


def steuer_id(value: str) -> bool:
    repeats = [count for d in set(value[:10]) if (count := value[:10].count(d)) > 1]
    return value[0] != "0" and repeats in ([2], [3]) and iso7064_mod11_10(value)


def rvnr(value: str) -> bool:
    expanded = value[:8] + f"{ord(value[8]) - 64:02d}" + value[9:11]
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(sum(digits(str(d * w))) for d, w in zip(digits(expanded), weights, strict=True))
    return ddmmyy(value[2:8]) and total % 10 == int(value[11])


_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"


def dni(value: str) -> bool:
    number = {"X": "0", "Y": "1", "Z": "2"}.get(value[0], value[0]) + value[1:-1]
    return number.isdigit() and _DNI[int(number) % 23] == value[-1]


_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        map(
            int,
            "1 0 5 7 9 13 15 17 19 21 1 0 5 7 9 13 15 17 19 21 2 4 18 20 11 3 6 8 12 14 16 10 22 25 24 23".split(),  # noqa: SIM905
        ),
        strict=True,
    )
)


def codice_fiscale(value: str) -> bool:
    even = sum(int(c) if c.isdigit() else ord(c) - 65 for c in value[1:15:2])
    return chr(65 + (sum(_ODD[c] for c in value[0:15:2]) + even) % 26) == value[15]


def nif_pt(value: str) -> bool:
    rest = 11 - weighted(value, range(9, 1, -1)) % 11
    return (0 if rest >= 10 else rest) == int(value[8])


def bsn(value: str) -> bool:
    return not repeated(value) and weighted(value.zfill(9), (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def be_nn(value: str) -> bool:
    month = int(value[2:4]) % 20
    known = month == 0 or 1 <= month <= 12
    check = int(value[9:])
    return known and (97 - int(value[:9]) % 97 == check or 97 - int("2" + value[:9]) % 97 == check)


def svnr(value: str) -> bool:
    total = weighted(value, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6))
    return total % 11 == int(value[3]) and 1 <= int(value[4:6]) <= 31


def personnummer(value: str) -> bool:
    ten = value[-10:]
    dom = int(ten[4:6])
    return luhn(ten) and yymmdd(ten[:4] + f"{dom - 60 if dom > 60 else dom:02d}")


def fodselsnummer(value: str) -> bool:
    dom = int(value[0]) - 4 if value[0] in "4567" else int(value[0])
    if not ddmmyy(f"{dom}{value[1:6]}"):
        return False
    first = 11 - weighted(value, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    second = 11 - weighted(value, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return first % 11 == int(value[9]) and second % 11 == int(value[10])


def cpr(value: str) -> bool:
    return ddmmyy(value[:6])


def hetu(value: str) -> bool:
    body = value[:6] + value[-4:-1]
    return ddmmyy(value[:6]) and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(body) % 31] == value[-1]


def kennitala(value: str) -> bool:
    rest = 11 - weighted(value, (3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return ddmmyy(value[:6]) and rest % 11 == int(value[8]) and value[9] in "089"


def isikukood(value: str) -> bool:
    if value[0] not in "123456" or not yymmdd(value[1:7]):
        return False
    rest = weighted(value, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if rest == 10:
        rest = weighted(value, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return rest == int(value[10])


def personas_kods(value: str) -> bool:
    total = 1101 - weighted(value, (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))
    return ddmmyy(value[:6]) and total % 11 % 10 == int(value[10])


def pesel(value: str) -> bool:
    month = int(value[2:4]) % 20
    dated = day(2000 + int(value[:2]), month, int(value[4:6])) if 1 <= month <= 12 else False
    return dated and weighted(value, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def rodne_cislo(value: str) -> bool:
    month = int(value[2:4]) % 50 % 20
    dated = 1 <= month <= 12 and 1 <= int(value[4:6]) <= 31
    return dated and (len(value) == 9 or int(value) % 11 == 0 or int(value[:9]) % 11 == 10)


def taj(value: str) -> bool:
    return weighted(value, (3, 7) * 4) % 10 == int(value[8])


def cnp(value: str) -> bool:
    rest = weighted(value, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return value[0] != "0" and yymmdd(value[1:7]) and (1 if rest == 10 else rest) == int(value[12])


def egn(value: str) -> bool:
    month = int(value[2:4]) % 20
    return 1 <= month <= 12 and weighted(value, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == int(
        value[9]
    )


def amka(value: str) -> bool:
    return ddmmyy(value[:6]) and luhn(value)


def afm(value: str) -> bool:
    return not repeated(value) and sum(
        d << (8 - i) for i, d in enumerate(digits(value[:8]))
    ) % 11 % 10 == int(value[8])


def jmbg(value: str) -> bool:
    total = weighted(value, (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2))
    dated = day(2000, int(value[2:4]), int(value[:2])) if value[:2] != "00" else False
    return dated and (11 - total % 11) % 11 % 10 == int(value[12])


def rnokpp(value: str) -> bool:
    return weighted(value, (-1, 5, 7, 9, 4, 6, 10, 5, 7)) % 11 % 10 == int(value[9])


def inn(value: str) -> bool:
    first = weighted(value, (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    second = weighted(value, (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) % 11 % 10
    return first == int(value[10]) and second == int(value[11])


def snils(value: str) -> bool:
    rest = weighted(value, range(9, 0, -1)) % 101 % 100
    return rest == int(value[9:]) and not repeated(value[:9])


def pps(value: str) -> bool:
    extra = ord(value[8]) - 64 if len(value) == 9 and value[8] != "W" else 0
    total = weighted(value[:7], range(8, 1, -1)) + 9 * extra
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == value[7]


def ahv(value: str) -> bool:
    return value.startswith("756") and ean13(value)


_ID = (
    "national id|national identity|identity number|identity card|id number|id card|personal number|"
    "personal id|identification number"
)
_TAX = "tax id|tax number|tax identification|tax identification number|tin|vat"

KINDS = (
    kind(
        "UK_NINO",
        r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]",
        9,
        "nino|national insurance|ni number|national insurance number|ni no|insurance number",
        grouped=r"[A-Z]{2}-?\d{2}-?\d{2}-?\d{2}-?[A-D]",
    ),
    kind(
        "UK_NINO",
        r"[A-Z]{2}\d{6}[A-Z]?",
        (8, 9),
        "nino|national insurance|ni number|national insurance number|ni no",
        grouped=r"[A-Z]{2}-\d{2}-\d{2}-\d{2}-[A-D]",
    ),
    kind(
        "UK_UTR",
        r"\d{10}K?",
        (10, 11),
        "utr|unique taxpayer reference|unique taxpayer|self assessment",
    ),
    kind(
        "IE_PPS",
        r"\d{7}[A-W][A-IW]?",
        (8, 9),
        "pps|ppsn|pps number|personal public service|pps no",
        check=pps,
        grouped=r"\d{7}[A-W][A-IW]?",
    ),
    kind(
        "FR_NIR",
        r"[1-478]\d{4}(?:\d\d|2[AB])\d{8}",
        15,
        "nir|securite sociale|numero de securite sociale|insee|numero de secu|secu|carte vitale|"
        + _ID,
        check=nir,
        alone=True,
    ),
    kind("FR_SPI", r"[0-3]\d{12}", 13, "spi|numero fiscal|reference fiscale|" + _TAX),
    kind(
        "DE_TAX_ID",
        r"\d{11}",
        11,
        "steuer id|steueridentifikationsnummer|steuer identifikationsnummer|steuerid|idnr|"
        "steuernummer|identifikationsnummer|" + _TAX,
        check=steuer_id,
        alone=True,
    ),
    kind(
        "DE_RVNR",
        r"\d{8}[A-Z]\d{3}",
        12,
        "rvnr|rentenversicherungsnummer|sozialversicherungsnummer|versicherungsnummer|"
        "sozialversicherung|sv nummer",
        check=rvnr,
        alone=True,
    ),
    kind(
        "DE_ID_CARD",
        r"(?=.*\d)[A-Z0-9]{9,11}",
        (9, 11),
        "personalausweis|personalausweis nr|kinderausweis|ausweisnummer|personalausweisnummer|ausweis",
        capitals=True,
    ),
    kind(
        "ES_DNI",
        r"\d{8}[A-Z]",
        9,
        "dni|nif|documento nacional|" + _ID,
        check=dni,
        grouped=r"\d{8}-?[A-Z]|\d{2}-\d{3}-\d{3}-[A-Z]",
    ),
    kind(
        "ES_NIE",
        r"[XYZ]\d{7}[A-Z]",
        9,
        "nie|numero de identidad|extranjero|" + _ID,
        check=dni,
        grouped=r"[XYZ]-?\d{7}-?[A-Z]",
    ),
    kind(
        "ES_NSS",
        r"\d{11,12}",
        (11, 12),
        "nss|seguridad social|numero de la seguridad social|afiliacion",
    ),
    kind(
        "IT_CODICE_FISCALE",
        r"[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]",
        16,
        "codice fiscale|cf|fiscal code|c f|" + _TAX,
        check=codice_fiscale,
        grouped=r"[A-Z0-9-]+",
        distinct=True,
    ),
    kind(
        "PT_NIF",
        r"[1-35689]\d{8}",
        9,
        "nif|contribuinte|numero de contribuinte|numero de identificacao fiscal|" + _TAX,
        check=nif_pt,
    ),
    kind(
        "NL_BSN",
        r"\d{8,9}",
        (8, 9),
        "bsn|burgerservicenummer|sofinummer|sofi|burger service nummer|" + _ID,
        check=bsn,
    ),
    kind(
        "BE_NATIONAL_NUMBER",
        r"\d{11}",
        11,
        "rijksregisternummer|rijksregister|numero de registre national|registre national|national "
        "number|insz|niss|rrn|" + _ID,
        check=be_nn,
        grouped=r"\d\d-\d\d-\d\d-\d{3}-\d\d",
        alone=True,
    ),
    kind(
        "LU_MATRICULE",
        r"(?:19|20)\d{11}",
        13,
        "matricule|matricule nationale|" + _ID,
        distinct=True,
    ),
    kind(
        "CH_AHV",
        r"756\d{10}",
        13,
        "ahv|avs|ahv nummer|sozialversicherungsnummer|ahv nr|no avs|" + _ID,
        check=ahv,
        grouped=r"756-\d{4}-\d{4}-\d{2}",
        alone=True,
    ),
    kind(
        "AT_SVNR",
        r"[1-9]\d{9}",
        10,
        "svnr|sozialversicherungsnummer|sv nummer|versicherungsnummer|sv nr",
        check=svnr,
    ),
    kind(
        "SE_PERSONNUMMER",
        r"(?:19|20)?\d{10}",
        (10, 12),
        "personnummer|personnr|samordningsnummer|swedish|pnr|" + _ID,
        check=personnummer,
        grouped=r"(?:19|20)?\d{6}-\d{4}",
    ),
    kind(
        "NO_FODSELSNUMMER",
        r"\d{11}",
        11,
        "fodselsnummer|fødselsnummer|personnummer|d nummer|fnr|" + _ID,
        check=fodselsnummer,
        alone=True,
    ),
    kind(
        "DK_CPR",
        r"\d{10}",
        10,
        "cpr|cpr nummer|personnummer|cpr nr|" + _ID,
        check=cpr,
        grouped=r"[0-3]\d[01]\d{3}-\d{4}",
    ),
    kind(
        "FI_HETU",
        r"\d{6}[A-FU-Y]?\d{3}[0-9A-Y]",
        (10, 11),
        "hetu|henkilotunnus|personbeteckning|henkilötunnus|" + _ID,
        check=hetu,
        grouped=r"\d{6}[-A]\d{3}[0-9A-Y]",
    ),
    kind("IS_KENNITALA", r"\d{10}", 10, "kennitala|kt|" + _ID, check=kennitala),
    kind("EE_LT_ID", r"\d{11}", 11, "isikukood|asmens kodas|" + _ID, check=isikukood, alone=True),
    kind(
        "LV_PERSONAS_KODS",
        r"\d{11}",
        11,
        "personas kods|" + _ID,
        check=personas_kods,
        grouped=r"\d{6}-\d{5}",
    ),
    kind("PL_PESEL", r"\d{11}", 11, "pesel|numer pesel|" + _ID, check=pesel, alone=True),
    kind("PL_NIP", r"\d{10}", 10, "nip|numer nip", grouped=None),
    kind(
        "PL_ID_CARD",
        r"[A-Z]{3}\d{6}",
        9,
        "dowod|dowod osobisty|numer dowodu|seria i numer|dowodu osobistego",
    ),
    kind(
        "CZ_SK_RODNE_CISLO",
        r"\d{9,10}",
        (9, 10),
        "rodne cislo|rodného čísla|rc|r c|birth number|" + _ID,
        check=rodne_cislo,
        grouped=r"\d\d[0156]\d[0-3]\d-\d{4}",
    ),
    kind("HU_TAJ", r"\d{9}", 9, "taj|taj szam|tajszam|tarsadalombiztositasi", check=taj),
    kind("HU_TAX_ID", r"8\d{9}", 10, "adoazonosito|adoazonosito jel|adoszam"),
    kind("RO_CNP", r"[1-9]\d{12}", 13, "cnp|cod numeric personal|" + _ID, check=cnp, alone=True),
    kind("BG_EGN", r"\d{10}", 10, "egn|единен граждански номер|егн|" + _ID, check=egn),
    kind("GR_AMKA", r"\d{11}", 11, "amka|αμκα|" + _ID, check=amka, alone=True),
    kind("GR_AFM", r"\d{9}", 9, "afm|αφμ|" + _TAX, check=afm),
    kind(
        "HR_OIB",
        r"\d{11}",
        11,
        "oib|osobni identifikacijski broj|" + _ID,
        check=iso7064_mod11_10,
        alone=True,
    ),
    kind("JMBG", r"\d{13}", 13, "jmbg|emso|maticni broj|embg|јмбг|" + _ID, check=jmbg, alone=True),
    kind("UA_RNOKPP", r"\d{10}", 10, "рнокпп|іпн|ипн|rnokpp|ipn|ідентифікаційний", check=rnokpp),
    kind("RU_INN", r"\d{12}", 12, "инн|inn", check=inn, alone=True),
    kind("RU_SNILS", r"\d{11}", 11, "снилс|snils", check=snils, grouped=r"\d{3}-\d{3}-\d{3}-\d{2}"),
    kind("RU_PASSPORT", r"\d{10}", 10, "паспорт|паспорта|паспортные|серия|российский"),
    kind("MT_ID_CARD", r"\d{3,7}[MGAPLHBZ]", (5, 8), "karta tal identita|maltese|" + _ID),
)
