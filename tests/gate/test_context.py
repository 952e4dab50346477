"""What stands around a candidate, and the headings of tables."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.gate.context import NOTHING, Cues, Phrases
from ringfence.gate.jsontext import flatten, pieces
from ringfence.gate.reading import Found, Group, strongest
from ringfence.gate.recognizer import Hit, Text
from ringfence.gate.tables import Headings

PHRASES = Phrases({"nhs number", "card", "numero", "身份证"})


@pytest.mark.parametrize(
    ("text", "near", "next_to"),
    [
        ("the NHS number is @", {"nhs number"}, {"nhs number"}),
        ("nhsNumber=@", {"nhs number"}, {"nhs number"}),
        ("Numéro : @", {"numero"}, {"numero"}),
        ("Über ﬁfty ßs, numéro @", {"numero"}, {"numero"}),
        ("his card. Then some other words: @", {"card"}, set()),
        ("@ is on the card", {"card"}, set()),
        ("a card " + "x " * 60 + "@", set(), set()),
        ("@" + " y" * 30 + " card", set(), set()),
        ("when,card,what\n1,@,3", {"card"}, {"card"}),
    ],
)
def test_phrases_count_where_they_are_in_reach(
    text: str, near: set[str], next_to: set[str]
) -> None:
    at = text.index("@")
    context = Cues(Text(value=text), PHRASES).around(at, at + 1)
    assert (context.near, context.next_to) == (near, next_to)


def test_the_key_above_a_text_counts_as_next_to_all_of_it() -> None:
    context = Cues(Text(value="4", key="patient nhs number"), PHRASES).around(0, 1)
    assert context.next_to == {"nhs number"}


def test_a_script_without_spaces_comes_along_raw() -> None:
    assert Cues(Text(value="我的身份证4"), PHRASES).around(5, 6).raw == "我的身份证"
    assert Cues(Text(value="nothing 4"), PHRASES).around(8, 9) == NOTHING


@given(st.text(alphabet="aZ é,;|\n1", max_size=60), st.integers(0, 60))
def test_asking_from_left_to_right_gives_the_same_headings(value: str, at: int) -> None:
    asked = Headings(value)
    for place in range(len(value)):
        answer = asked.over(place)
        if place == at:
            assert answer == Headings(value).over(place)


def _found(start: int, end: int, score: float) -> Found:
    hit = Hit(entity="CARD", start=start, end=end, score=score, why="")
    return Found(hit, "cards", Group.STRUCTURED)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9), st.sampled_from((0.5, 0.9)))))
def test_the_strongest_do_not_overlap_and_each_other_gave_way_to_one(
    given_hits: list[tuple[int, int, float]],
) -> None:
    found = [_found(start, start + size, score) for start, size, score in given_hits]
    kept = strongest(found)
    spans = [(f.hit.start, f.hit.end) for f in kept]
    assert all(a_end <= b_start for (_, a_end), (b_start, _) in pairwise(spans))
    for f in found:
        assert any(
            f.hit.start < k.hit.end and k.hit.start < f.hit.end and k.hit.score >= f.hit.score
            for k in kept
        )


class Counting(int):
    """A number that counts how often it is compared."""

    asked = 0

    def __lt__(self, other: int) -> bool:
        Counting.asked += 1
        return int(self) < int(other)

    def __gt__(self, other: int) -> bool:
        Counting.asked += 1
        return int(self) > int(other)


def test_many_hits_of_one_kind_are_compared_about_log_n_times_each() -> None:
    asked = []
    for count in (200, 2000):
        Counting.asked = 0
        strongest([_found(Counting(10 * i), Counting(10 * i + 5), 0.9) for i in range(count)])
        asked.append(Counting.asked)
    assert asked[1] < 20 * asked[0]


def test_a_string_that_is_cut_off_is_read_to_the_end_and_no_later_quote_starts_one() -> None:
    assert [p.key for p in pieces('{"ssn": "078-05')][-1] == "ssn"
    view = flatten('{"ssn": "078-05')
    assert view is not None and view.value == "ssn: 078-05\n"
    assert len(list(pieces('["' + '\\"' * 500))) == 1


def test_a_long_key_is_not_carried_whole_by_every_piece() -> None:
    text = '{"' + "word " * 5000 + '": [' + "1," * 5000
    assert max(len(piece.key) for piece in pieces(text) if not piece.is_key) <= 400
