"""Calls of the embedded model: OpenAI's format, spoken to the server inside this process."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from typing_extensions import override

from ringfence.dispatch.answers import added
from ringfence.dispatch.calls import Call, Piece, Wire
from ringfence.dispatch.clients import Clients
from ringfence.dispatch.constrained import TRIES
from ringfence.dispatch.embedded import BUNDLED, embedded_server
from ringfence.dispatch.openai_wire import OpenAIWire
from ringfence.dispatch.schemas import fitted
from ringfence.types import Usage

DEFAULT_LIMIT = 256
"""Output tokens when the caller names no limit: about 4 s of one core. So small a model babbles to its window."""
BUNDLED_PARAMS = {"temperature": 0.2, "top_p": 0.9}
"""As the model card of SmolLM2-Instruct samples, where the caller does not say otherwise."""


class EmbeddedWire(Wire):
    """Starts the server when there is none, then sends to it."""

    def __init__(self, clients: Clients) -> None:
        self._openai = OpenAIWire(clients, wire="embedded")

    @override
    async def send(self, call: Call) -> AsyncGenerator[Piece, None]:
        started = await embedded_server(call.model)
        usual = BUNDLED_PARAMS if call.model.served == BUNDLED else {}
        # A seed asks for the same answer again; what other prompts left in a slot's cache would change it.
        fresh = {"cache_prompt": False} if "seed" in call.params else {}
        params = {**usual, **call.params, **fresh}
        call = replace(call, endpoint=started.endpoint, key=started.key, params=params)
        tries = [call] if call.schema is None or call.narrowed else _narrowed(call)
        spent = Usage()
        for asked in tries:
            async with aclosing(self._openai.send(asked)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, str):
                        yield piece
                        continue
                    spent = added(spent, piece.usage)
                    if asked is tries[-1] or _is_json(piece.text):
                        yield replace(piece, usage=spent)
                        return


def _narrowed(call: Call) -> list[Call]:
    """Tries with an end to every string: roomy, then tight. A stream has one try, the tight one."""
    limit = call.limit or DEFAULT_LIMIT
    schemas = [
        fitted(call.schema, tokens=limit, characters_a_token=characters) for characters in TRIES
    ]
    return [
        replace(call, schema=schema, narrowed=True)
        for schema in (schemas[-1:] if call.streaming else schemas)
    ]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
