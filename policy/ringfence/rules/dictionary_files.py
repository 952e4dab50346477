"""The dictionaries that a policy names: read, held against their digests, opened with the key, or faults with a place.

A dictionary that cannot be used is never an empty one: the policy does not load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ringfence.keyfile import BadKey
from ringfence.rules import dictionaries
from ringfence.rules.dictionaries import MAX_BYTES, VARIABLE, BadDictionary, Dictionary
from ringfence.rules.pinned import BadFile, read_pinned
from ringfence.rules.schema import PolicyDocument
from ringfence.rules.yaml_source import Path as ValuePath

Fault = tuple[ValuePath, str]


def load_dictionaries(
    document: PolicyDocument,
    folder: Path,
    env: Mapping[str, str],
    report: Callable[[Fault], object],
) -> dict[str, Dictionary]:
    """Digest → dictionary, for every entry of `labels.custom` that names one. What is wrong goes to `report`."""
    found: dict[str, Dictionary] = {}
    for index, entry in enumerate(document.labels.custom):
        if entry.dictionary is None:
            continue
        place = ("labels", "custom", index, "dictionary")
        try:
            content = read_pinned(folder / entry.dictionary, entry.digest, most=MAX_BYTES)
            dictionary = dictionaries.read(content, _key(env))
        except (BadFile, BadDictionary) as error:
            report((place, str(error)))
        else:
            found[dictionary.digest] = dictionary
    return found


def _key(env: Mapping[str, str]) -> bytes:
    try:
        key = dictionaries.find_key(env)
    except BadKey as error:
        raise BadDictionary(str(error)) from None
    if key is None:
        raise BadDictionary(
            f"no key to read it with: set {VARIABLE}, or store it with: ringfence keys set {VARIABLE}"
        )
    return key
