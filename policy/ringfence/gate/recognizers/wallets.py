"""Cryptocurrency addresses: Bitcoin (Base58Check, Bech32), Ethereum, and shapes of others right behind their words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from ringfence.gate.context import Cues, Phrases
from ringfence.gate.guards import is_machine_line
from ringfence.gate.hints import either, longest_word
from ringfence.gate.recognizer import Hit, Text

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RUN = re.compile(r"[A-Za-z0-9]+")
_SHORTEST = 25
_LEGACY = re.compile(r"[13LMDX][1-9A-HJ-NP-Za-km-z]{25,34}")
_BECH32 = re.compile(r"(?:bc1|ltc1|tb1|addr1)[02-9ac-hj-np-z]{38,98}")
_NAMED = re.compile(
    r"0x[0-9a-fA-F]{40}|T[1-9A-HJ-NP-Za-km-z]{33}|r[1-9A-HJ-NP-Za-km-z]{24,34}"
    r"|4[0-9AB][1-9A-HJ-NP-Za-km-z]{93}|[1-9A-HJ-NP-Za-km-z]{43,44}"
)
_WORDS = Phrases(
    either(
        "wallet|wallets|wallet address|btc|bitcoin|eth|ethereum|crypto|usdt|xrp|ripple|monero|xmr|solana"
        "|sol|tron|trx|ledger|"
        "deposit address|coinbase|binance|litecoin|doge|withdraw|sent|transfer|payout|metamask"
    )
)


class Wallets:
    """Addresses that hold somebody's coins."""

    name = "wallets"

    def find(self, text: Text) -> Iterator[Hit]:
        value = text.value
        if longest_word(value) < _SHORTEST:
            return
        cues = Cues(text, _WORDS)
        for match in _RUN.finditer(value):
            run = match.group()
            if len(run) < _SHORTEST:
                continue
            if _LEGACY.fullmatch(run) and base58check(run):
                yield _hit(match, 0.95, "Base58Check passes")
            elif _BECH32.fullmatch(run):
                yield _hit(match, 0.9, "a Bech32 address")
            elif (
                _NAMED.fullmatch(run)
                and cues.around(*match.span()).near
                and not is_machine_line(value, match.start())
            ):
                yield _hit(match, 0.8, "its shape, its words near")


def base58check(address: str) -> bool:
    number = 0
    for character in address:
        number = number * 58 + _BASE58.index(character)
    try:
        raw = number.to_bytes(25, "big")
    except OverflowError:
        return False
    return hashlib.sha256(hashlib.sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def _hit(match: re.Match[str], score: float, why: str) -> Hit:
    return Hit(entity="CRYPTO_WALLET", start=match.start(), end=match.end(), score=score, why=why)
