"""National identifiers of Africa, Asia and Oceania, with the check digits that each country publishes.

Sources: UIDAI (Aadhaar, Verhoeff), Income Tax Department (PAN), GB 11643 (China), Hong Kong ImmD, Taiwan MOI, Japan's
My Number act, Singapore ICA, Thailand DOPA, Israel's Population Authority, South Africa's Home Affairs, ATO (TFN).
"""

from __future__ import annotations

from ringfence.gate.checksums import day, digits, luhn, repeated, verhoeff, weighted, yymmdd
from ringfence.gate.identifiers import kind


def aadhaar(value: str) -> bool:
    return value[0] not in "01" and not repeated(value) and verhoeff(value)


def resident_id_cn(value: str) -> bool:
    dated = day(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return dated and "10X98765432"[weighted(value[:17], weights) % 11] == value[17]


def hkid(value: str) -> bool:
    letters = value[:-7]
    head = (
        36 * 9 + (ord(letters) - 55) * 8
        if len(letters) == 1
        else (ord(letters[0]) - 55) * 9 + (ord(letters[1]) - 55) * 8
    )
    total = (
        head
        + weighted(value[-7:-1], (7, 6, 5, 4, 3, 2))
        + (10 if value[-1] == "A" else int(value[-1], 36))
    )
    return total % 11 == 0


def taiwan(value: str) -> bool:
    code = 10 + "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(value[0])
    return (code // 10 + code % 10 * 9 + weighted(value[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def rrn(value: str) -> bool:
    return yymmdd(value[:6]) and value[6] in "12345678"


def my_number(value: str) -> bool:
    rest = (
        sum(d * (i + 1 if i <= 6 else i - 5) for i, d in enumerate(reversed(digits(value[:11])), 1))
        % 11
    )
    return (0 if rest <= 1 else 11 - rest) == int(value[11]) and not repeated(value)


def nric(value: str) -> bool:
    total = weighted(value[1:8], (2, 7, 6, 5, 4, 3, 2)) + (
        4 if value[0] in "TG" else 3 if value[0] == "M" else 0
    )
    table = {
        "S": "JZIHGFEDCBA",
        "T": "JZIHGFEDCBA",
        "F": "XWUTRQPNMLK",
        "G": "XWUTRQPNMLK",
        "M": "XWUTRQPNJLK",
    }
    place = 10 - total % 11 if value[0] == "M" else total % 11
    return table[value[0]][place] == value[8]


def thai(value: str) -> bool:
    return (11 - weighted(value, range(13, 1, -1)) % 11) % 10 == int(value[12]) and not repeated(
        value
    )


def mykad(value: str) -> bool:
    return yymmdd(value[:6]) and value[6:8] not in ("00", "17", "18", "19", "20")


def nik(value: str) -> bool:
    dom = int(value[6:8])
    return (
        day(2000 + int(value[10:12]), int(value[8:10]), dom - 40 if dom > 40 else dom)
        if dom not in (0, 40)
        else False
    )


def tc_kimlik(value: str) -> bool:
    d = digits(value)
    tenth = (sum(d[0:9:2]) * 7 - sum(d[1:8:2])) % 10
    return d[0] != 0 and tenth == d[9] and sum(d[:10]) % 10 == d[10]


def za_id(value: str) -> bool:
    return yymmdd(value[:6]) and value[10] in "012" and luhn(value)


def egypt(value: str) -> bool:
    return value[0] in "23" and yymmdd(value[1:7]) and 1 <= int(value[7:9]) <= 88


def teudat_zehut(value: str) -> bool:
    return luhn(value.zfill(9))


def emirates(value: str) -> bool:
    return value.startswith("784") and luhn(value)


def saudi(value: str) -> bool:
    return value[0] in "12" and luhn(value)


def tfn(value: str) -> bool:
    return weighted(value, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0 and not repeated(value)


def medicare_au(value: str) -> bool:
    return value[0] in "23456" and weighted(value, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == int(value[8])


def abn(value: str) -> bool:
    return (weighted(value, (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) - 10) % 89 == 0


def ird(value: str) -> bool:
    padded = value.zfill(9)
    for weights in ((3, 2, 7, 6, 5, 4, 3, 2), (7, 4, 3, 2, 5, 2, 7, 6)):
        rest = weighted(padded, weights) % 11
        if rest != 1:
            return (11 - rest) % 11 == int(padded[8])
    return False


_ID = (
    "national id|national identity|identity number|identity card|id number|id card|citizen id|"
    "identification number|nid|nic"
)

KINDS = (
    kind(
        "IN_AADHAAR",
        r"\d{12}",
        12,
        "aadhaar|aadhar|adhaar|uidai|आधार",
        check=aadhaar,
        grouped=r"[2-9]\d{3}-\d{4}-\d{4}",
        alone=True,
    ),
    kind(
        "IN_AADHAAR",
        r"\d{11,16}",
        (11, 16),
        "aadhaar|aadhar|adhaar|uidai|aadhaar number|aadhar number",
    ),
    kind(
        "IN_PAN",
        r"[A-Z]{3}[ABCFGHLJPTE][A-Z]\d{4}[A-Z]",
        10,
        "pan|pan card|pan number|permanent account|income tax",
        grouped=r"[A-Z]{3}[ABCFGHLJPTE][A-Z]\d{4}[A-Z]",
    ),
    kind(
        "IN_PAN",
        r"(?=(?:.*\d){2})[A-Z]{2,12}\d[A-Z0-9]{2,10}",
        (8, 18),
        "pan|pan card|pan number|pan card number|permanent account",
    ),
    kind(
        "IN_VOTER_ID",
        r"[A-Z]{3}\d{7}",
        10,
        "voter|voter id|epic|election card|electoral",
        distinct=True,
    ),
    kind(
        "IN_GSTIN",
        r"\d{2}[A-Z]{5}\d{4}[A-Z][A-Z0-9]Z[A-Z0-9]",
        15,
        "gst|gstin",
        distinct=True,
        grouped=r"\d{2}[A-Z]{3}P[A-Z]\d{4}[A-Z][A-Z0-9]Z[A-Z0-9]",
    ),
    kind(
        "CN_RESIDENT_ID",
        r"[1-8]\d{16}[\dX]",
        18,
        "resident id|身份证|身份证号|公民身份|居民身份证|" + _ID,
        check=resident_id_cn,
        alone=True,
    ),
    kind(
        "HK_ID",
        r"[A-Z]{1,2}\d{6}[\dA]",
        (8, 9),
        "hkid|hong kong|hong kong id|香港身份證|身份證|" + _ID,
        check=hkid,
        grouped=r"[A-Z]{1,2}\d{6}-?[\dA]",
    ),
    kind(
        "TW_ID",
        r"[A-Z][1289]\d{8}",
        10,
        "taiwan|身分證|身分證字號|國民身分證|" + _ID,
        check=taiwan,
        grouped=r"[A-Z][1289]\d{8}",
    ),
    kind(
        "KR_RRN",
        r"\d{13}",
        13,
        "rrn|resident registration|주민등록번호|주민번호|" + _ID,
        check=rrn,
        grouped=r"\d{6}-[1-8]\d{6}",
    ),
    kind(
        "JP_MY_NUMBER",
        r"\d{12}",
        12,
        "my number|マイナンバー|個人番号|" + _ID,
        check=my_number,
        alone=True,
    ),
    kind(
        "SG_NRIC",
        r"[STFGM]\d{7}[A-Z]",
        9,
        "nric|fin|singapore|" + _ID,
        check=nric,
        grouped=r"[STFGM]\d{7}[A-Z]",
        distinct=True,
    ),
    kind(
        "MY_NRIC",
        r"\d{12}",
        12,
        "mykad|nric|ic|ic number|kad pengenalan|no kp|" + _ID,
        check=mykad,
        grouped=r"\d{6}-\d{2}-\d{4}",
    ),
    kind(
        "TH_ID",
        r"[1-8]\d{12}",
        13,
        "thai|เลขประจำตัวประชาชน|บัตรประชาชน|" + _ID,
        check=thai,
        grouped=r"\d-\d{4}-\d{5}-\d{2}-\d",
        alone=True,
    ),
    kind("ID_NIK", r"\d{16}", 16, "nik|ktp|e ktp|nomor induk|kependudukan|" + _ID, check=nik),
    kind("VN_ID", r"0\d{11}", 12, "cccd|cmnd|can cuoc|can cuoc cong dan|so cccd|" + _ID),
    kind("PH_ID", r"\d{12,16}", (12, 16), "philsys|phil id|sss|philhealth|umid|pag ibig|" + _ID),
    kind("PK_CNIC", r"[1-7]\d{12}", 13, "cnic|nic|nadra|" + _ID, grouped=r"[1-7]\d{4}-\d{7}-\d"),
    kind("BD_NID", r"\d{10}|\d{13}|\d{17}", (10, 17), "nid|bangladesh|" + _ID),
    kind("LK_NIC", r"\d{9}[VX]|(?:19|20)\d{10}", (10, 12), "nic|nic number|sri lanka|" + _ID),
    kind(
        "TR_TC_KIMLIK",
        r"[1-9]\d{10}",
        11,
        "tc kimlik|kimlik|kimlik no|tckn|t c|vatandaslik|" + _ID,
        check=tc_kimlik,
        alone=True,
    ),
    kind(
        "IL_ID",
        r"\d{8,9}",
        (8, 9),
        "teudat zehut|israeli|תעודת זהות|ת.ז|מספר זהות|" + _ID,
        check=teudat_zehut,
    ),
    kind(
        "AE_EMIRATES_ID",
        r"784\d{12}",
        15,
        "emirates id|emirates|eid|" + _ID,
        check=emirates,
        grouped=r"784-\d{4}-\d{7}-\d",
        alone=True,
    ),
    kind("SA_ID", r"[12]\d{9}", 10, "iqama|saudi|رقم الهوية|الهوية|" + _ID, check=saudi),
    kind("EG_ID", r"[23]\d{13}", 14, "egyptian|الرقم القومي|" + _ID, check=egypt),
    kind("ZA_ID", r"\d{13}", 13, "sa id|south african|rsa id|" + _ID, check=za_id, alone=True),
    kind("NG_NIN", r"\d{11}", 11, "nin|bvn|bank verification|nimc|" + _ID),
    kind("KE_ID", r"\d{7,8}", (7, 8), "kenyan|kra|huduma|" + _ID),
    kind(
        "GH_CARD",
        r"GHA\d{10}",
        13,
        "ghana card|ghana|" + _ID,
        distinct=True,
        grouped=r"GHA-\d{9}-\d",
    ),
    kind("AU_TFN", r"\d{8,9}", (8, 9), "tfn|tax file|tax file number", check=tfn),
    kind(
        "AU_MEDICARE",
        r"[2-6]\d{9,10}",
        (10, 11),
        "medicare|medicare number|medicare card|irn",
        check=medicare_au,
    ),
    kind("AU_ABN", r"\d{11}", 11, "abn|australian business", check=abn),
    kind("NZ_IRD", r"\d{8,9}", (8, 9), "ird|ird number|inland revenue", check=ird),
)
