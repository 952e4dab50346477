"""The ways into a chat model, each stopped before LangChain's tracers would hear of the call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from langchain_core.callbacks import Callbacks
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import LLMResult
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config
from typing_extensions import override

from langchain_ringfence import tracing

_TRACED_ONLY = ("ls_structured_output_format", "structured_output_format")


class GuardedChatModel(BaseChatModel):
    """Refuses each call that LangSmith would trace in the open. `invoke` and `batch` come through `generate`."""

    allow_tracing: bool = False
    """The policy's owner agrees that prompts go to LangSmith."""

    def _guard(self, callbacks: Callbacks, said: dict[str, Any] | None = None) -> bool:
        """Whether a hidden trace is on. Then what hiding does not hide is taken out of the call's keywords."""
        if self.allow_tracing or not tracing.refuse_leaks(callbacks, self.callbacks):
            return False
        for name in _TRACED_ONLY if said else ():
            (said or {}).pop(name, None)
        return True

    def _stop(
        self, callbacks: Callbacks, stop: list[str] | None, said: dict[str, Any]
    ) -> list[str] | None:
        """`_guard`; under a hidden trace, stop words go by a keyword that no tracer is given."""
        if self._guard(callbacks, said) and stop:
            said["stop_words"] = stop
            return None
        return stop

    @override
    def generate(
        self,
        messages: list[list[BaseMessage]],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        stop = self._stop(callbacks, stop, kwargs)
        return super().generate(messages, stop, callbacks, **kwargs)

    @override
    async def agenerate(
        self,
        messages: list[list[BaseMessage]],
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> LLMResult:
        stop = self._stop(callbacks, stop, kwargs)
        return await super().agenerate(messages, stop, callbacks, **kwargs)

    @override
    def stream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> Iterator[AIMessageChunk]:
        stop = self._stop(_callbacks(config), stop, kwargs)
        yield from super().stream(input, config, stop=stop, **kwargs)

    @override
    async def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessageChunk]:
        stop = self._stop(_callbacks(config), stop, kwargs)
        chunks: Any = super().astream(input, config, stop=stop, **kwargs)
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk

    @override
    def stream_events(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        self._guard(_callbacks(config), kwargs)
        return super().stream_events(input, config, **kwargs)

    @override
    def astream_events(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Any:
        self._guard(_callbacks(config), kwargs)
        return super().astream_events(input, config, **kwargs)


def _callbacks(config: RunnableConfig | None) -> Callbacks:
    return ensure_config(config).get("callbacks")
