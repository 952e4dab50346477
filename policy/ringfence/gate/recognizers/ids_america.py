"""National identifiers of the Americas: tax, social security, identity and voter numbers.

Rules: SSA's randomisation notice (areas 000, 666 and 9xx unused), IRS Pub. 1915 (ITIN groups), CRA's SIN (Luhn),
Receita Federal's CPF and CNPJ, RENAPO's CURP, SAT's RFC, AFIP's CUIT, Chile's RUT, Uruguay's CI, Ecuador's cédula.
"""

from __future__ import annotations

from ringfence.gate.checksums import day, digits, luhn, repeated, weighted
from ringfence.gate.identifiers import kind


def cpf(value: str) -> bool:
    if repeated(value):
        return False
    for size in (9, 10):
        check = weighted(value, range(size + 1, 1, -1)) * 10 % 11 % 10
        if check != int(value[size]):
            return False
    return True


def cnpj(value: str) -> bool:
    if repeated(value):
        return False
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    for size in (12, 13):
        rest = weighted(value[:size], weights[13 - size :]) % 11
        if (0 if rest < 2 else 11 - rest) != int(value[size]):
            return False
    return True


def curp(value: str) -> bool:
    alphabet = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    total = sum(alphabet.index(c) * (18 - i) for i, c in enumerate(value[:17]))
    return value[17].isdigit() and (10 - total % 10) % 10 == int(value[17])


def cuit(value: str) -> bool:
    rest = 11 - weighted(value, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return {11: 0, 10: 9}.get(rest, rest) == int(value[10])


def rut(value: str) -> bool:
    body, check = value[:-1], value[-1]
    total = sum(d * (2 + i % 6) for i, d in enumerate(reversed(digits(body))))
    return check == "0123456789K0"[(11 - total % 11)]


def cedula_uy(value: str) -> bool:
    padded = value.zfill(8)
    return (10 - weighted(padded, (2, 9, 8, 7, 6, 3, 4)) % 10) % 10 == int(padded[7])


def cedula_ec(value: str) -> bool:
    return 1 <= int(value[:2]) <= 24 and int(value[2]) < 6 and luhn(value)


def sin(value: str) -> bool:
    return value[0] not in "08" and luhn(value)


def curp_date(value: str) -> bool:
    return day(2000 + int(value[4:6]), int(value[6:8]), int(value[8:10])) and curp(value)


SSN = (
    "ssn|ssns|social security|social security number|social security no|soc sec|social|ss number|"
    "socialsecurity|"
    "last four ssn|social insurance|taxpayer|tax id|tin|ss#|itin|w 2|1099"
)
TAX = (
    "tax id|tax identification|tax identification number|taxpayer id|tin|ein|fein|employer identification|"
    "tax id number|federal tax|federal id|tax number|taxid|itin|individual taxpayer|tax no|vat|vat "
    "number|taxpayer"
)

KINDS = (
    kind(
        "US_SSN",
        r"(?!000|666)\d{3}(?!00)\d{2}(?!0000)\d{4}",
        9,
        SSN,
        grouped=r"(?!000|666|9[0-46-9])\d{3}-(?!00)\d{2}-(?!0000)\d{4}",
        distinct=True,
    ),
    kind(
        "US_ITIN",
        r"9\d{2}(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}",
        9,
        TAX,
        grouped=r"9\d\d-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}",
    ),
    kind(
        "US_EIN",
        r"\d{9}",
        9,
        TAX,
        distinct=True,
        grouped=r"(?!00|07|1[789]|2[89]|49|69|70|78|79|89|9[67])\d\d-\d{7}",
    ),
    kind("TAX_ID", r"(?=(?:.*\d){5})[A-Z0-9]{7,16}", (7, 16), TAX),
    kind(
        "CA_SIN",
        r"\d{9}",
        9,
        "sin|social insurance|social insurance number|sin number|nas|numero d assurance sociale|"
        "assurance sociale",
        check=sin,
        grouped=r"\d{3}-\d{3}-\d{3}",
    ),
    kind(
        "BR_CPF",
        r"\d{11}",
        11,
        "cpf|cadastro de pessoas fisicas|cadastro|contribuinte",
        check=cpf,
        grouped=r"\d{3}-\d{3}-\d{3}-\d{2}",
        alone=True,
    ),
    kind(
        "BR_CNPJ",
        r"\d{14}",
        14,
        "cnpj|cadastro nacional",
        check=cnpj,
        grouped=r"\d{2}-\d{3}-\d{3}-\d{4}-\d{2}",
    ),
    kind("BR_RG", r"\d{7,9}[\dX]?", (7, 10), "rg|registro geral|carteira de identidade|identidade"),
    kind(
        "MX_CURP",
        r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d",
        18,
        "curp|clave unica",
        check=curp_date,
        alone=True,
        distinct=True,
    ),
    kind(
        "MX_RFC",
        r"[A-Z&]{4}\d{6}[A-Z0-9]{3}",
        13,
        "rfc|registro federal|contribuyente",
        distinct=True,
    ),
    kind(
        "MX_NSS", r"\d{11}", 11, "nss|imss|seguridad social|seguro social", check=luhn, alone=True
    ),
    kind(
        "AR_CUIT",
        r"(?:2[03-7]|3[034])\d{9}",
        11,
        "cuit|cuil|afip|clave unica",
        check=cuit,
        grouped=r"\d{2}-\d{8}-\d",
        alone=True,
    ),
    kind(
        "NATIONAL_ID",
        r"\d{7,8}",
        (7, 8),
        "dni|documento nacional|documento|documento de identidad|cedula|cedula de identidad|cc|c c",
    ),
    kind(
        "CL_RUT",
        r"\d{7,8}[\dK]",
        (8, 9),
        "rut|run|rol unico",
        check=rut,
        grouped=r"\d{1,2}-\d{3}-\d{3}-[\dK]|\d{7,8}-[K]",
    ),
    kind("UY_CI", r"\d{7,8}", (7, 8), "ci|cedula|cedula de identidad", check=cedula_uy),
    kind(
        "EC_CEDULA",
        r"\d{10}",
        10,
        "cedula|cedula de identidad|cedula de ciudadania",
        check=cedula_ec,
    ),
    kind("CO_CEDULA", r"\d{6,10}", (6, 10), "cedula|cedula de ciudadania|numero de cedula|nit"),
)
