"""`RingfenceLLM`: CrewAI's LLM whose model the policy chooses, call by call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

from crewai.events.types.llm_events import LLMCallType
from crewai.hooks import HookAborted
from crewai.llms.base_llm import BaseLLM, LLMCallBlockedError, llm_call_context
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator
from typing_extensions import override

from crewai_ringfence import arguments, tracing
from crewai_ringfence.denied import CallDenied, as_crew_error, asked_once
from crewai_ringfence.requests import build, structured, usage_of
from ringfence import BadRequest, Caller, Completion, Request, RingfenceError, Router, Unavailable

_NO_PREFERENCE = "ringfence"
_USABLE_WINDOW = 0.85
"""The part of a window that crewai plans with; its own providers keep the same margin."""


class RingfenceLLM(BaseLLM):  # type: ignore[misc]  # crewai is not type-checked
    """An LLM for CrewAI's agents: the policy decides which model answers each of their calls.

    ```python
    llm = RingfenceLLM(policy="policy.yaml")
    Agent(role=…, goal=…, backstory=…, llm=llm, tools=[…])
    ```

    Give it to everything in a crew that thinks (`llm`, `function_calling_llm`, `manager_llm`, `planning_llm`, memory):
    what has no LLM given falls back to a cloud of crewai's own choice, past the policy.

    `model` is a preference: labels win. A refusal of the engine stops the crew at once as `CallDenied`, which carries
    the engine's error; only `Unavailable` is raised as it is, and may be tried again. Unknown arguments are refused.
    crewai's tracing, which uploads prompts, is refused at construction and at each call unless `allow_tracing=True`.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True, populate_by_name=True, hide_input_in_errors=True
    )

    llm_type: str = "ringfence"
    model: str = _NO_PREFERENCE
    provider: str = "ringfence"
    logit_bias: dict[str, float] | None = None
    reasoning_effort: str | None = None
    response_format: type[BaseModel] | None = None
    task: str | None = None
    """What kind of work this is (`simple`, `codegen`, …); unless it is given, the engine classifies each request."""
    conversation_id: str | None = None

    policy: str | Path | None = None
    policy_digest: str | None = None
    trust_root: str | Path | None = None
    router: Any = Field(None, exclude=True, repr=False)
    """An engine (`ringfence.Router`) to share, instead of `policy`."""
    caller: Any = Field(None, exclude=True)
    tenant: str | None = None
    user: str | None = None
    team: str | None = None
    allow_tracing: bool = False

    _router: Router = PrivateAttr()
    _who: Caller | None = PrivateAttr(None)

    @model_validator(mode="before")
    @classmethod
    def _take_arguments(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        kept = arguments.check(data, known=cls.model_fields)
        kept["model"] = kept.get("model") or _NO_PREFERENCE
        kept["provider"] = "ringfence"
        return kept

    @override
    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        if not self.allow_tracing:
            tracing.refuse_leaks()
        self._who = self._caller()
        if self.router is None:
            self._router = Router.from_policy(
                self.policy, policy_digest=self.policy_digest, trust_root=self.trust_root
            )
            return
        if any(given is not None for given in (self.policy, self.policy_digest, self.trust_root)):
            raise BadRequest("give either policy= and its pins, or router=, not both")
        self._router = self.router

    def _caller(self) -> Caller | None:
        named = {"tenant": self.tenant, "user": self.user, "team": self.team}
        given = {key: value for key, value in named.items() if value is not None}
        if given and self.caller is not None:
            raise BadRequest("give either caller= or tenant=, user=, team=, not both")
        return Caller(**given) if given else self.caller

    @property
    def preference(self) -> str | None:
        """The model that is asked for, if any."""
        return None if self.model == _NO_PREFERENCE else self.model

    def close(self) -> None:
        """Close the engine that this LLM made. One that was passed in as `router` is its owner's to close."""
        if self.router is None:
            self._router.close()

    # -- answering

    @override
    @asked_once
    def call(
        self,
        messages: Any,
        tools: list[dict[str, Any]] | None = None,
        callbacks: list[Any] | None = None,
        available_functions: dict[str, Any] | None = None,
        from_task: Any = None,
        from_agent: Any = None,
        response_model: type[BaseModel] | None = None,
    ) -> Any:
        """Answer with text, an instance of the response model, or the tool calls that the executor is to make.

        Raises:
            CallDenied: when the engine refuses; the crew stops.
            Unavailable: when every eligible model failed.
        """
        scope = {"from_task": from_task, "from_agent": from_agent}
        schema = response_model or self.response_format
        with self._calling(messages, tools, callbacks, available_functions, scope) as formatted:
            request = build(self, formatted, tools, schema)
            completion = self._complete(request, scope)
            return self._outcome(completion, formatted, available_functions, schema, scope)

    @override
    @asked_once
    async def acall(
        self,
        messages: Any,
        tools: list[dict[str, Any]] | None = None,
        callbacks: list[Any] | None = None,
        available_functions: dict[str, Any] | None = None,
        from_task: Any = None,
        from_agent: Any = None,
        response_model: type[BaseModel] | None = None,
    ) -> Any:
        """`call`, without blocking the event loop."""
        scope = {"from_task": from_task, "from_agent": from_agent}
        schema = response_model or self.response_format
        with self._calling(messages, tools, callbacks, available_functions, scope) as formatted:
            request = build(self, formatted, tools, schema)
            completion = await self._acomplete(request, scope)
            return self._outcome(completion, formatted, available_functions, schema, scope)

    def _complete(self, request: Request, scope: dict[str, Any]) -> Completion:
        if not self._effective_stream():
            return self._router.complete(request, caller=self._who)
        for chunk in self._router.stream(request, caller=self._who):
            if chunk.completion is not None:
                return chunk.completion
            self._emit_stream_chunk_event(chunk.text, **scope)
        raise AssertionError("a stream ends with its completion")

    async def _acomplete(self, request: Request, scope: dict[str, Any]) -> Completion:
        if not self._effective_stream():
            return await self._router.acomplete(request, caller=self._who)
        async with aclosing(self._router.astream(request, caller=self._who)) as chunks:
            async for chunk in chunks:
                if chunk.completion is not None:
                    return chunk.completion
                self._emit_stream_chunk_event(chunk.text, **scope)
        raise AssertionError("a stream ends with its completion")

    @contextmanager
    def _calling(
        self, messages: Any, tools: Any, callbacks: Any, functions: Any, scope: dict[str, Any]
    ) -> Iterator[list[dict[str, Any]]]:
        """The events and hooks that crewai expects around a call, and errors as a crew understands them."""
        if not self.allow_tracing:
            self._refuse_tracing()
        with llm_call_context():
            self._emit_call_started_event(messages, tools, callbacks, functions, **scope)
            try:
                formatted = self._format_messages(messages)
                self._invoke_before_llm_call_hooks(formatted, scope["from_agent"])
                yield formatted
            except Unavailable as error:
                self._emit_call_failed_event(str(error), **scope)
                raise
            except RingfenceError as error:
                self._emit_call_failed_event(str(error), **scope)
                raise as_crew_error(error) from error
            except (HookAborted, LLMCallBlockedError) as denial:
                self._emit_call_denied_event(denial, **scope)
                raise
            except Exception as error:
                self._emit_call_failed_event(type(error).__name__, **scope)
                raise

    @staticmethod
    def _refuse_tracing() -> None:
        try:
            tracing.refuse_leaks()
        except RingfenceError as error:
            raise CallDenied(error) from error

    def _outcome(
        self,
        completion: Completion,
        messages: list[dict[str, Any]],
        functions: dict[str, Any] | None,
        schema: type[BaseModel] | None,
        scope: dict[str, Any],
    ) -> Any:
        usage = usage_of(completion)
        self._track_token_usage_internal(usage)
        calls = [call.to_dict() for call in completion.tool_calls]
        if calls and functions:
            return self._run_tool(calls[0]["function"], functions, scope)
        answer: Any = calls or structured(completion, schema)
        if isinstance(answer, str):
            answer = self._apply_stop_words(answer)
        self._emit_call_completed_event(
            response=answer.model_dump_json() if isinstance(answer, BaseModel) else answer,
            call_type=LLMCallType.TOOL_CALL if calls else LLMCallType.LLM_CALL,
            messages=messages,
            usage=usage,
            finish_reason=completion.finish_reason,
            response_id=completion.decision.id,
            **scope,
        )
        if isinstance(answer, str):
            return self._invoke_after_llm_call_hooks(messages, answer, scope["from_agent"])
        return answer

    def _run_tool(
        self, function: dict[str, Any], functions: dict[str, Any], scope: dict[str, Any]
    ) -> Any:
        try:
            given = json.loads(function["arguments"] or "{}")
        except ValueError:
            given = {}
        return self._handle_tool_execution(function["name"], given, functions, **scope)

    # -- what crewai asks about the model

    @override
    def supports_function_calling(self) -> bool:
        """Whether a model of the policy takes tools; the engine drops those that do not, call by call."""
        return any(model.facts.tools != "none" for model in self._router.policy.models.values())

    @override
    def supports_multimodal(self) -> bool:
        return any(model.facts.vision for model in self._router.policy.models.values())

    @override
    def _multimodal_formatter_name(self) -> str:
        return "openai"

    @override
    def get_context_window_size(self) -> int:
        """What crewai may fill: the largest window that a request has whatever its labels, less crewai's margin."""
        models = self._router.policy.models.values()
        for_all = [model.facts.context_window for model in models if model.clearance.everything]
        window = max(for_all) if for_all else min(model.facts.context_window for model in models)
        return int(window * _USABLE_WINDOW)

    @override
    def get_input_tokens_count(
        self,
        messages: Any,
        tools: list[dict[str, Any]] | None = None,
        response_model: type[BaseModel] | None = None,
    ) -> int:
        request = build(self, self._format_messages(messages), tools, response_model)
        return self._router.decide(request, caller=self._who).size.input_tokens

    @override
    def to_config_dict(self) -> dict[str, Any]:
        """A provider that crewai lacks: the plain `LLM` that its checkpoints make of this fails, and leaks nothing."""
        return {"model": f"{_NO_PREFERENCE}/{self.model}"}
