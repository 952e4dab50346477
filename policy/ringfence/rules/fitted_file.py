"""The classifier's fitted head that `classifier.fitted` names: its bytes, held against their digest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ringfence.rules.pinned import BadFile, read_pinned
from ringfence.rules.schema import ClassifierSpec
from ringfence.rules.yaml_source import Path as ValuePath

Fault = tuple[ValuePath, str]

MAGIC = b"ringfence-tasks-head-1\n"
"""What such a file begins with."""
SIZE = 256 * 1024


def load_fitted(
    spec: ClassifierSpec, folder: Path, report: Callable[[Fault], object]
) -> bytes | None:
    """The bytes of the file. What is wrong goes to `report`."""
    if spec.fitted is None:
        return None
    place: ValuePath = ("classifier", "fitted")
    try:
        content = read_pinned(folder / spec.fitted, spec.digest, most=SIZE)
    except BadFile as error:
        report((place, str(error)))
        return None
    if not content.startswith(MAGIC):
        report((place, "not a file that 'ringfence tasks fit' wrote"))
    return content
