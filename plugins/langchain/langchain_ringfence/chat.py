"""`ChatRingfence`: LangChain's chat model whose model the policy chooses, call by call."""

from __future__ import annotations

import operator
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from langchain_core.caches import BaseCache
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.tools import BaseTool
from pydantic import ConfigDict, Field, PrivateAttr, model_validator
from typing_extensions import override

from langchain_ringfence import arguments, structured, waiting
from langchain_ringfence.guarded import GuardedChatModel
from langchain_ringfence.messages import to_last_chunk, to_message
from langchain_ringfence.requests import build, cache_key
from ringfence import BadRequest, Caller, Chunk, Completion, Router


class ChatRingfence(GuardedChatModel):
    """A chat model that takes the place of `ChatOpenAI`: the policy decides which model answers each call.

    ```python
    llm = ChatRingfence(model="gpt-5.4", policy="policy.yaml")   # was: ChatOpenAI(model="gpt-5.4")
    answer = llm.invoke("…")
    answer.response_metadata["model_name"]   # who really answered
    answer.response_metadata["ringfence"]    # the decision: labels, candidates, who was dropped and why
    ```

    `ChatOpenAI`'s arguments are taken. `model` is a preference: labels win. `api_key` is taken and not used, and so
    are `base_url` and the like, with a warning: only the policy says where a request goes. `max_retries` is taken;
    how often and where a failed call is tried again is the policy's `fallback`. `timeout` is for a whole answer,
    beside the policy's `fallback.deadline_s`; a stream has only the latter. Unknown arguments are refused.

    Every field from `model` to `conversation_id` may be given for one call too, by `bind` or as a keyword of
    `invoke`. Engine errors come through as they are (`NotCleared`, `Unavailable`, …) and hold no text of the request.

    LangSmith tracing that would carry prompts out is refused, at construction and at each call, unless
    `allow_tracing=True`. (A chain around this model is traced before the model is called: construct the model while
    the tracing that you will run with is on.) A global LLM cache is used only when `cache=True`: it would answer
    without asking the policy.
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
        populate_by_name=True,
        extra="forbid",
        hide_input_in_errors=True,
        protected_namespaces=(),
    )

    model_name: str | None = Field(None, alias="model")
    temperature: float | None = None
    max_tokens: int | None = Field(None, alias="max_completion_tokens")
    top_p: float | None = None
    stop: list[str] | str | None = Field(None, alias="stop_sequences", repr=False)
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, float] | None = Field(None, repr=False)
    reasoning_effort: str | None = None
    verbosity: str | None = None
    service_tier: str | None = None
    model_kwargs: dict[str, Any] = Field(default_factory=dict, repr=False)
    """More parameters of the request, by name, as `ChatOpenAI` has it."""
    n: int | None = None
    streaming: bool = False
    request_timeout: float | None = Field(None, alias="timeout", gt=0)
    max_retries: int | None = None
    task: str | None = None
    """What kind of work this is (`simple`, `codegen`, …); unless it is given, the engine classifies each request."""
    conversation_id: str | None = Field(None, repr=False)

    policy: str | Path | None = None
    policy_digest: str | None = None
    trust_root: str | Path | None = None
    router: Router | None = Field(None, exclude=True, repr=False)
    """An engine to share, instead of `policy`."""
    caller: Caller | None = None
    tenant: str | None = None
    user: str | None = None
    team: str | None = None
    cache: BaseCache | bool | None = Field(default=False, exclude=True)

    _router: Router = PrivateAttr()
    _who: Caller | None = PrivateAttr(None)

    @model_validator(mode="before")
    @classmethod
    def _take_arguments(cls, data: Any) -> Any:
        known = {alias for field in cls.model_fields.values() if (alias := field.alias)}
        kept = arguments.check(data, known=known | cls.model_fields.keys())
        arguments.one_answer("n", kept.get("n"))
        if kept.get("cache") is None:
            kept["cache"] = False
        return kept

    @override
    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        self._guard(None)
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

    def close(self) -> None:
        """Close the engine that this model made. One that was passed in as `router` is its owner's to close."""
        if self.router is None:
            self._router.close()

    # -- answering: LangChain's hooks

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request, caller = build(self, messages, stop, kwargs, self._who)
        return _result(waiting.complete(self._router, request, caller, self.request_timeout))

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request, caller = build(self, messages, stop, kwargs, self._who)
        return _result(await waiting.acomplete(self._router, request, caller, self.request_timeout))

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        request, caller = build(self, messages, stop, kwargs, self._who)
        for chunk in self._router.stream(request, caller=caller):
            yield _piece(chunk)

    @override
    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        request, caller = build(self, messages, stop, kwargs, self._who)
        async with aclosing(self._router.astream(request, caller=caller)) as chunks:
            async for chunk in chunks:
                yield _piece(chunk)

    # -- tools and structured output

    @override
    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: dict[str, Any] | str | bool | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools. `tool_choice` is a tool's name, `auto`, `none`, `any`/`required`/True, or OpenAI's object."""
        offered = [structured.tool_of(tool, strict=strict) for tool in tools]
        names = [tool["function"]["name"] for tool in offered]
        chosen = structured.tool_choice_of(tool_choice, names)
        return self.bind(tools=offered, **({"tool_choice": chosen} if chosen else {}), **kwargs)

    @override
    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        include_raw: bool = False,
        method: str = "json_schema",
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """Answer with an instance of `schema` (a pydantic class) or a dict (a TypedDict, a JSON Schema).

        `method` is `json_schema`, `function_calling` (the schema as the one tool) or `json_mode` (any JSON object,
        checked afterwards). With `include_raw` the result is `{"raw", "parsed", "parsing_error"}`.
        """
        bound, reader = structured.prepare(schema, method=method, strict=strict)
        model = self.bind(**bound, **kwargs)
        if not include_raw:
            return model | reader
        parsed = RunnablePassthrough.assign(
            parsed=operator.itemgetter("raw") | reader, parsing_error=lambda _: None
        )
        failed = RunnablePassthrough.assign(parsed=lambda _: None)
        return RunnableMap(raw=model) | parsed.with_fallbacks(
            [failed], exception_key="parsing_error"
        )

    # -- what LangChain asks about the model

    @property
    @override
    def _llm_type(self) -> str:
        return "ringfence"

    @property
    @override
    def _identifying_params(self) -> Mapping[str, Any]:
        return {
            "model_name": self.model_name,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "policy": self._router.policy.ref.digest,
        }

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        found = super()._get_ls_params(stop=stop, **kwargs)
        # No preference: the policy's name is then the best answer to "which model?".
        return {"ls_model_name": self._router.policy.ref.name, **found, "ls_provider": "ringfence"}

    @override
    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """What tracers are told of a call: no tools, schemas or stop words, which hiding inputs would not hide."""
        return {**self._identifying_params, "_type": self._llm_type, "stop": None}

    @override
    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        return cache_key(self, self._identifying_params, stop, kwargs)

    @override
    def get_num_tokens(self, text: str) -> int:
        return self._router.decide(text).size.input_tokens

    @override
    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        offered = [structured.tool_of(tool, strict=None) for tool in tools or ()]
        request, caller = build(self, messages, None, {"tools": offered or None}, self._who)
        return self._router.decide(request, caller=caller).size.input_tokens


def _result(completion: Completion) -> ChatResult:
    message = to_message(completion)
    return ChatResult(generations=[ChatGeneration(message=message)])


def _piece(chunk: Chunk) -> ChatGenerationChunk:
    if chunk.completion is None:
        return ChatGenerationChunk(message=AIMessageChunk(content=chunk.text))
    return ChatGenerationChunk(message=to_last_chunk(chunk.completion))
