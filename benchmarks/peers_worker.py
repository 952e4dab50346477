"""Runs one other detector in its own interpreter: texts come in as JSON lines, answers go out as JSON lines.

    PEERS_PYTHON benchmarks/peers_worker.py NAME

In: `{"text": …}`. Out: first `{"ready": true}` or `{"missing": "…"}`, then `{"found": bool, "ms": float}` a text. Only
the standard library and the detector itself are needed here. Each is used as its documentation shows, with defaults.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Says = Callable[[str], bool]


def detect_secrets() -> Says:
    """All default plugins and filters, on a file, as its command runs; none of them asks a network to verify."""
    from detect_secrets import SecretsCollection
    from detect_secrets.settings import default_settings

    handle, name = tempfile.mkstemp(suffix=".txt")
    os.close(handle)

    def says(text: str) -> bool:
        Path(name).write_text(text, "utf-8", errors="replace")
        secrets = SecretsCollection()
        with default_settings() as settings:
            settings.disable_filters(
                "detect_secrets.filters.common.is_ignored_due_to_verification_policies"
            )
            secrets.scan_file(name)
        return bool(secrets.data)

    return says


def scrubadub() -> Says:
    from scrubadub import Scrubber

    scrubber = Scrubber()
    return lambda text: any(True for _ in scrubber.iter_filth(text))


def datafog() -> Says:
    import datafog as package

    return lambda text: bool(package.scan(text, engine="regex").entities)


def commonregex() -> Says:
    """Its finders of personal data. Those of dates, times, prices, links and hashes would alarm on everything."""
    import crim

    finders = (
        crim.emails, crim.phones, crim.phones_with_exts, crim.ips, crim.ssn_numbers, crim.credit_cards,
        crim.iban_numbers, crim.btc_address, crim.mac_addresses, crim.street_addresses, crim.po_boxes,
    )  # fmt: skip
    return lambda text: any(finder(text) for finder in finders)


def pii_extract() -> Says:
    from pii_data.types.doc import DocumentChunk
    from pii_extract.api import PiiProcessor
    from pii_extract.api.processor import PiiCollectionBuilder

    processor = PiiProcessor()
    processor.build_tasks("en")

    def says(text: str) -> bool:
        found = PiiCollectionBuilder("en")
        processor.detect_chunk(DocumentChunk("0", text), found)
        return len(found) > 0

    return says


def trufflehog() -> Says:
    from truffleHogRegexes.regexChecks import regexes

    return lambda text: any(pattern.search(text) for pattern in regexes.values())


PEERS: dict[str, Callable[[], Says]] = {
    "detect-secrets": detect_secrets,
    "scrubadub": scrubadub,
    "datafog (regex)": datafog,
    "commonregex-improved": commonregex,
    "pii-extract (regex)": pii_extract,
    "truffleHog's regexes": trufflehog,
}


def main() -> None:
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # some of them print
        try:
            says = PEERS[sys.argv[1]]()
        except ImportError as error:
            _say(out, {"missing": error.name or "a package"})
            return
        _say(out, {"ready": True})
        for line in sys.stdin:
            text = json.loads(line)["text"]
            started = time.perf_counter()
            found = says(text)
            _say(out, {"found": found, "ms": 1000 * (time.perf_counter() - started)})


def _say(out: Any, answer: dict[str, Any]) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
