"""What each tool does: check the arguments, read the files, ask the engine, and give the caller what it may see.

`route_and_complete` is the door's whole job in one function; the other tools are its first half.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import platformdirs
from mcp.types import CallToolResult

from ringfence import BadRequest, Completion, Router
from ringfence_mcp import results
from ringfence_mcp.arguments import Call, read_arguments
from ringfence_mcp.engine import Engine
from ringfence_mcp.files import TextFile, read_files, with_files
from ringfence_mcp.progress import Tell, watched
from ringfence_mcp.recipient import Outbox, grant_of, label_files, withhold

_AT_WORK = "a model is at work"

Tool = Callable[[Engine, Mapping[str, Any], Tell], Awaitable[CallToolResult]]


async def route_and_complete(
    engine: Engine, arguments: Mapping[str, Any], tell: Tell
) -> CallToolResult:
    """Answer a request; `dry_run` only decides."""
    call = read_arguments(arguments, also=("dry_run",))
    files = await _read(engine, call)
    router = await engine.router()
    body = with_files(call.body, files)
    if call.dry_run:
        return results.structured((await router.adecide(body)).to_dict())
    if not files:
        completion = await watched(router.acomplete(body), tell, doing=_AT_WORK)
        return results.completed(completion.to_dict())
    async with router.held() as held:  # one policy labels the files, grants and answers
        return await _complete_with_files(engine, held, call, files, tell)


async def _complete_with_files(
    engine: Engine, router: Router, call: Call, files: tuple[TextFile, ...], tell: Tell
) -> CallToolResult:
    outbox = Outbox(engine.options.out_dir or _default_outbox())
    grant = grant_of(router, engine.options.caller)
    labelled = await label_files(router, call.body, files)
    if grant.missing(labelled.files):
        await asyncio.to_thread(outbox.prepare)
    asked = router.acomplete(with_files(call.body, files))
    completion = await watched(asked, tell, doing=_AT_WORK)
    kept_back = grant.missing(labelled.pointed_at(completion.labels))
    if kept_back:
        return results.completed(await asyncio.to_thread(_keep, completion, kept_back, outbox))
    return results.completed(completion.to_dict())


async def estimate_cost(engine: Engine, arguments: Mapping[str, Any], tell: Tell) -> CallToolResult:
    """What a request or a workload costs, on the model that would be chosen and on the others."""
    call = read_arguments(arguments, also=("workload",))
    files = await _read(engine, call)
    router = await engine.router()
    asked: Mapping[str, Any] = (
        {"workload": call.workload} if call.workload is not None else with_files(call.body, files)
    )
    estimate = await watched(router.aestimate(asked), tell, doing="estimating")
    return results.structured(estimate.to_dict())


async def explain_route(engine: Engine, arguments: Mapping[str, Any], tell: Tell) -> CallToolResult:
    """The decision for a request."""
    call = read_arguments(arguments)
    files = await _read(engine, call)
    router = await engine.router()
    decision = await watched(router.adecide(with_files(call.body, files)), tell, doing="deciding")
    return results.structured(decision.to_dict())


TOOLS: Mapping[str, Tool] = {
    "route_and_complete": route_and_complete,
    "estimate_cost": estimate_cost,
    "explain_route": explain_route,
}


async def call_tool(
    engine: Engine, name: str, arguments: Mapping[str, Any], tell: Tell
) -> CallToolResult:
    """Run a tool. Whatever fails comes back as a tool error without content; only cancellation passes."""
    try:
        tool = TOOLS.get(name)
        if tool is None:
            raise BadRequest(f"no such tool; there are: {', '.join(TOOLS)}")
        return await tool(engine, arguments, tell)
    except Exception as error:
        return results.failed(error)


async def _read(engine: Engine, call: Call) -> tuple[TextFile, ...]:
    return await asyncio.to_thread(read_files, call.files, engine.options.allow_dirs)


def _keep(completion: Completion, labels: tuple[str, ...], outbox: Outbox) -> dict[str, Any]:
    outbox.prepare()
    return withhold(completion, labels, outbox.keep(completion))


def _default_outbox() -> Path:
    return platformdirs.user_data_path("ringfence") / "withheld"


def describe_policy(router: Router) -> dict[str, Any]:
    """The policy in force, for people and agents: its models with where they are, what they may see and cost."""
    policy = router.policy
    return {
        "policy": policy.ref.to_dict(),
        "models": {
            name: {
                "model": model.spec_model,
                "title": model.facts.title,
                "locality": model.locality.value,
                "clearance": "all"
                if model.clearance.everything
                else sorted(model.clearance.labels),
                "key": model.key_env,
                "usd_per_million_tokens": {
                    "input": _usd(model.facts.input_usd),
                    "output": _usd(model.facts.output_usd),
                },
                "context_window": model.facts.context_window,
                "tools": model.facts.tools,
            }
            for name, model in policy.models.items()
        },
        "routes": {
            kind.value: [list(group) if not isinstance(group, str) else group for group in route]
            for kind, route in policy.document.routes.items()
        },
    }


def _usd(price: object) -> str | None:
    return None if price is None else str(price)
