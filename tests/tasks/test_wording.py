"""What a text's shape shows: a screen written out, a set of labels, a schema; and that doubt never invents a screen."""

import pytest

from ringfence.request import Request
from ringfence.tasks import classify
from ringfence.tasks.wording import asks_for_a_query, converts, wants_a_label
from ringfence.types import Size, TaskKind, Tier

SMALL = Size(input_tokens=120)


def kind(text: str, **options: float) -> TaskKind:
    return classify(Request.from_text(text), SMALL, **options).kind  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "[12] button 'Submit'\n[13] link 'Help'\nThe user wants to pay. Next action:",
        '<node class="android.widget.Button" resource-id="a:id/ok" bounds="[0,120][1080,240]"/>\nConfirm it.',
        "RootWebArea 'Shop'\n  link 'Cart'\nOBJECTIVE: check out",
        "Give the bounding box of the search icon.",
        "Fill #name with Ann, #city with Oslo and #zip with 0150.",
    ],
)
def test_a_screen_written_out_as_text_is_gui(text: str) -> None:
    task = classify(Request.from_text(text), SMALL)
    assert (task.kind, task.source) == (TaskKind.GUI, "signal")


@pytest.mark.parametrize(
    "text",
    [
        "Convert this HTML to markdown:\n<ul><li><a href='#a'>One</a></li><li><button>Two</button></li></ul>",
        "Write a Playwright script which clicks [id=submit] and fills #name, #mail and #zip",
        'Write a function that parses bounds="[0,120][1080,240]" into four numbers.',
        "Summarise the notes [1] and [2] in one sentence.",
    ],
)
def test_code_and_conversions_about_a_screen_are_not_gui(text: str) -> None:
    assert kind(text) is not TaskKind.GUI


@pytest.mark.parametrize("doubt", [0.0, 0.6, 0.9, 1.0])
@pytest.mark.parametrize(
    "text", ["Is the tone of this friendly?", "Sort these by size: kiwi, melon", "la mer, le ciel"]
)
def test_doubt_lifts_to_no_screen_and_to_no_search(text: str, doubt: float) -> None:
    sure, lifted = (
        classify(Request.from_text(text), SMALL, min_confidence=c) for c in (0.0, doubt)
    )
    if lifted.kind is not sure.kind:
        assert lifted.kind in (TaskKind.STANDARD, TaskKind.CODEGEN, TaskKind.COMPLEX)


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE emp(id int, boss int, pay int); SQL: staff who earn more than their boss",
        "Tables: flights(id, origin, dest), airports(code, city). Query for the busiest airport?",
    ],
)
def test_a_schema_and_a_wish_for_a_query_are_code(text: str) -> None:
    assert asks_for_a_query(text)
    assert kind(text) is TaskKind.CODEGEN


@pytest.mark.parametrize(
    "text",
    [
        "Labels: greeting, order, complaint. Text: where is my parcel?? Return only the label.",
        "Which reply is better? Answer with A or B only.\nQ: capital of France\nA: Paris\nB: Lyon",
        "Definition: you get a tweet; output 1 if it is ironic, else 0.\nInput: Great, Monday.\nOutput:",
    ],
)
def test_a_stated_set_of_answers_is_simple(text: str) -> None:
    assert wants_a_label([text])
    assert kind(text) is TaskKind.SIMPLE


@pytest.mark.parametrize(
    "text", ["Convert YAML to TOML:\na: 1\nb:\n  c: 2", "markdown to html\n# Hi\n* a"]
)
def test_turning_one_format_into_another_is_simple(text: str) -> None:
    assert converts(text)
    assert kind(text) is TaskKind.SIMPLE


def test_a_program_that_converts_is_no_conversion() -> None:
    assert not converts("Write a function to convert YAML to TOML")


def test_the_first_turn_may_say_what_every_later_turn_is_to_be_given() -> None:
    turns = (
        ("user", "Classify each message I send as refund, delivery or other. Only the label."),
        ("assistant", "OK"),
        ("user", "my box never came"),
    )
    messages = [{"role": role, "content": content} for role, content in turns]
    assert classify(Request.parse({"messages": messages}), SMALL).kind is TaskKind.SIMPLE


def test_asking_for_one_word_does_not_make_hard_work_simple() -> None:
    ask = "Prove that every group of prime order is cyclic. Answer yes or no, with a single word only."
    assert kind(ask) is not TaskKind.SIMPLE
    assert classify(Request.from_text(ask), SMALL).tier is Tier.COMPLEX


@pytest.mark.parametrize(
    "text",
    [
        "Wieviel Wasser soll man am Tag trinken?",
        "¿Cuántos planetas hay en el sistema solar?",
        "Écris un toast pour le mariage de ma sœur",
        "Schreib eine Kündigung für mein Fitnessstudio",
        "일본의 인구는 얼마나 되나요?",
    ],
)
def test_an_everyday_request_in_another_language_is_standard(text: str) -> None:
    assert kind(text) is TaskKind.STANDARD
