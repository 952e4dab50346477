"""The recognisers of structured entities, one file a family. `recognizers()` is all of them, cheap ones first."""

from __future__ import annotations

from ringfence.gate.identifiers import Identifiers
from ringfence.gate.recognizer import Recognizer
from ringfence.gate.recognizers import (
    ids_africa_asia,
    ids_america,
    ids_europe,
    ids_health,
    ids_money,
    ids_personal,
)
from ringfence.gate.recognizers.addresses import Addresses
from ringfence.gate.recognizers.addresses_world import WorldAddresses
from ringfence.gate.recognizers.births import Births
from ringfence.gate.recognizers.cards import Cards
from ringfence.gate.recognizers.codes import OneTimeCodes
from ringfence.gate.recognizers.coordinates import Coordinates
from ringfence.gate.recognizers.email import Emails
from ringfence.gate.recognizers.iban import Ibans
from ringfence.gate.recognizers.marks import Marks
from ringfence.gate.recognizers.masked import Masked
from ringfence.gate.recognizers.network import NetworkAddresses
from ringfence.gate.recognizers.phones import Phones
from ringfence.gate.recognizers.wallets import Wallets

KINDS = (
    *ids_money.KINDS,
    *ids_america.KINDS,
    *ids_europe.KINDS,
    *ids_africa_asia.KINDS,
    *ids_health.KINDS,
    *ids_personal.KINDS,
)


def recognizers() -> tuple[Recognizer, ...]:
    """All of them. They hold no state, so one tuple serves every thread."""
    return (
        Emails(),
        Cards(),
        Ibans(),
        Identifiers(KINDS),
        Phones(),
        Births(),
        Addresses(),
        WorldAddresses(),
        NetworkAddresses(),
        Coordinates(),
        OneTimeCodes(),
        Masked(),
        Wallets(),
        Marks(),
    )
