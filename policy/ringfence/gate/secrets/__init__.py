"""Secrets: keys, tokens, passwords, and the files and addresses that hold them."""

from __future__ import annotations

from ringfence.gate.recognizer import Recognizer
from ringfence.gate.secrets.answers import AnswersRecognizer
from ringfence.gate.secrets.assignments import AssignmentRecognizer
from ringfence.gate.secrets.calls import CallsRecognizer
from ringfence.gate.secrets.files import CredentialsFileRecognizer
from ringfence.gate.secrets.nearby import NearbyRecognizer
from ringfence.gate.secrets.positional import PositionalRecognizer
from ringfence.gate.secrets.prose import ProseRecognizer
from ringfence.gate.secrets.providers import ProviderRecognizer
from ringfence.gate.secrets.seeds import SeedPhraseRecognizer
from ringfence.gate.secrets.settings import SettingsRecognizer
from ringfence.gate.secrets.tokens import JwtRecognizer, PrivateKeyRecognizer
from ringfence.gate.secrets.told import ToldRecognizer
from ringfence.gate.secrets.urls import ConnectionStringRecognizer

__all__ = ["recognizers"]


def recognizers() -> tuple[Recognizer, ...]:
    """All recognisers of this room, cheap ones first."""
    return (
        PrivateKeyRecognizer(),
        JwtRecognizer(),
        ConnectionStringRecognizer(),
        ProviderRecognizer(),
        CredentialsFileRecognizer(),
        AssignmentRecognizer(),
        ProseRecognizer(),
        ToldRecognizer(),
        SettingsRecognizer(),
        SeedPhraseRecognizer(),
        CallsRecognizer(),
        PositionalRecognizer(),
        AnswersRecognizer(),
        NearbyRecognizer(),
    )
