"""What only shows when turns are put together: a value split across messages, or a bare answer to a question.

Only the edges of the turns are joined, so a long history costs little and each seam can be cached.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ringfence.gate.walk import Leaf

TAIL, HEAD = 120, 200


@dataclass(frozen=True, slots=True)
class Seam:
    """The edges of some turns, one after the other, each on a line of its own."""

    value: str
    parts: tuple[tuple[int, Leaf, int], ...]
    """Where each part begins in `value`, its leaf, and where in the leaf it begins."""
    answer_from: int | None = None
    """Set for a question and its answer: hits from here on count though they cross nothing."""

    def place(self, start: int, end: int) -> tuple[Leaf, int, int] | None:
        """The leaf and offsets of a hit that needed the seam; None for one that stands in one turn alone."""
        index = max(i for i, (begin, _, _) in enumerate(self.parts) if begin <= start)
        begin, leaf, offset = self.parts[index]
        stop = self.parts[index + 1][0] - 1 if index + 1 < len(self.parts) else len(self.value)
        crosses = end > stop
        if not crosses and (self.answer_from is None or start < self.answer_from):
            return None
        return leaf, offset + start - begin, min(offset + end - begin, offset + stop - begin)


def seams(leaves: Sequence[Leaf]) -> Iterator[Seam]:
    """The seams between the turns of a conversation; `leaves` are the texts of messages, in order."""
    said = [leaf for leaf in leaves if leaf.role == "user"]
    for index in range(len(said) - 1):
        yield _across(said, index)
    for before, after in pairwise(leaves):
        if after.role == "user" and before.role != "user" and len(after.value) <= HEAD:
            tail = before.value[-TAIL:]
            yield Seam(
                f"{tail}\n{after.value}",
                ((0, before, len(before.value) - len(tail)), (len(tail) + 1, after, 0)),
                answer_from=len(tail) + 1,
            )


def _across(said: Sequence[Leaf], index: int) -> Seam:
    tail = said[index].value[-TAIL:]
    parts = [(0, said[index], len(said[index].value) - len(tail))]
    value = tail
    for leaf in said[index + 1 :]:
        head = leaf.value[:HEAD]
        parts.append((len(value) + 1, leaf, 0))
        value += "\n" + head
        if len(leaf.value) > HEAD or len(value) > TAIL + 2 * HEAD:
            break
    return Seam(value, tuple(parts))
