"""`ringfence policy dictionary`: a list of phrases made a file of keyed hashes."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli import output, reading
from ringfence.cli.files import replace_file
from ringfence.cli.options import Json
from ringfence.errors import BadRequest

_SHOWN = 10


def dictionary(
    source: Annotated[
        str,
        typer.Argument(metavar="LIST.txt|-", help="One phrase a line, in UTF-8; - reads stdin."),
    ],
    target: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to write the dictionary.")
    ],
    label: Annotated[
        str, typer.Option("--label", metavar="LABEL", help="For the entry that is printed.")
    ] = "pii",
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="For the entry that is printed.")
    ] = "CUSTOMER",
    as_json: Json = False,
) -> None:
    """Make a dictionary: a list of real customers or projects that nobody can read in the policy.

    It holds keyed hashes of the phrases, 1 to 12 words each; the gate finds those phrases exactly. Case, accents,
    apostrophes, a possessive 's and what stands between the words do not count. The entry for labels.custom is
    printed, with the digest that pins the file. A file that exists is replaced whole; its digest then changes.

    The key comes from RINGFENCE_DICTIONARY_KEY, else the keyring, else a 0600 file in the user's data folder, which is
    made at the first use. Every machine that runs the gate needs the same key: give it as you give other secrets.

    Examples:
      ringfence policy dictionary customers.txt -o customers.dict
      psql -Atc 'select name from customers' | ringfence policy dictionary - -o customers.dict
      ringfence keys set RINGFENCE_DICTIONARY_KEY
    """
    from ringfence.rules import dictionaries
    from ringfence.trust import digest_of

    place = "stdin" if source == "-" else source
    lines = reading.decode(reading.read_bytes(source), place=place).splitlines()
    key, made = _key()
    try:
        content = dictionaries.make(lines, key)
    except dictionaries.BadPhrases as error:
        raise BadRequest(_wrong_lines(place, error.lines)) from None
    if len(content) > dictionaries.MAX_BYTES:
        raise BadRequest(f"{place}: makes over {dictionaries.MAX_BYTES:,} bytes; split the list")
    replace_file(Path(target), content)
    counts = dictionaries.counts_of(content)
    digest = digest_of(content)
    if as_json:
        output.print_json(
            {
                "file": target,
                "digest": digest,
                "key_id": dictionaries.key_id(key),
                "phrases": sum(counts.values()),
                "words": {str(number): count for number, count in counts.items()},
            }
        )
        return
    words = ", ".join(f"{count:,} of {number}" for number, count in counts.items()) or "none"
    output.print_text(
        f"wrote {target}: {sum(counts.values()):,} phrases (by words: {words}), key {dictionaries.key_id(key)}\n"
    )
    if made:
        output.print_text(f"made a new key in {dictionaries.key_file()}\n")
    file = target if re.fullmatch(r"[\w./-]+", target) else json.dumps(target)
    output.print_text(
        "the entry for labels.custom:\n"
        f'    - {{label: {label}, name: {name}, dictionary: {file}, digest: "{digest}"}}\n'
    )


def _key() -> tuple[bytes, bool]:
    """The key, and whether it was made just now."""
    from ringfence import keyfile
    from ringfence.rules import dictionaries

    path = dictionaries.key_file()
    try:
        key = dictionaries.find_key(os.environ)
        return (keyfile.create(path), True) if key is None else (key, False)
    except keyfile.BadKey as error:
        raise BadRequest(str(error)) from None
    except OSError as error:
        raise BadRequest(
            f"the key {path} cannot be written ({error.strerror or 'unknown reason'}); "
            f"set {dictionaries.VARIABLE} to 64 hexadecimal digits (openssl rand -hex 32)"
        ) from None


def _wrong_lines(place: str, lines: tuple[int, ...]) -> str:
    """Which lines, never what stands there: the list is a secret."""
    from ringfence.rules.phrases import MAX_WORDS

    shown = ", ".join(map(str, lines[:_SHOWN])) + (" …" if len(lines) > _SHOWN else "")
    return (
        f"{place}: {len(lines):,} lines are no phrase of 1 to {MAX_WORDS} words (line {shown}); "
        "mend or remove them. Nothing was written"
    )
