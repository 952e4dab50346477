"""The reading of a request, in order: what is stated, what its structure shows, then what its words say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ringfence.request import Request
from ringfence.tasks import signals, wording
from ringfence.tasks.injection import without_claims
from ringfence.tasks.model import KINDS, Classifier, built_in
from ringfence.tasks.view import View, look
from ringfence.types import Size, Task, TaskKind, Tier

MIN_CONFIDENCE = 0.6
"""How sure we must be that a tier suffices, unless the policy says otherwise; below it the task goes up a tier."""
SIMPLE_CONFIDENCE = 0.5
"""How probable `simple` itself must be: nothing goes there without a positive reason."""

_SIGNAL = 0.95
"""Confidence of a structural signal: a computer-use tool leaves little doubt, and not none."""

_EVIDENCE, _EASY = 5.0, 0.4
"""How much a stated set of answers speaks for `simple`, and how probable harder work may be for it to count."""
_CALL = 10.0
"""How much it speaks for `standard` that the request names what an offered tool does."""
_END, _HARD = 160, 0.6
"""Characters of the first and last line that are read again by themselves, and how complex they must be to count."""

_SCREEN = 0.35
"""How probable a screen must be for doubt to go up to it."""
_RANK = {tier: rank for rank, tier in enumerate(Tier)}

Odds = Mapping[TaskKind, float]


def classify(
    request: Request,
    size: Size,
    *,
    windows: tuple[int, ...] = (),
    min_confidence: float = MIN_CONFIDENCE,
    classifier: Classifier | None = None,
) -> Task:
    """What kind of work a request is.

    Args:
        request: The request; read, never changed.
        size: Its tokens, tools included (`ringfence.costs.measure`).
        windows: The context windows, in tokens, of the policy's models.
        min_confidence: How sure (0–1) we must be that a tier suffices; below, the task goes up a tier, never down.
        classifier: Another model than the built-in one.
    """
    if request.task is not None:
        return Task(
            kind=request.task, confidence=1.0, source="caller", reasons=("stated by the caller",)
        )
    view = look(request)
    task = _from_structure(view, size, windows)
    return task or _from_words(view, size, min_confidence, classifier)


def _from_structure(view: View, size: Size, windows: tuple[int, ...]) -> Task | None:
    limit = signals.long_limit(windows)
    if size.input_tokens > limit:
        return _signal(TaskKind.LONG_CONTEXT, f"about {size.input_tokens:,} tokens, over {limit:,}")
    if why := signals.drives_a_screen(view) or wording.shows_a_screen(view):
        return _signal(TaskKind.GUI, why)
    if signals.searches_the_web(view):
        if signals.needs_today(view.text):
            return _signal(TaskKind.LIVE, "search tools, and the wording asks for today's facts")
        return _signal(TaskKind.RESEARCH, "search or fetch tools are offered")
    return None


def _signal(kind: TaskKind, reason: str) -> Task:
    return Task(kind=kind, confidence=_SIGNAL, source="signal", reasons=(reason,))


def _from_words(
    view: View, size: Size, min_confidence: float, classifier: Classifier | None
) -> Task:
    text = without_claims(view.text)
    if view.only_goes_on or not (text.strip() or view.system.strip()):
        return _without_task(view)
    model = classifier or built_in()
    odds = _odds(model, text, length=view.length, system=view.system)
    opening = view.opening if wording.wants_a_label([view.opening]) else ""
    if opening and odds[TaskKind.COMPLEX] + odds[TaskKind.CODEGEN] < _HARD:
        # The first turn said what to do with every turn that follows; this one is only the next item.
        text = f"{opening}\n\n{text}"
        odds = _odds(model, text, length=len(text), system=view.system)
    odds, reasons = _shown(odds, text, view.system)
    if view.tools or view.tools_used:
        odds = _with_tools(odds, coding=signals.edits_code(view))
        reasons.append(f"{len(view.tools)} tools: never below standard")
        if why := signals.asked_for_a_tool(view, text):
            odds = _weighed(odds, TaskKind.STANDARD, _CALL)
            reasons.append(why)
    elif view.images or view.other_files:
        odds = _moved(odds, {TaskKind.SIMPLE: TaskKind.STANDARD})
        reasons.append("attachments: never below standard")
    if size.input_tokens > signals.DOCUMENT_TOKENS:
        odds = _moved(
            odds, dict.fromkeys((TaskKind.SIMPLE, TaskKind.STANDARD), TaskKind.LONG_CONTEXT)
        )
        reasons.append(f"about {size.input_tokens:,} tokens: a long document")
    if max(KINDS, key=lambda kind: odds[kind]) is TaskKind.SIMPLE and (why := _padded(text, model)):
        reasons.append(why)
        odds = _moved(odds, {TaskKind.SIMPLE: TaskKind.STANDARD})
    return replace(_decided(odds, reasons, min_confidence), fitted=model.fitted)


def _odds(model: Classifier, text: str, *, length: int, system: str = "") -> Odds:
    values = model.probabilities(text, length=length, system=system)
    return dict(zip(KINDS, values, strict=True))


def _shown(odds: Odds, text: str, system: str) -> tuple[Odds, list[str]]:
    """The odds, weighed by what the shape of the instructions shows; and why."""
    if wording.asks_for_a_query(text):
        return _moved(odds, {TaskKind.SIMPLE: TaskKind.CODEGEN}), ["a schema, and a query wanted"]
    if wording.converts(text) and odds[TaskKind.COMPLEX] < _EASY:
        odds = _moved(odds, {TaskKind.CODEGEN: TaskKind.SIMPLE})
        why: str | None = "one format to be turned into another"
    else:
        why = wording.wants_a_label((text, system))
    hard = odds[TaskKind.COMPLEX] + odds[TaskKind.CODEGEN]
    if why is None or hard > _EASY:
        return odds, []
    return _weighed(odds, TaskKind.SIMPLE, _EVIDENCE), [why]


def _weighed(odds: Odds, kind: TaskKind, factor: float) -> Odds:
    """The odds when something seen speaks for a kind so many times as much as against it."""
    total = 1.0 + odds[kind] * (factor - 1.0)
    return {each: p * (factor if each is kind else 1.0) / total for each, p in odds.items()}


def _padded(text: str, model: Classifier) -> str | None:
    """Whether one end of a text that reads as simple is hard work by itself: padding must not lower the tier."""
    if len(text) < 3 * _END:
        return None
    lines = text.strip().splitlines()
    ends = f"{lines[0][:_END]}\n{lines[-1][-_END:]}"
    odds = _odds(model, ends, length=len(ends))
    if sum(p for kind, p in odds.items() if kind.tier is Tier.COMPLEX) > _HARD:
        return "its first and last line alone read as complex: never below standard"
    return None


def _without_task(view: View) -> Task:
    why = "no words name a task; " + (
        "tools are offered" if view.tools else "nothing says it is simple"
    )
    return Task(kind=TaskKind.STANDARD, confidence=0.5, source="signal", reasons=(why,))


def _with_tools(odds: Odds, *, coding: bool) -> Odds:
    """With tools that are no web search and no screen, the work is calling them, unless it is hard or is code."""
    moved = (TaskKind.SIMPLE, TaskKind.RESEARCH, TaskKind.LIVE, TaskKind.GUI, TaskKind.LONG_CONTEXT)
    odds = _moved(odds, dict.fromkeys(moved, TaskKind.STANDARD))
    return odds if coding else _moved(odds, {TaskKind.CODEGEN: TaskKind.STANDARD})


def _moved(odds: Odds, moves: Mapping[TaskKind, TaskKind]) -> Odds:
    result = dict.fromkeys(KINDS, 0.0)
    for kind, p in odds.items():
        result[moves.get(kind, kind)] += p
    return result


def _decided(odds: Odds, reasons: list[str], min_confidence: float) -> Task:
    kind = max(KINDS, key=lambda each: odds[each])
    reasons.append(f"the wording reads as {kind.value} ({odds[kind]:.2f})")
    if kind is TaskKind.SIMPLE and odds[kind] < SIMPLE_CONFIDENCE:
        kind = _from_simple(odds)
        reasons.append(f"not sure enough for simple: up to {kind.value}")
    harder = sum(p for each, p in odds.items() if _RANK[each.tier] > _RANK[kind.tier])
    if 1.0 - harder < min_confidence:
        kind = _from_simple(odds) if kind is TaskKind.SIMPLE else _to_complex(odds)
        reasons.append(f"{harder:.2f} says it is harder: up to {kind.value}")
    return Task(
        kind=kind, confidence=min(odds[kind], 1.0), source="classifier", reasons=tuple(reasons)
    )


def _from_simple(odds: Odds) -> TaskKind:
    """One tier up: plain `standard`, unless code is nearly as likely as `simple` was.

    Never to a screen, to research or to today's facts: these need structure or words of their own, not doubt.
    """
    code = odds[TaskKind.CODEGEN] > 0.7 * odds[TaskKind.SIMPLE]
    return TaskKind.CODEGEN if code else TaskKind.STANDARD


def _to_complex(odds: Odds) -> TaskKind:
    """The tier's plain kind, unless a screen is nearly as likely as what was read, and hard work is not."""
    screen = odds[TaskKind.GUI]
    return (
        TaskKind.GUI
        if screen > _SCREEN and screen > 2 * odds[TaskKind.COMPLEX]
        else TaskKind.COMPLEX
    )
