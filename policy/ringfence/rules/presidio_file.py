"""A team's own Presidio recognisers: the YAML file that `gate.presidio` names, held against its digest.

The format is Presidio's (`RecognizerRegistryProvider`, `add_recognizers_from_yaml`), as far as it is data: patterns,
deny lists, context words, languages, scores. What would load a Python class or ask another server is refused: a policy
says what is looked for, it brings no code and no network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from ringfence.errors import PolicyError
from ringfence.rules.pinned import BadFile, read_pinned
from ringfence.rules.schema import PresidioSpec, Section
from ringfence.rules.yaml_source import MAX_BYTES, Source, read_yaml
from ringfence.rules.yaml_source import Path as ValuePath

Fault = tuple[ValuePath, str]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
Entity = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,59}$")]
Word = Annotated[str, Field(min_length=1, max_length=1000)]
Score = Annotated[float, Field(ge=0, le=1)]

DOTALL_MULTILINE_IGNORECASE = 26
"""Presidio's own default of `global_regex_flags`, as the `regex` module counts them."""
_DATA_ONLY = (
    "only recognisers of patterns or a deny list come from a file: no predefined or Python class, no model, no server; "
    "write 'patterns:' or 'deny_list:' with 'supported_entity:'"
)
_CODE = frozenset({"class_name", "model_name", "server_url", "config_path", "check_label_groups"})


class PatternSpec(Section):
    name: str = Field(min_length=1, max_length=200)
    regex: str = Field(min_length=1, max_length=5000)
    score: Score


class LanguageSpec(Section):
    language: Language
    context: tuple[Word, ...] | None = None


