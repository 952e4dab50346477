"""Our recognisers for Presidio: add them to an AnalyzerEngine of your own, with its registry and its anonymizers.

    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from ringfence.gate.presidio import recognizers

    engine = AnalyzerEngine(registry=RecognizerRegistry(recognizers=recognizers()), nlp_engine=…)

Each is a Presidio `EntityRecognizer` over one group of ours, guards and disguises included (full-width digits, base64,
"[at]", a split number); offsets are those of the text as it came. Entities have Presidio's name where it has one.
This module is public and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from ringfence.gate import regulated, secrets
from ringfence.gate.custom import AllowList
from ringfence.gate.entities import REGULATED
from ringfence.gate.names import Mode, NameRecognizer
from ringfence.gate.reading import Found, Group, LeafReader
from ringfence.gate.recognizer import Recognizer, Text
from ringfence.gate.recognizers import KINDS
from ringfence.gate.recognizers import recognizers as structured

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

__all__ = ["ENTITY_NAMES", "Family", "recognizers"]

Family = Literal["identifiers", "secrets", "regulated", "names"]

ENTITY_NAMES: Mapping[str, str] = {
    "CRYPTO_WALLET": "CRYPTO",
    "EMAIL": "EMAIL_ADDRESS",
    "ES_DNI": "ES_NIF",
    "FI_HETU": "FI_PERSONAL_IDENTITY_CODE",
    "IBAN": "IBAN_CODE",
    "IN_VOTER_ID": "IN_VOTER",
    "IT_CODICE_FISCALE": "IT_FISCAL_CODE",
    "PHONE": "PHONE_NUMBER",
    "SG_NRIC": "SG_NRIC_FIN",
    "TH_ID": "TH_TNIN",
    "US_DEA": "MEDICAL_LICENSE",
    "US_ROUTING": "ABA_ROUTING_NUMBER",
}
"""Our entity → Presidio's. The rest have the same name (`CREDIT_CARD`, `US_SSN`), or Presidio has none."""

_IDENTIFIERS = frozenset(kind.entity for kind in KINDS) | {
    "ADDRESS",
    "CARD_SECURITY_CODE",
    "COORDINATES",
    "CREDIT_CARD",
    "CRYPTO_KEY",
    "CRYPTO_WALLET",
    "DATE_OF_BIRTH",
    "EMAIL",
    "IBAN",
    "IP_ADDRESS",
    "MAC_ADDRESS",
    "ONE_TIME_CODE",
    "PHONE",
    "SOCIAL_HANDLE",
}
_SECRETS = frozenset(
    {
        "ACCESS_TOKEN",
        "API_KEY",
        "CONNECTION_STRING",
        "CREDENTIALS_FILE",
        "JWT",
        "PASSWORD",
        "PRIVATE_KEY",
        "WEBHOOK_URL",
    }
)


def recognizers(
    *,
    families: Iterable[Family] = ("identifiers", "secrets", "regulated"),
    names: Mode = "context",
    language: str = "en",
) -> list[EntityRecognizer]:
    """One Presidio recogniser for each family.

    Args:
        families: which of ours. `names` loads a language model on first use, as Presidio's own recogniser does.
        names: how people are read, where `names` is among the families (see `gate.names` in the policy).
        language: the language under which Presidio registers them; what they find is the same in all.

    The recognisers raise where one of ours fails: an engine that goes on without it would call the text clean.
    """
    adapter = _adapter()
    return [adapter(family, _of(family, names), language) for family in families]


def _of(family: Family, names: Mode) -> tuple[Group, Sequence[Recognizer], frozenset[str]]:
    if family == "identifiers":
        return Group.STRUCTURED, structured(), _IDENTIFIERS
    if family == "secrets":
        return Group.SECRETS, secrets.recognizers(), _SECRETS
    if family == "regulated":
        return Group.REGULATED, regulated.recognizers(), REGULATED
    return Group.NAMES, (NameRecognizer(names),), frozenset({"PERSON"})


@lru_cache(maxsize=1)
def _adapter() -> Any:
    """The class. Importing Presidio takes seconds, so that it waits for the first call."""
    from presidio_analyzer import AnalysisExplanation, EntityRecognizer, RecognizerResult

    class RingfenceRecognizer(EntityRecognizer):  # type: ignore[misc]
        def __init__(
            self,
            family: str,
            ours: tuple[Group, Sequence[Recognizer], frozenset[str]],
            language: str,
        ) -> None:
            group, found, entities = ours
            self._reader = LeafReader([(group, recognizer) for recognizer in found], AllowList(()))
            super().__init__(
                supported_entities=sorted(ENTITY_NAMES.get(entity, entity) for entity in entities),
                name=f"ringfence-{family}",
                supported_language=language,
            )

        def load(self) -> None:
            """Nothing to load before the first text."""

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[Any]:
            """Every hit whose entity is asked for; all of them when none is named."""
            results = (
                self._result(found) for found in self._reader.read(Text(value=text), lambda: None)
            )
            return [result for result in results if not entities or result.entity_type in entities]

        def _result(self, found: Found) -> Any:
            hit = found.hit
            return RecognizerResult(
                entity_type=ENTITY_NAMES.get(hit.entity, hit.entity),
                start=hit.start,
                end=hit.end,
                score=hit.score,
                analysis_explanation=AnalysisExplanation(
                    recognizer=self.name,
                    original_score=hit.score,
                    textual_explanation=f"{found.recognizer}: {hit.why}",
                ),
                recognition_metadata={
                    RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
                    RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
                },
            )

    return RingfenceRecognizer
