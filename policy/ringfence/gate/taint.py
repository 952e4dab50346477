"""What the gate asks of a taint store: which labels come back with texts that models gave to labelled requests (I5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ringfence.gate.fingerprints import MIN_COUNTED
from ringfence.gate.walk import Leaf, walk
from ringfence.request import Request
from ringfence.types import Finding

TAINT = "TAINT"
_RESULTS = frozenset({"tool", "function"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaintMatch:
    """Labels that come back: with a passage of the text at `index`, or (None) with the conversation."""

    index: int | None = None
    labels: tuple[str, ...]
    start: int = 0
    end: int = 0


class TaintLookup(Protocol):
    """A store of keyed hashes; `ringfence.records` has it, the router hands it in."""

    def labels_of(
        self, *, tenant: str, texts: Sequence[str], conversation_id: str | None
    ) -> Sequence[TaintMatch]:
        """What comes back with the texts and with the conversation."""
        ...


def tainted(lookup: TaintLookup, request: Request, leaves: Sequence[Leaf]) -> Iterator[Finding]:
    """One finding for each label that comes back with a passage of the request or with its conversation."""
    texts = list(comparable(request, leaves))
    matches = lookup.labels_of(
        tenant=request.caller.tenant,
        texts=[leaf.value for leaf in texts],
        conversation_id=request.conversation_id,
    )
    for match in matches:
        if match.index is None:
            path, start, end = "/conversation_id", 0, len(request.conversation_id or "")
            why = "the conversation carries it"
        else:
            leaf = texts[match.index]
            path, start, end = leaf.path, match.start, match.end
            if leaf.decoded_from is not None:
                start, end = 0, leaf.decoded_from
            why = "from what a model or a tool gave to a labelled request"
        for label in match.labels:
            yield Finding(
                label=label,
                entity=TAINT,
                path=path,
                start=start,
                end=end,
                score=1.0,
                recognizer="taint",
                why=why,
            )


def comparable(request: Request, leaves: Iterable[Leaf]) -> Iterator[Leaf]:
    """The texts of a request that are long enough to be compared; and messages of several parts as one."""
    yield from (leaf for leaf in leaves if len(leaf.value) >= MIN_COUNTED)
    for index, message in enumerate(request.messages):
        if isinstance(message.content, tuple) and len(message.content) > 1:
            yield Leaf(path=f"/messages/{index}/content", value=message.text, role=message.role)


def texts_of(request: Request) -> list[str]:
    """The texts of a request that the store compares, for who wants to note them."""
    leaves = [leaf for leaf in walk(request) if isinstance(leaf, Leaf)]
    return [leaf.value for leaf in comparable(request, leaves)]


def labelled_results(request: Request, findings: Iterable[Finding]) -> Mapping[str, set[str]]:
    """What tools gave that the gate's own recognisers labelled, with those labels.

    A result in which only taint was found is not among them: a log that quotes one tainted line would else taint all
    of its lines, and theirs in turn. What was tainted before stays so by its own marks.
    """
    labels: dict[str, set[str]] = {}
    for finding in findings:
        if finding.entity != TAINT:
            labels.setdefault(finding.path, set()).add(finding.label)
    results: dict[str, set[str]] = {}
    for leaf in walk(request):
        if isinstance(leaf, Leaf) and leaf.path in labels and _is_result(request, leaf):
            results.setdefault(leaf.value, set()).update(labels[leaf.path])
    return results


def _is_result(request: Request, leaf: Leaf) -> bool:
    """The text of a tool's message, or of a `tool_result` part in anybody's."""
    if leaf.in_key or not leaf.path.startswith("/messages/"):
        return False
    _, _, index, *rest = leaf.path.split("/")
    if leaf.role in _RESULTS:
        return rest[0] == "content"
    content = request.messages[int(index)].content
    if not isinstance(content, tuple) or len(rest) < 2:
        return False
    return content[int(rest[1])].get("type") == "tool_result"
