"""Seed phrases of wallets (BIP-39): twelve to twenty-four plain words in a row, where the text speaks of one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ringfence.gate.hints import either, has_any
from ringfence.gate.recognizer import Hit, Text

_CUES = (
    "seed", "mnemonic", "recovery phrase", "recovery words", "backup phrase", "backup words", "secret phrase", "wallet",
    "ledger", "trezor", "metamask", "phantom", "bip39", "bip-39", "12 words", "24 words", "twelve words",
)  # fmt: skip
_WORD = re.compile("[a-z]{3,8}")
_SEPARATED = r"(?:\d{1,2}[.):]? ?)?[a-z]{3,8}"
_ROW = re.compile(
    rf"(?<![\w'-])(?:{_SEPARATED}[ ,;|]{{0,2}}\r?\n?[ \t]{{0,2}}(?<=[ ,;|\n\t])){{11,23}}{_SEPARATED}(?![\w'-])"
)
_ABOUT = re.compile(
    r"(?i)\b(?:seed|mnemonic|recover\w*|backup|restor\w*|wallet|ledger|trezor|metamask|phantom|bip-?39|crypto\w*|bitcoin"
    r"|btc|eth\w*|coins?|hardware)\b"
)
# Words that every sentence has and BIP-39's list has not.
_PROSE = either(
    "the and was were for with from are has have had not but its our your into been his her him she them these those "
    "which while would could did does how who why where per via too out off got let put",
    None,
)
REACH, LEAST = 200, 12


class SeedPhraseRecognizer:
    """The words that give a wallet away."""

    name = "secrets.seed_phrase"

    def find(self, text: Text) -> Iterable[Hit]:
        """Each row of words behind or before a word for it."""
        if not has_any(text.lower, _CUES):
            return
        for match in _ROW.finditer(text.value):
            around = (
                text.value[max(0, match.start() - REACH) : match.end()]
                + text.value[match.end() : match.end() + 100]
            )
            row = _longest(text.value, match) if _ABOUT.search(around) else None
            if row:
                yield Hit(
                    entity="CREDENTIALS_FILE",
                    start=row[0],
                    end=row[1],
                    score=0.8,
                    why="seed-phrase",
                )


def _longest(value: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The last twelve words or more without one that only sentences have: a row may begin in its own introduction."""
    row: list[re.Match[str]] = []
    for word in _WORD.finditer(value, *match.span()):
        if word.group() not in _PROSE:
            row.append(word)
        elif len(row) < LEAST:
            row = []
        else:
            break
    return (row[0].start(), row[-1].end()) if len(row) >= LEAST else None
