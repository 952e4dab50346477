"""Identifiers: for each kind what must hit, and near misses that must not."""

from __future__ import annotations

import pytest

from ringfence.gate.identifiers import Identifiers
from ringfence.gate.recognizer import Text
from ringfence.gate.recognizers import KINDS

IDENTIFIERS = Identifiers(KINDS)


def found(text: str, key: str = "") -> dict[str, str]:
    hits = sorted(
        IDENTIFIERS.find(Text(value=text, key=key)), key=lambda h: (h.score, h.end - h.start)
    )
    return {hit.entity: text[hit.start : hit.end] for hit in hits}


HITS = [
    # America
    ("US_SSN", "My SSN is 219-09-9998.", "219-09-9998"),
    ("US_SSN", "social security number: 219099998", "219099998"),
    ("US_SSN", "the form says 219-09-9998", "219-09-9998"),
    ("US_SSN", "SSN 219 09 9998", "219 09 9998"),
    ("US_ITIN", "her ITIN 912-78-1234", "912-78-1234"),
    ("US_EIN", "employer identification number 12-3456789", "12-3456789"),
    ("CA_SIN", "SIN 046 454 286", "046 454 286"),
    ("BR_CPF", "O cliente tem 529.982.247-25 no cadastro", "529.982.247-25"),
    ("MX_CURP", "CURP HEGG560427MVZRRL04", "HEGG560427MVZRRL04"),
    ("AR_CUIT", "CUIT 20-12345678-6", "20-12345678-6"),
    ("CL_RUT", "RUT 12.345.678-5", "12.345.678-5"),
    ("UY_CI", "cédula 1.234.567-2", "1.234.567-2"),
    ("EC_CEDULA", "cédula 1710034065", "1710034065"),
    # Europe
    ("UK_NINO", "NI number AB 12 34 56 C", "AB 12 34 56 C"),
    ("UK_NINO", "she sent AB123456C yesterday", "AB123456C"),
    ("IE_PPS", "PPS number 1234567T", "1234567T"),
    ("FR_NIR", "Dossier 255081416802538 à revoir", "255081416802538"),
    ("DE_TAX_ID", "Steuer-ID 36574261809", "36574261809"),
    ("ES_DNI", "DNI 12345678Z", "12345678Z"),
    ("ES_NIE", "vive aquí con X1234567L desde mayo", "X1234567L"),
    ("IT_CODICE_FISCALE", "codice fiscale RSSMRA85T10A562S", "RSSMRA85T10A562S"),
    ("PT_NIF", "NIF 123456789", "123456789"),
    ("NL_BSN", "BSN 111222333", "111222333"),
    ("BE_NATIONAL_NUMBER", "rijksregisternummer 85.07.30-033.28", "85.07.30-033.28"),
    ("CH_AHV", "AHV-Nr. 756.9217.0769.85", "756.9217.0769.85"),
    ("AT_SVNR", "SVNR 1237 010180", "1237 010180"),
    ("SE_PERSONNUMMER", "personnummer 811228-9874", "811228-9874"),
    ("NO_FODSELSNUMMER", "fødselsnummer 15021951940", "15021951940"),
    ("DK_CPR", "CPR 211062-5629", "211062-5629"),
    ("FI_HETU", "henkilötunnus 131052-308T", "131052-308T"),
    ("IS_KENNITALA", "kennitala 450401-3150", None),
    ("EE_LT_ID", "isikukood 36805280109", "36805280109"),
    ("LV_PERSONAS_KODS", "personas kods 161175-19997", "161175-19997"),
    ("PL_PESEL", "PESEL 44051401359", "44051401359"),
    ("CZ_SK_RODNE_CISLO", "rodné číslo 710319/2745", "710319/2745"),
    ("RO_CNP", "CNP 1630615123457", "1630615123457"),
    ("BG_EGN", "ЕГН 7523169263", "7523169263"),
    ("GR_AMKA", "AMKA 01013099997", "01013099997"),
    ("HR_OIB", "OIB 33392005961", "33392005961"),
    ("JMBG", "EMŠO 0101006500006", "0101006500006"),
    ("RU_SNILS", "СНИЛС 112-233-445 95", "112-233-445 95"),
    ("RU_INN", "ИНН 123456789047", "123456789047"),
    # Asia, Africa, Oceania
    ("IN_AADHAAR", "Aadhaar 2341 2341 2346", "2341 2341 2346"),
    ("IN_PAN", "PAN ABCPE1234F", "ABCPE1234F"),
    ("CN_RESIDENT_ID", "我的身份证号是11010519491231002X", "11010519491231002X"),
    ("HK_ID", "HKID A123456(3)", None),
    ("TW_ID", "身分證字號 A123456789", "A123456789"),
    ("KR_RRN", "주민등록번호 971013-1019908", None),
    ("JP_MY_NUMBER", "マイナンバーは 123456789018", "123456789018"),
    ("SG_NRIC", "NRIC S1234567D", "S1234567D"),
    ("MY_NRIC", "MyKad 770305-02-1234", "770305-02-1234"),
    ("TH_ID", "Thai citizen id 1-2345-45678-78-1", "1-2345-45678-78-1"),
    ("TR_TC_KIMLIK", "TC kimlik no 10000000146", "10000000146"),
    ("IL_ID", "teudat zehut 039337423", "039337423"),
    ("AE_EMIRATES_ID", "Emirates ID 784-1980-1234567-9", None),
    ("ZA_ID", "SA ID 8001015009087", "8001015009087"),
    ("PK_CNIC", "CNIC 42201-1234567-1", "42201-1234567-1"),
    ("AU_TFN", "tax file number 123 456 782", "123 456 782"),
    ("NZ_IRD", "IRD number 49-091-850", "49-091-850"),
    # Health
    ("UK_NHS", "NHS number 943 476 5919", "943 476 5919"),
    ("MRN", "MRN: 00847261", "00847261"),
    ("MRN", "Patient ID PT-883201 was admitted", "PT-883201"),
    ("US_NPI", "NPI 1234567893", "1234567893"),
    ("US_DEA", "DEA number AP5836727", "AP5836727"),
    ("US_MBI", "MBI 1EG4-TE5-MK73", "1EG4-TE5-MK73"),
    ("HEALTH_MEMBER_ID", "member ID XYZ88234410", "XYZ88234410"),
    # Money
    ("US_ROUTING", "routing number 021000021", "021000021"),
    ("BANK_ACCOUNT", "account number 7391028373", "7391028373"),
    ("CLABE", "CLABE 032180000118359719", "032180000118359719"),
    ("IFSC", "IFSC HDFC0001234", "HDFC0001234"),
    # People and their things
    ("PASSPORT", "passport number XG9382049", "XG9382049"),
    ("PASSPORT", "Reisepass C01X00T478", "C01X00T478"),
    ("DRIVER_LICENSE", "driver's license D1234567", "D1234567"),
    ("VIN", "the car is 1M8GDM9AXKP042788", "1M8GDM9AXKP042788"),
    ("IMEI", "IMEI 490154203237518", "490154203237518"),
    ("LICENSE_PLATE", "license plate 7ABC123", "7ABC123"),
    ("PERSON_NUMBER", "employee ID 48213", "48213"),
]