class RecognizerSpec(Section):
    """One custom recogniser, as Presidio's `PatternRecognizer` takes it."""

    name: str = Field(min_length=1, max_length=200)
    type: Literal["custom"] = "custom"
    enabled: bool = True
    supported_language: Language | None = None
    supported_languages: tuple[LanguageSpec, ...] | tuple[Language, ...] | None = None
    supported_entity: Entity | None = None
    supported_entities: tuple[Entity, ...] | None = Field(None, min_length=1, max_length=1)
    patterns: tuple[PatternSpec, ...] = ()
    deny_list: tuple[Word, ...] = ()
    deny_list_score: Score = 1.0
    context: tuple[Word, ...] | None = None
    version: str = "0.0.1"

    @property
    def entity(self) -> str | None:
        return self.supported_entity or (self.supported_entities or (None,))[0]

    def languages(self, default: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        """Each language with its context words; what the language does not write is the recogniser's own."""
        if self.supported_language is not None:
            yield self.supported_language, self.context
            return
        for item in self.supported_languages or default:
            if isinstance(item, LanguageSpec):
                yield item.language, item.context or self.context
            else:
                yield item, self.context


class PresidioFile(Section):
    """The whole file."""

    supported_languages: tuple[Language, ...] = Field(("en",), min_length=1)
    global_regex_flags: int = Field(DOTALL_MULTILINE_IGNORECASE, ge=0, lt=1 << 20)
    recognizers: tuple[RecognizerSpec, ...] = Field(min_length=1)

    @property
    def entities(self) -> frozenset[str]:
        """What the enabled recognisers may find."""
        return frozenset(r.entity for r in self.recognizers if r.enabled and r.entity)

    def configuration(self) -> dict[str, Any]:
        """The same for Presidio's `RecognizerRegistryProvider`: one recogniser a language, with its own context.

        (Presidio drops the context words of a recogniser that lists its languages by name alone.)
        """
        items = [
            {
                "name": spec.name,
                "type": "custom",
                "supported_language": language,
                "supported_entity": spec.entity,
                "patterns": [pattern.model_dump() for pattern in spec.patterns],
                "deny_list": list(spec.deny_list),
                "deny_list_score": spec.deny_list_score,
                "context": list(context or ()),
            }
            for spec in self.recognizers
            if spec.enabled
            for language, context in spec.languages(self.supported_languages)
        ]
        return {
            "supported_languages": sorted({item["supported_language"] for item in items}),
            "global_regex_flags": self.global_regex_flags,
            "recognizers": items,
        }


def load_presidio(
    spec: PresidioSpec | None, folder: Path, report: Callable[[Fault], object]
) -> PresidioFile | None:
    """The file of `gate.presidio`. What is wrong with how the policy names it goes to `report`.

    Raises:
        PolicyError: for what is wrong inside the file, with its own lines.
    """
    if spec is None:
        return None
    path = folder / spec.file
    try:
        content = read_pinned(path, spec.digest, most=MAX_BYTES)
    except BadFile as error:
        report((_at("file"), str(error)))
        return None
    found = parse_presidio(content, file=str(path))
    for entity in spec.labels:
        if entity not in found.entities:
            report((_at("labels", entity), "no enabled recogniser of the file finds this entity"))
    return found


def _at(*path: str) -> ValuePath:
    return ("gate", "presidio", *path)


def parse_presidio(content: bytes, *, file: str) -> PresidioFile:
    """Read the file's content.

    Raises:
        PolicyError: with the line and column of all that is wrong.
    """
    source = read_yaml(content, file=file)
    faults = list(_foreign(source.value))
    if not faults:
        try:
            found = PresidioFile.model_validate(source.value)
        except ValidationError as error:
            faults = [_sentence(item) for item in error.errors(include_url=False)]
        else:
            faults = list(_unusable(found))
    if faults:
        raise _error(source, faults)
    return found


def _error(source: Source, faults: list[Fault]) -> PolicyError:
    problems = {source.problem(path, message) for path, message in faults}
    return PolicyError(sorted(problems, key=lambda p: (p.line, p.column, p.message)))


def _foreign(value: Any) -> Iterator[Fault]:
    """What Presidio would load as code or from elsewhere. Said first, and in these words."""
    if not isinstance(value, Mapping) or not isinstance(value.get("recognizers"), list):
        yield (), "a file of recognisers is a mapping with a list under 'recognizers:'"
        return
    for index, item in enumerate(value["recognizers"]):
        foreign = not isinstance(item, Mapping) or item.get("type", "custom") != "custom"
        if foreign or not _CODE.isdisjoint(item) or not ({"patterns", "deny_list"} & set(item)):
            yield ("recognizers", index), _DATA_ONLY


def _unusable(found: PresidioFile) -> Iterator[Fault]:
    for index, spec in enumerate(found.recognizers):
        place: ValuePath = ("recognizers", index)
        if (spec.supported_entity is None) == (spec.supported_entities is None):
            yield place, "write one 'supported_entity:'"
        if not spec.patterns and not spec.deny_list:
            yield place, "finds nothing; write 'patterns:' or 'deny_list:'"
        if spec.supported_language is not None and spec.supported_languages is not None:
            yield place, "write 'supported_language:' or 'supported_languages:', not both"
        for at, pattern in enumerate(spec.patterns):
            if not _compiles(pattern.regex, found.global_regex_flags):
                yield (*place, "patterns", at, "regex"), "not a pattern of Python's 'regex' module"
    if not found.entities:
        yield ("recognizers",), "no recogniser is enabled; take 'gate.presidio' out of the policy"


def _compiles(pattern: str, flags: int) -> bool:
    import regex

    try:
        regex.compile(pattern, flags=flags)
    except (regex.error, ValueError, OverflowError, RecursionError, MemoryError):
        return False
    return True


def _sentence(item: Mapping[str, Any]) -> Fault:
    """One of pydantic's errors, without the names of union branches, and never with a value."""
    path = tuple(p for p in item["loc"] if not (isinstance(p, str) and ("[" in p or p == "str")))
    if item["type"] == "missing":
        return path[:-1], f"'{path[-1]}' is missing; write it"
    if item["type"] == "extra_forbidden":
        known = ", ".join(
            RecognizerSpec.model_fields if len(path) > 1 else PresidioFile.model_fields
        )
        return path, f"unknown key '{path[-1]}'; known here: {known}"
    return path, str(item["msg"]).removeprefix("Value error, ").replace("Input", "this", 1)
