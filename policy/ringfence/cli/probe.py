"""Whether an endpoint listens: a connection, closed at once. No byte of any request is sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

PATIENCE_S = 3.0
"""For a connection; a name that does not resolve may take the system longer, and is left behind."""


def probe(urls: Iterable[str]) -> Mapping[str, str]:
    """URL → what is wrong with it, in words; empty when it listens. All at once, each within `PATIENCE_S`."""
    answers = dict.fromkeys(urls, "no answer in time")

    def ask(url: str) -> None:
        answers[url] = _trouble(url)

    # Daemons, since a name lookup cannot be called off and must not hold up the exit.
    threads = [threading.Thread(target=ask, args=(url,), daemon=True) for url in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    return dict(answers)


def _trouble(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme == "unix":
            return _trouble_of_socket(parts.path.partition(":")[0])
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), timeout=PATIENCE_S):
            return ""
    except TimeoutError:
        return "no answer in time"
    except socket.gaierror:
        return "its name does not resolve"
    except ConnectionRefusedError:
        return "nothing listens there"
    except (OSError, ValueError) as error:
        return f"cannot be reached ({getattr(error, 'strerror', None) or 'malformed'})"


def _trouble_of_socket(path: str) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_S)
        try:
            connection.connect(path)
        except FileNotFoundError:
            return "there is no such socket"
    return ""
