"""Real requests through every door, with a recording server standing as the cloud.

A door is a function `(policy, text, stream=False) -> answer` that sends one user message the way its users do, and
raises what they would see. `BEACON` stands in every text, so that its absence from what the cloud received is proof.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from netns import only_loopback

from ringfence import Router

BEACON = "BEACON-7d1f"
Door = Callable[..., str]


@pytest.fixture(autouse=True)
def alone() -> Iterator[bool]:
    """Every test of this folder runs where there is no network but loopback, if this machine lets us make that."""
    with only_loopback() as made:
        yield made


@pytest.fixture
def beacon() -> bytes:
    return BEACON.encode()


@pytest.fixture
def labelled() -> str:
    """A discharge note: a name, a date of birth, a record number, and a number that passes no checksum at all."""
    ssn = "-".join(("536", "22", "8146"))
    return (
        f"{BEACON} Discharge summary for patient Margaret Ellison, DOB 03/14/1957, MRN 00482913, SSN {ssn}. "
        "Admitted with community-acquired pneumonia; on amoxicillin 500 mg three times a day. Shorten this note."
    )


@pytest.fixture
def plain() -> str:
    return f"{BEACON} Turn this list into a comma-separated line: apples, pears, plums."


def python_door(policy: Path, text: str, *, stream: bool = False) -> str:
    with Router.from_policy(policy) as router:
        if stream:
            return "".join(chunk.text for chunk in router.stream(text))
        return router.complete(text).text


def langchain_door(policy: Path, text: str, *, stream: bool = False) -> str:
    from langchain_ringfence import ChatRingfence

    model = ChatRingfence(policy=str(policy))
    try:
        if stream:
            return "".join(str(chunk.content) for chunk in model.stream(text))
        return str(model.invoke(text).content)
    finally:
        model.close()


def crewai_door(policy: Path, text: str, *, stream: bool = False) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # crewai's own imports warn
        from crewai_ringfence import RingfenceLLM
    llm = RingfenceLLM(policy=str(policy))
    try:
        return str(llm.call(text))
    finally:
        llm.close()


def cli_door(policy: Path, text: str, *, stream: bool = False) -> str:
    ringfence = Path(sys.executable).with_name("ringfence")
    command = [str(ringfence), "complete", "--policy", str(policy), "--text", text]
    command += ["--stream"] if stream else []
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"exit {result.returncode}: {result.stderr}")
    return result.stdout


async def _ask_mcp(policy: Path, arguments: dict[str, Any], tool: str) -> str:
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "ringfence_mcp", "--policy", str(policy)],
        env=dict(os.environ),
    )
    with open(os.devnull, "w") as quiet:
        async with (
            stdio_client(server, errlog=quiet) as (read, write),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            result = await session.call_tool(tool, arguments)
    text = "".join(getattr(part, "text", "") for part in result.content)
    if result.isError:
        raise RuntimeError(text)
    return text


def mcp_door(
    policy: Path, text: str, *, stream: bool = False, tool: str = "route_and_complete"
) -> str:
    import asyncio

    return asyncio.run(_ask_mcp(policy, {"prompt": text}, tool))


IN_PROCESS = {"python": python_door, "langchain": langchain_door, "crewai": crewai_door}
SUBPROCESS = {"cli": cli_door, "mcp": mcp_door}


@pytest.fixture(params=[*IN_PROCESS, *SUBPROCESS])
def door(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setenv("CREWAI_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    yield (IN_PROCESS | SUBPROCESS)[request.param]


@pytest.fixture
def cloud_only_policy(split_policy: Path) -> Path:
    return without(split_policy, "local-model")


def without(policy: Path, name: str) -> Path:
    """A copy of a policy without one of its models."""
    import yaml

    document = yaml.safe_load(policy.read_text())
    del document["models"][name]
    for route in document["routes"].values():
        route.remove(name)
    path = policy.with_name(f"without-{name}.yaml")
    path.write_text(json.dumps(document))
    return path
