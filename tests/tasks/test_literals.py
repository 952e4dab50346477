"""Many literals in one pass: the same as looking for each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ringfence.tasks.cues import CUES, SHAPES
from ringfence.tasks.literals import Literals

GROUPS = [*CUES, *SHAPES, ("é", "要約", "a.c", "\\d+", "\n\n")]
PIECES = st.sampled_from([literal for group in GROUPS for literal in group])


@given(
    st.lists(
        st.one_of(PIECES, st.text(max_size=20), st.sampled_from(["\ud800", "\udfff", "a\udc00b"])),
        max_size=12,
    )
)
def test_a_text_holds_what_looking_for_each_literal_finds(pieces: list[str]) -> None:
    text = "".join(pieces)
    expected = [[literal for literal in group if literal in text] for group in GROUPS]
    assert Literals(GROUPS).in_text(text) == expected
