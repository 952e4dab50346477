"""Postal addresses written in other orders: Turkish, Chinese, Japanese, Russian, Indian, by the words of each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.hints import has_any, has_digit
from ringfence.gate.recognizer import Hit, Text

_HAN = r"[\u4e00-\u9fff\u3005]"
_KANA = r"[\u4e00-\u9fff\u3005\u3041-\u30ff]"
_FORMS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (
        ("mah.", "mahallesi", "mah ", "sok.", "sokak", "sokağı", "cad.", "caddesi"),
        re.compile(
            r"\b[A-ZÇĞİÖŞÜ][\wçğıöşü]{1,30}(?: [A-ZÇĞİÖŞÜ][\wçğıöşü]{1,30}){0,2} (?:Mah(?:allesi|\.)?|Cad(?:desi"
            r"|\.)"
            r"|Sok(?:ak|ağı|\.))[^\n;]{0,60}?\b(?:No|Numara|N)[.:]? ?\d{1,4}(?:[/-]\w{1,4})?"
        ),
    ),
    (
        ("路", "街", "道", "巷", "弄", "小区", "村"),
        re.compile(
            rf"(?:{_HAN}{{2,8}}(?:省|自治区|市|区|县|區|縣)){{1,3}}{_HAN}{{1,20}}(?:路|街|道|巷|弄|小区|村|段)"
            rf"[^\s，,。]{{0,8}}?\d{{1,5}}(?:号|號|弄|栋|幢)(?:[\dA-Za-z\u4e00-\u9fff-]{{0,16}}?(?:室|楼|单元|號|号))?"
        ),
    ),
    (
        ("都", "道", "府", "県"),
        re.compile(
            rf"(?:〒?\d{{3}}-\d{{4}} ?)?(?:東京都|北海道|(?:京都|大阪)府|{_HAN}{{2,3}}県)"
            rf"{_KANA}{{1,12}}[市区町村郡]{_KANA}{{0,16}}"
            rf"[0-9０-９]{{1,4}}(?:丁目|番地?|号|[-－−ー][0-9０-９]{{1,4}})(?:[0-9０-９番地号丁目－−ー-]{{0,12}})"
        ),
    ),
    (
        ("ул.", "улица", "улице", "пр.", "проспект", "пер.", "вул."),
        re.compile(
            r"(?:(?:г|город|м)\.? ?[А-ЯЁІЇЄ][\w-]{1,30}, ?)?(?:ул\.|улиц[аеы]|вул\.|пр(?:осп)?\.|проспект[е]?"
            r"|пер\.|переулок) ?"
            r"[А-ЯЁІЇЄ][^\n,;\d]{1,40},? ?(?:д(?:ом)?\.?|буд\.)? ?\d{1,4}\w?(?:[^\n\d]{1,14}?(?:кв\.?"
            r"|квартира) ?\d{1,4})?"
        ),
    ),
    (
        ("flat", "plot", "house no", "door no", "h.no", "h no", "h. no"),
        re.compile(
            r"(?i:\b(?:flat|plot|house|door|h)\.?[ ]?no\.?:? ?)[\w/-]{1,10},? [^\n]{3,120}?"
            r"(?:(?i:\b(?:pin(?:code)?:? ?))[1-9]\d{2} ?\d{3}\b|[-–, ] ?[1-9]\d{2} ?\d{3}\b|\bCHS\b|\b(?i:society"
            r"|nagar|colony"
            r"|apartments?|layout|sector \d+)\b)"
        ),
    ),
)


class WorldAddresses:
    """Where somebody lives, as written outside Western Europe and the Americas."""

    name = "addresses_world"

    def find(self, text: Text) -> Iterator[Hit]:
        value = text.value
        if not has_digit(value):
            return
        lower = text.lower
        for cues, pattern in _FORMS:
            if has_any(lower, cues):
                for match in pattern.finditer(value):
                    yield Hit(
                        entity="ADDRESS",
                        start=match.start(),
                        end=match.end(),
                        score=0.75,
                        why="the words and numbers of an address",
                    )
