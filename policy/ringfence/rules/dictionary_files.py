"""The dictionaries that a policy names: read, held against their digests, opened with the key, or faults with a place.

A dictionary that cannot be used is never an empty one: the policy does not load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ringfence.keyfile import BadKey
from ringfence.rules import dictionaries
from ringfence.rules.dictionaries import MAX_BYTES, VARIABLE, BadDictionary, Dictionary
from ringfence.rules.schema import CustomLabel, PolicyDocument
from ringfence.rules.yaml_source import Path as ValuePath
from ringfence.trust import digest_of

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
            content = _content(folder / entry.dictionary, entry)
            dictionary = dictionaries.read(content, _key(env))
        except BadDictionary as error:
            report((place, str(error)))
        else:
            found[dictionary.digest] = dictionary
    return found


def _content(path: Path, entry: CustomLabel) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise BadDictionary(
            f"the file cannot be read ({reason}); its path counts from the policy's folder"
        ) from None
    if len(content) > MAX_BYTES:
        raise BadDictionary(f"the file is over {MAX_BYTES:,} bytes; split the list")
    dictionaries.counts_of(content)  # what is no dictionary is called that, not an unpinned one
    actual = digest_of(content)
    if entry.digest is None:
        raise BadDictionary(f"not pinned; write beside it 'digest: {actual}'")
    if entry.digest != actual:
        raise BadDictionary(
            f"not the file that is pinned here: it has digest {actual}; review it and write that, or restore the file"
        )
    return content


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