@pytest.mark.parametrize(("entity", "text", "value"), HITS)
def test_an_identifier_is_found_where_it_stands(entity: str, text: str, value: str | None) -> None:
    hits = found(text)
    if value is None:
        assert hits, text  # which country's it is may be open; that it is somebody's number is not
    else:
        assert hits.get(entity) == value


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("SSN 219-09-999", "US_SSN"),
        ("000-12-3456 and 666-12-3456", "US_SSN"),
        ("SSN 219-00-9998 is impossible", "US_SSN"),
        ("order 046 454 287 shipped", "CA_SIN"),
        ("build 20240131123059 done", "BR_CNPJ"),
        ("the sum is 52998224726", "BR_CPF"),
        ("44051401358 rows", "PL_PESEL"),
        ("15021951941 bytes", "NO_FODSELSNUMMER"),
        ("serial 1M8GDM9AXKP042789", "VIN"),
        ("file 490154203237519", "IMEI"),
        ("PAN of the camera 1234", "IN_PAN"),
        ("an account of 1984 things", "BANK_ACCOUNT"),
        ("account created 2023", "BANK_ACCOUNT"),
        ("the routing layer has 12345 nodes", "US_ROUTING"),
        ("the patient paid 120 euros", "MRN"),
    ],
)
def test_a_near_miss_is_no_identifier(text: str, entity: str) -> None:
    assert entity not in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "id=4f0c2f3a-9b7d-4a53-8d3e-0123456789ab",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "released v2.31.0 on 2024-01-31",
        "2024-01-31 12:30:59,123 INFO [main] took 12345678901 ns",
        "blk_-1608999687919862906 of size 91178",
        "epoch 1700000000 and 1700000000123",
        "ISBN 978-3-16-148410-0",
        "connect to 187.141.143.180 now",
        "for (int i = 0; i < 44051401359; i++) {}",
        "The population was 1,380,004,385 in 2020.",
        "3.14159265358979 is pi",
        "[1144858896, 1, 2, 3]",
        "x = 12345678 * 87654321",
        "node-130 node status 1144858896 1 running",
    ],
)
def test_what_only_looks_like_an_identifier_is_left_alone(text: str) -> None:
    assert found(text) == {}


@pytest.mark.parametrize(
    ("key", "value", "entity"),
    [
        ("patient nhs number", "9434765919", "UK_NHS"),
        ("ssn", "219099998", "US_SSN"),
        ("account number", "83920174", "BANK_ACCOUNT"),
    ],
)
def test_the_key_of_a_value_is_its_context(key: str, value: str, entity: str) -> None:
    assert entity in found(value, key)


def test_the_heading_of_a_column_is_the_context_of_its_cells() -> None:
    table = "name,ssn,born\nA B,219099998,x\nC D,219099999,y\n"
    hits = list(IDENTIFIERS.find(Text(value=table)))
    assert [table[h.start : h.end] for h in hits if h.entity == "US_SSN"] == [
        "219099998",
        "219099999",
    ]


@pytest.mark.parametrize("piece", ["1 ", "12-", "a1.", "A1 B2-", "9" * 50 + " ", "1\n", "0x1 "])
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    import time

    def seconds(size: int) -> float:
        text = Text(value=(piece * size)[: size * 2])
        started = time.process_time()
        list(IDENTIFIERS.find(text))
        return time.process_time() - started

    seconds(1000)
    assert seconds(40_000) < 40 * max(seconds(4_000), 0.005)
