"""IP and MAC addresses that a text ties to a person or account. In logs and code they name machines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ringfence.gate.context import Cues, Phrases
from ringfence.gate.guards import is_documentation_ip, is_machine_line
from ringfence.gate.hints import either, has_digit
from ringfence.gate.recognizer import Hit, Text

_IPV4 = re.compile(
    r"[0-9](?<![\w.-].)(?:(?<=2)5[0-5]\.|(?<=2)[0-4]\d\.|(?<=1)\d\d\.|\d?\.)(?:(?:25[0-5]|2[0-4]\d"
    r"|1?\d?\d)\.){2}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w-]|\.\d)"
)
_IPV6 = re.compile(
    r"[0-9A-Fa-f](?<![\w:.].)[0-9A-Fa-f]{0,3}:(?:[0-9A-Fa-f]{1,4}:){1,6}(?::?[0-9A-Fa-f]{1,4}){1,6}(?![\w:])"
)
_MAC = re.compile(
    r"[0-9A-Fa-f](?<![\w:-].)[0-9A-Fa-f]([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])"
)
_WORDS = Phrases(
    either(
        "ip|ip address|ipaddress|ip addr|ipv4|ipv6|logged in|login|signed in|sign in|connected from|user"
        "|customer|his|her|my|"
        "client|visitor|home|accessed|session|from ip|device|mac|mac address|laptop|phone|router|"
        "adresse ip|direccion ip|"
        "indirizzo ip|ip adresse|hardware address|macaddress|source ip|last login|login ip|employee|"
        "account|subscriber"
    )
)
_NO_ONE = either(
    "00:00:00:00:00:00 ff:ff:ff:ff:ff:ff 00:1a:2b:3c:4d:5e aa:bb:cc:dd:ee:ff 00:11:22:33:44:55 "
    "01:23:45:67:89:ab",
    None,
)
_PUBLIC = either(
    "8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 208.67.222.222 208.67.220.220 4.4.4.4 1.2.3.4", None
)


class NetworkAddresses:
    """Addresses of a person's devices."""

    name = "network"

    def find(self, text: Text) -> Iterator[Hit]:
        value = text.value
        if not has_digit(value):
            return
        cues = Cues(text, _WORDS)
        if value.count(".") >= 3:
            for match in _IPV4.finditer(value):
                if match.group() not in _PUBLIC and not is_documentation_ip(match.group()):
                    yield from _named(cues, text.value, match, "IP_ADDRESS")
        if value.count(":") + value.count("-") >= 3:
            for match in _IPV6.finditer(value):
                if not is_documentation_ip(match.group()):
                    yield from _named(cues, text.value, match, "IP_ADDRESS")
            for match in _MAC.finditer(value):
                if match.group().lower().replace("-", ":") not in _NO_ONE:
                    yield from _named(cues, text.value, match, "MAC_ADDRESS")


def _named(cues: Cues, value: str, match: re.Match[str], entity: str) -> Iterator[Hit]:
    if is_machine_line(value, match.start()):
        return
    if cues.around(match.start(), match.end()).near:
        yield Hit(
            entity=entity,
            start=match.start(),
            end=match.end(),
            score=0.7,
            why="an address of a person's device",
        )
