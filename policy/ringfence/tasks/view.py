"""The request as the classifier reads it: the user's own words apart from the system prompt, tools and attachments.

A long system prompt does not make a request complex, so it is kept apart. A last turn that only says "yes, go on"
names no task of its own: the task is that of the last turn that does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringfence.request import Message, Request

HEAD, TAIL = 520, 300
"""Characters read from the start and the end of a long text: instructions stand there, documents in between."""

_SYSTEM_CHARS = 3000
_TOOL_CHARS = 160

_GO_ON_WORDS = """
    yes yep yeah yup y ok okay k sure go on ahead continue proceed please do it that this so the next step more
    carry keep going right correct exactly great good perfect fine thanks thank you now and then again try with
    sounds lets let's let us start looks lgtm approved confirm confirmed agreed absolutely all of them both option
    first second one two three a b c 1 2 3 is ahead i we me
    ja ok weiter bitte mach mache genau gut passt los gerne mal so danke einverstanden klar
    oui d'accord continue continuez vas y vas-y allez merci parfait c'est bon
    sí si vale continúa continua adelante sigue por favor gracias perfecto hazlo dale claro
    sim claro continue continua prossiga pode obrigado isso
    sì va bene continua procedi grazie perfetto avanti
    tak dalej kontynuuj dobrze proszę да продолжай хорошо давай дальше пожалуйста ga door graag doe maar
"""
_GO_ON = frozenset(_GO_ON_WORDS.split())
_GO_ON_CJK = re.compile(
    r"^[\s、。!！,，.]*(はい|続けて(ください)?|お願いします|好的?|是的?|继续|繼續|可以|请继续|네|예|계속(해\s?주세요)?|[\s、。!！,，.])+$"
)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the classifier looks at. Text is cut to what is read; nothing here is ever logged."""

    text: str = field(repr=False)
    """The turn that names the task, cut to its head and tail."""
    length: int
    """Characters of that turn before the cut, with the turns that answer it."""
    system: str = field(repr=False)
    opening: str = field(repr=False, default="")
    """The first user turn, cut, where it is another than the one that names the task."""
    tools: tuple[str, ...] = ()
    """Names of the offered tools, lower case."""
    tools_used: bool = False
    """The conversation holds tool calls or tool results."""
    images: int = 0
    other_files: int = 0
    turns: int = 1
    """User turns in the conversation."""
    only_goes_on: bool = False
    """No user turn says more than "go on": the conversation names no task."""


def look(request: Request) -> View:
    """Read a request's structure once."""
    turns = [message for message in request.messages if message.role == "user"]
    turn = _task_turn(turns)
    text = turn.text if turn is not None else ""
    agrees = bool(text.strip()) and only_goes_on(text)
    kinds = [kind for message in turns[-2:] for kind in _part_kinds(message)]
    return View(
        text=cut(text),
        length=len(text),
        system=_system(request.messages),
        opening=cut(turns[0].text) if turns and turns[0] is not turn else "",
        tools=tuple(_tool_name(tool) for tool in request.tools),
        tools_used=any(m.role in ("tool", "function") or m.tool_calls for m in request.messages),
        images=sum(kind in ("image_url", "image", "input_image") for kind in kinds),
        other_files=sum(
            kind in ("file", "input_file", "input_audio", "document") for kind in kinds
        ),
        turns=len(turns),
        only_goes_on=agrees,
    )


def only_goes_on(text: str) -> bool:
    """Whether a turn merely agrees or says to continue, in any of a dozen languages."""
    if len(text) > 120:
        return False
    if _GO_ON_CJK.match(text):
        return True
    words = _WORD.findall(text.lower().replace("’", "'"))
    return len(words) <= 12 and all(word in _GO_ON for word in words)


def _task_turn(turns: list[Message]) -> Message | None:
    """The last user turn that says more than "go on"; the first one when none does."""
    for turn in reversed(turns):
        if not only_goes_on(turn.text):
            return turn
    return turns[0] if turns else None


def cut(text: str) -> str:
    """The head and tail of a text: all that is read of it."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"


def _system(messages: tuple[Message, ...]) -> str:
    parts = (m.text[:_SYSTEM_CHARS] for m in messages if m.role in ("system", "developer"))
    return "\n".join(parts)[:_SYSTEM_CHARS]


def _part_kinds(message: Message) -> Iterator[str]:
    if isinstance(message.content, tuple):
        for part in message.content:
            yield str(part.get("type"))


def _tool_name(tool: Mapping[str, Any]) -> str:
    function = tool.get("function")
    name = function.get("name") if isinstance(function, Mapping) else tool.get("name")
    return str(name or "")[:_TOOL_CHARS].lower()
