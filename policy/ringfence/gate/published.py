"""Values that everybody may print: the specimens of standards and registries, and numbers that are all zeros.

A specimen says nothing about anybody, unless the text says whose it is: people who make a number up for somebody take
these. So words for an owner near by keep the hit, and words for a sample let it go whatever else is said.
"""

from __future__ import annotations

import re

from ringfence.gate.hints import either

IBANS = either(
    # The examples of the SWIFT IBAN registry, and those that ECBS, Wikipedia and banks' own pages print.
    "AD1200012030200359100100 AE070331234567890123456 AL47212110090000000235698741 AT611904300234573201 "
    "AZ21NABZ00000000137010001944 BA391290079401028494 BE68539007547034 BE71096123456769 BG80BNBG96611020345678 "
    "BH67BMAG00001299123456 BR1800360305000010009795493C1 BR9700360305000010009795493P1 CH9300762011623852957 "
    "CR05015202001026284066 CY17002001280000001200527600 CZ6508000000192000145399 CZ9455000000001011038930 "
    "DE89370400440532013000 DE91100000000123456789 DE75512108001245126199 DE68210501700012345678 "
    "DK5000400440116243 DO28BAGR00000001212453611324 EE382200221020145685 EG380019000500000000263180002 "
    "ES9121000418450200051332 ES7921000813610123456789 FI2112345600000785 FO6264600001631634 "
    "FR1420041010050500013M02606 FR7630006000011234567890189 GB29NWBK60161331926819 GB82WEST12345698765432 "
    "GB33BUKB20201555555555 GB94BARC10201530093459 GE29NB0000000101904917 GI75NWBK000000007099453 "
    "GL8964710001000206 GR1601101250000000012300695 GT82TRAJ01020000001210029690 HR1210010051863000160 "
    "HU42117730161111101800000000 IE29AIBK93115212345678 IE64IRCE92050112345678 IL620108000000099999999 "
    "IS140159260076545510730339 IT60X0542811101000000123456 JO94CBJO0010000000000131000302 "
    "KW81CBKU0000000000001234560101 KZ86125KZT5004100100 LB62099900000001001901229114 LI21088100002324013AA "
    "LT121000011101001000 LU280019400644750000 LV80BANK0000435195001 MC5811222000010123456789030 "
    "MD24AG000225100013104168 ME25505000012345678951 MK07250120000058984 MT84MALT011000012345MTLCAST001S "
    "MU17BOMM0101101030300200000MUR NL91ABNA0417164300 NL02ABNA0123456789 NO9386011117947 "
    "PK36SCBL0000001123456702 PL61109010140000071219812874 PL10105000997603123456789123 PS92PALS000000000400123456702 "
    "PT50000201231234567890154 QA58DOHB00001234567890ABCDEFG RO49AAAA1B31007593840000 RS35260005601001611379 "
    "SA0380000000608010167519 SE4550000000058398257466 SI56263300012039086 SK3112000000198742637541 "
    "SM86U0322509800000000270100 TN5910006035183598478831 TR330006100519786457841326 UA213223130000026007233566001 "
    "VG96VPVG0000012345678901 XK051212012345678906",
    None,
)
DOCUMENTS = either(
    # ICAO 9303's specimens (L898902C3, D23145890), the Luhn example of ISO/IEC 7812's commentaries.
    "L898902C3 L898902C L898902C36 D23145890 D231458907 79927398713",
    None,
)
EXAMPLES = either(
    # Test accounts of payment providers, the NHS data dictionary's numbers: people's too, for all that one can see.
    "000123456789 110000000 000222222227 00012345 9434765919 4857773456 4010232137",
    None,
)
SPECIMEN_LINES = re.compile(r"ERIKSSON<<ANNA<MARIA|L898902C|D23145890|MUSTERMANN<<ERIKA|SPECIMEN<<")
"""What stands in the lines of ICAO 9303's specimens and of Germany's."""

_SAMPLE = re.compile(
    r"(?i)\b(?:e\.g|eg|for (?:example|instance)|example|examples|sample|samples|dummy|fake|fakes|placeholder|specimen"
    r"|template|fixture|mock|looks? like|of the form|format|formatted|regex|pattern|valid(?:ate|ates|ator|ation|ity)?"
    r"|is_valid|isvalid|test(?:s|ed|ing)?|unit test|assert\w*|expect|magic|documentation|docs|registry|checksum|parser"
    r"|well-known|such as|default|demo|sandbox|z\. ?b"
    r"|beispiel\w*|muster\w*|exemple|ejemplo|esempio|voorbeeld|przyk\w+)\b"
)
_OWNER = re.compile(
    r"(?i)\b(?:my|mine|our|his|her|their|your|mein\w*|unser\w*|sein\w*|ihr\w*|mon|ma|mes|notre|mi|mia|mio|meu|minha"
    r"|mijn|moj\w*|customer|client|patient|tenant|employee|holder|kontoinhaber\w*|inhaber\w*|titulaire|titular|owner"
    r"|transfer|refund|payout|salary|wages|payroll|rent|invoice|pay|paid|sent?|send|überweis\w*|zahl\w*|gehalt|miete"
    r"|belongs|gehört|name|transactions?|flagged|suspicious|deposits?|audit\w*|credited|debited|wired?"
    r"|remit\w*|fraud\w*|unauthori[sz]ed|compromised|leaked|exposed|irregular|account (?:of|for|with)"
    r"|mr|mrs|ms|frau|herr|i|debit|direct debit|payee|beneficiary)\b"
)
_BLANK = re.compile(r"0{5,}\d?|0?(\d)\1{5,}")


def is_sample(value: str, start: int, end: int) -> bool:
    """Whether the words about a value say that it is only a sample."""
    return (
        _SAMPLE.search(value, max(0, start - 80), start) is not None
        or _SAMPLE.search(value, end, end + 50) is not None
    )


def is_owned(value: str, start: int, end: int) -> bool:
    """Whether the words about a value say whose it is."""
    return (
        _OWNER.search(value, max(0, start - 80), start) is not None
        or _OWNER.search(value, end, end + 50) is not None
    )


def is_public_specimen(value: str, start: int, end: int, bare: str) -> bool:
    """Whether a number is a published one, and at this place just that, not somebody's made-up number."""
    if bare in EXAMPLES:
        return is_sample(value, start, end)
    if bare not in DOCUMENTS and bare not in IBANS:
        return False
    return is_sample(value, start, end) or not is_owned(value, start, end)


def is_blank(bare: str) -> bool:
    """Zeros, or one digit all through, behind at most a prefix of letters: `DE000000000`, `M0000001`."""
    return _BLANK.fullmatch(bare.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) is not None
