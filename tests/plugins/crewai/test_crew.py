"""Real crews: on the embedded model, over stand-in servers, and stopped by the policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import crewai
import pytest
from crewai.crews.crew_output import CrewOutput
from crewai.tools import tool

from crewai_ringfence import CallDenied, RingfenceLLM
from ringfence import NotCleared, Unavailable
from ringfence.drill.formats import Reply
from ringfence.drill.server import ModelServer
from ringfence.errors import Denied

CrewOf = Callable[..., crewai.Crew]

# crewai reads deprecated fields of its own.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def two_agents(policy: Path, used: list[str], **sampling: float) -> CrewOutput:
    """A clerk with a tool and a writer, on the embedded model."""

    @tool("stock", result_as_answer=True)
    def stock(item: str) -> str:
        """Look up how many of an item are in stock."""
        used.append(item)
        return f"There are 12 of {item} in stock."

    llm = RingfenceLLM(policy=policy, max_tokens=48, **sampling)
    clerk = crewai.Agent(
        role="Clerk",
        goal="Look up the stock with the stock tool.",
        backstory="You always call the stock tool before you answer.",
        llm=llm,
        tools=[stock],
        max_iter=2,
    )
    writer = crewai.Agent(
        role="Writer", goal="Write one sentence", backstory="You are brief.", llm=llm, max_iter=1
    )
    look = crewai.Task(
        description="How many of item A7 are in stock? Call the tool stock with item A7.",
        expected_output="The result of the tool",
        agent=clerk,
    )
    tell = crewai.Task(
        description="Tell the customer how many are in stock.",
        expected_output="One sentence",
        agent=writer,
        context=[look],
    )
    try:
        return crewai.Crew(agents=[clerk, writer], tasks=[look, tell], verbose=False).kickoff()
    finally:
        llm.close()


@pytest.mark.slow
def test_two_agents_and_a_tool_work_on_the_embedded_model(embedded_policy: Path) -> None:
    """Whether 135M parameters think of the tool is luck that differs between processors: a few seeds are tried."""
    used: list[str] = []
    for seed in range(1, 7):
        result = two_agents(embedded_policy, used, seed=seed, temperature=0 if seed == 1 else 0.8)
        if used:
            break
    assert len(used) == 1
    assert result.tasks_output[0].raw == f"There are 12 of {used[0]} in stock."
    assert result.tasks_output[1].raw
    assert result.token_usage.successful_requests >= 2
    assert result.token_usage.completion_tokens > 0


def test_an_unlabelled_crew_works_in_the_cloud(
    llm: RingfenceLLM, crew_of: CrewOf, cloud: ModelServer
) -> None:
    result = crew_of(llm, "Greet the guest.").kickoff()
    assert result.raw == "Hello from the stand-in."
    assert len(cloud.requests) == 1


def test_a_labelled_crew_sends_no_byte_to_the_cloud(
    llm: RingfenceLLM,
    crew_of: CrewOf,
    cloud: ModelServer,
    local_server: ModelServer,
    labelled: str,
) -> None:
    result = crew_of(llm, labelled).kickoff()
    assert result.raw == "Hello from the stand-in."
    assert cloud.received == b""
    assert len(local_server.requests) == 1


def test_what_a_tool_finds_is_labelled_too(
    llm: RingfenceLLM,
    crew_of: CrewOf,
    cloud: ModelServer,
    local_server: ModelServer,
    labelled: str,
) -> None:
    @tool
    def find_request(room: int) -> str:
        """Find the request of a room."""
        return labelled

    cloud.always(Reply(text="", tool_calls=(("find_request", {"room": 12}),)))
    local_server.always(Reply(text="Refunded."))
    result = crew_of(llm, "Do what room 12 asks.", tools=[find_request]).kickoff()
    assert result.raw == "Refunded."
    assert len(cloud.requests) == 1
    assert b"4111" not in cloud.received
    assert b"4111" in local_server.received


def test_with_the_local_model_down_a_labelled_crew_fails_and_nothing_leaves(
    llm: RingfenceLLM,
    crew_of: CrewOf,
    cloud: ModelServer,
    local_server: ModelServer,
    labelled: str,
) -> None:
    local_server.close()
    with pytest.raises(Unavailable):
        crew_of(llm, labelled, max_retry_limit=0).kickoff()
    assert cloud.received == b""


def _cloud_only(cloud: ModelServer, **more: Any) -> dict[str, Any]:
    model = {
        "model": "openai/stand-in",
        "base_url": cloud.v1,
        "locality": "cloud",
        "price": {"input": 1, "output": 4},
        "context_window": 32768,
        "tools": "native",
    }
    routes = {"standard": ["cloud-model"]}
    return {"ringfence": 1, "name": "c", "models": {"cloud-model": model}, "routes": routes, **more}


# Each of these words makes crewai try again, or do something else, when it reads them in an error.
TEMPTING = "rate limit, too many requests: maximum context length exceeded, does not support tools"


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_of_a_rule_stops_the_crew_and_is_not_repeated(
    engine: Callable[..., Any], crew_of: CrewOf, cloud: ModelServer, stream: bool
) -> None:
    rule = {"name": "no-guests", "when": {"text": ["guest"]}, "deny": TEMPTING}
    router = engine(_cloud_only(cloud, rules=[rule]))
    with pytest.raises(CallDenied) as caught:
        crew_of(RingfenceLLM(router=router, stream=stream), "Greet the guest.").kickoff()
    assert router.asked == 1
    assert cloud.received == b""
    error = caught.value.error
    assert isinstance(error, Denied)
    assert (error.rule, caught.value.code) == ("no-guests", "denied")


def test_what_nobody_may_see_stops_the_crew_and_is_not_repeated(
    engine: Callable[..., Any], crew_of: CrewOf, cloud: ModelServer, labelled: str
) -> None:
    router = engine(_cloud_only(cloud))
    with pytest.raises(CallDenied) as caught:
        crew_of(RingfenceLLM(router=router), labelled).kickoff()
    assert router.asked == 1
    assert cloud.received == b""
    assert isinstance(caught.value.error, NotCleared)
    assert caught.value.error.labels == ("pci",)
    assert "4111" not in str(caught.value)


async def test_an_async_crew_is_no_different(
    engine: Callable[..., Any], crew_of: CrewOf, cloud: ModelServer, labelled: str
) -> None:
    router = engine(_cloud_only(cloud))
    crew = crew_of(RingfenceLLM(router=router), labelled)
    with pytest.raises(CallDenied):
        await crew.akickoff()
    assert router.asked == 1
    assert cloud.received == b""


def test_a_copied_crew_shares_the_engine(
    llm: RingfenceLLM, crew_of: CrewOf, local_server: ModelServer, cloud: ModelServer, labelled: str
) -> None:
    results = crew_of(llm, "{text}").kickoff_for_each([{"text": labelled}, {"text": labelled}])
    assert [result.raw for result in results] == ["Hello from the stand-in."] * 2
    assert cloud.received == b""
    assert len(local_server.requests) == 2
