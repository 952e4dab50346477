"""What a request's structure says of its task, before any word is read."""

import pytest

from ringfence.request import Request
from ringfence.tasks import classify
from ringfence.types import Size, TaskKind, Tier

SMALL = Size(input_tokens=200)
PIXEL = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


def tools(*names: str) -> list[dict[str, object]]:
    return [{"type": "function", "function": {"name": name}} for name in names]


def kind(
    text: str, *, size: Size = SMALL, windows: tuple[int, ...] = (), **fields: object
) -> TaskKind:
    return classify(Request.from_text(text, **fields), size, windows=windows).kind


@pytest.mark.parametrize("stated", list(TaskKind))
def test_a_task_that_the_caller_states_wins_over_everything(stated: TaskKind) -> None:
    request = Request.from_text("Audit this contract", task=stated.value, tools=tools("computer"))
    task = classify(request, Size(input_tokens=900_000))
    assert (task.kind, task.confidence, task.source) == (stated, 1.0, "caller")


def test_a_request_over_half_of_a_common_window_is_long_context() -> None:
    assert (
        kind("What does chapter nine say?", size=Size(input_tokens=70_000)) is TaskKind.LONG_CONTEXT
    )


def test_the_policys_cloud_windows_lower_the_limit_and_small_local_ones_do_not() -> None:
    size = Size(input_tokens=52_000)
    text = "Find the race in this scheduler and prove that your fix is right."
    assert kind(text, size=size, windows=(100_000, 1_000_000)) is TaskKind.LONG_CONTEXT
    assert kind(text, size=size, windows=(8_192, 1_000_000)) is not TaskKind.LONG_CONTEXT


def test_a_document_of_middling_length_is_never_simple() -> None:
    text = "Classify the sentiment of each of these reviews as positive or negative."
    assert kind(text) is TaskKind.SIMPLE
    assert kind(text, size=Size(input_tokens=30_000)) is TaskKind.LONG_CONTEXT


@pytest.mark.parametrize(
    "names",
    [
        ("computer",),
        ("computer_use_preview",),
        ("browser_navigate", "browser_click"),
        ("playwright_click", "get_time"),
        ("click", "type", "scroll", "screenshot"),
        ("tap", "swipe", "open_app", "done"),
    ],
)
def test_tools_that_drive_a_screen_mean_gui(names: tuple[str, ...]) -> None:
    task = classify(Request.from_text("Order the usual.", tools=tools(*names)), SMALL)
    assert (task.kind, task.tier, task.source) == (TaskKind.GUI, Tier.COMPLEX, "signal")


def test_a_system_prompt_that_sets_up_a_screen_agent_means_gui() -> None:
    request = Request.parse(
        {
            "messages": [
                {
                    "role": "system",
                    "content": "You operate an Android phone for the user, one tap at a time.",
                },
                {"role": "user", "content": "What is the phone number of the bakery?"},
            ]
        }
    )
    assert classify(request, SMALL).kind is TaskKind.GUI


def test_a_screenshot_with_an_instruction_means_gui_and_a_question_about_it_does_not() -> None:
    def asked(text: str) -> TaskKind:
        content = [{"type": "text", "text": text}, PIXEL]
        return classify(
            Request.parse({"messages": [{"role": "user", "content": content}]}), SMALL
        ).kind

    assert asked("Click the blue button, then fill in the form.") is TaskKind.GUI
    assert asked("What is in this picture?") is not TaskKind.GUI


@pytest.mark.parametrize(
    "names", [("web_search",), ("search", "fetch_url"), ("tavily_search", "read_page")]
)
def test_search_tools_mean_research_and_live_when_the_wording_asks_for_today(
    names: tuple[str, ...],
) -> None:
    assert (
        kind("Who founded the firm that built the bridge?", tools=tools(*names))
        is TaskKind.RESEARCH
    )
    assert kind("What is the price of silver right now?", tools=tools(*names)) is TaskKind.LIVE


def test_one_search_tool_among_many_others_is_not_research() -> None:
    offered = tools("web_search", "create_invoice", "send_mail", "list_orders", "refund")
    assert kind("Refund order 4411 and mail the customer.", tools=offered) is TaskKind.STANDARD


@pytest.mark.parametrize(
    "text",
    [
        "Classify the sentiment of this review: positive or negative? I love it.",
        "Extract the date from: paid on 3 May.",
        "",
        "yes",
    ],
)
def test_a_request_with_tools_is_never_below_standard(text: str) -> None:
    assert (
        classify(Request.from_text(text, tools=tools("label_record")), SMALL).tier
        is not Tier.SIMPLE
    )


def test_empty_text_with_tools_is_standard_and_says_why() -> None:
    task = classify(Request.from_text("", tools=tools("get_order")), SMALL)
    assert task.kind is TaskKind.STANDARD
    assert "tools" in task.reasons[0]


def test_tool_results_in_the_conversation_count_as_tools() -> None:
    request = Request.parse(
        {
            "messages": [
                {"role": "user", "content": "Is this review positive or negative? I love it."},
                {"role": "tool", "content": "{}", "tool_call_id": "c1"},
            ]
        }
    )
    assert classify(request, SMALL).tier is not Tier.SIMPLE


def test_an_attachment_is_never_simple() -> None:
    content = [{"type": "text", "text": "Extract the total as JSON."}, PIXEL]
    request = Request.parse({"messages": [{"role": "user", "content": content}]})
    assert classify(request, SMALL).tier is not Tier.SIMPLE


def test_coding_tools_leave_code_generation_possible() -> None:
    text = "Write a Python function that parses ISO dates, with tests."
    assert kind(text, tools=tools("read_file", "edit_file", "bash")) is TaskKind.CODEGEN


def test_a_request_that_names_what_an_offered_tool_does_is_a_call_of_it() -> None:
    text = "add to my reading list the report on tidal power"
    task = classify(Request.from_text(text, tools=tools("add_reading_list")), SMALL)
    assert task.kind is TaskKind.STANDARD
    assert "the request names what a tool does" in task.reasons


def test_a_tool_that_the_request_does_not_name_says_nothing_of_it() -> None:
    text = "Prove that the scheduler never starves a thread, and find the race in the code below."
    task = classify(Request.from_text(text, tools=tools("add_reading_list", "get_time")), SMALL)
    assert "the request names what a tool does" not in task.reasons
    assert task.kind.tier is Tier.COMPLEX
