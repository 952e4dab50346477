"""A text as it may have been meant: escapes undone, look-alikes folded, split values joined. Never instead of the text.

Each view knows where its characters come from, so that what is found in it is reported at its place in the original.
A view is built only when a cheap search says that there is something to undo: plain text costs a few scans.
"""

from __future__ import annotations

import html
import re
import urllib.parse
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from ringfence.gate.blobs import blobs
from ringfence.gate.disguises import disguises
from ringfence.gate.hints import has_any, has_digit
from ringfence.gate.lookalikes import fold, is_mixed
from ringfence.gate.spoken import is_spoken, spoken_digits

MAX_ROUNDS = 3
"""How many layers of escapes are undone one after the other."""
EDGE = 160
"""Characters kept on either side of a change: context for the recognisers."""


def places(items: Iterable[int] = ()) -> array[int]:
    """Places in a text, four bytes each: a list takes ten times that, and a view has two for every character."""
    return array("i", items)


@dataclass(frozen=True, slots=True)
class View:
    """A rewritten text. `starts[i]` and `ends[i]` delimit what character `i` was made of in the original."""

    value: str
    starts: array[int] = field(repr=False)
    ends: array[int] = field(repr=False)
    kind: str
    rewritten: int = 0
    """How many characters of the text before it this view stands in for."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `value[start:end]` stands in the original."""
        if not self.starts:
            return 0, 0
        return self.starts[start], max(self.ends[start:end] or (self.starts[start],))


class _Builder:
    """Collects a view from left to right: stretches that stay, and replacements."""

    def __init__(self, base: View) -> None:
        self._base = base
        self._pieces: list[str] = []
        self._starts = places()
        self._ends = places()
        self._at = 0
        self.changed = False
        self._rewritten = 0

    def replace(self, start: int, end: int, text: str) -> None:
        self._skip_to_edge(start)
        self._keep(start)
        base = self._base
        low, high = (
            (base.starts[start], base.ends[end - 1])
            if end > start
            else (base.starts[start], base.starts[start])
        )
        self._pieces.append(text)
        self._starts.extend(places([low]) * len(text))
        self._ends.extend(places([high]) * len(text))
        self._at = end
        self._rewritten += end - start
        self.changed = True

    def _keep(self, until: int) -> None:
        if until <= self._at:
            return
        self._pieces.append(self._base.value[self._at : until])
        self._starts.extend(self._base.starts[self._at : until])
        self._ends.extend(self._base.ends[self._at : until])
        self._at = until

    def done(self, kind: str) -> View | None:
        """The view, with what is far from every change left out: it was read as it stands."""
        if not self.changed:
            return None
        self._skip_to_edge(len(self._base.value) + 2 * EDGE)
        return View("".join(self._pieces), self._starts, self._ends, kind, self._rewritten)

    def _skip_to_edge(self, start: int) -> None:
        """Keep `EDGE` characters after the last change and before the next one, and a break between them."""
        size = len(self._base.value)
        if start - self._at <= 2 * EDGE + 2:
            self._keep(min(start, size))
            return
        if self.changed:
            self._keep(min(self._at + EDGE, size))
        self._at = min(start - EDGE, size)
        if self._pieces and self._at < size:
            place = self._base.starts[self._at]
            self._pieces.append("\n\n")
            self._starts.extend((place, place))
            self._ends.extend((place, place))


def plain(value: str) -> View:
    return View(value, places(range(len(value))), places(range(1, len(value) + 1)), "plain")


def views(value: str) -> Iterator[View]:
    """The views of a text that differ from it, each once."""
    seen = {value}
    last: View | None = None
    for view in _layers(value):
        last = view
        if view.value not in seen:
            seen.add(view.value)
            yield view
    for view in (*_joined(value), *blobs(value, _whole)):
        if view.value not in seen:
            seen.add(view.value)
            yield view
    if last is not None:
        yield from _second_order(last, seen)


def _layers(value: str) -> Iterator[View]:
    """Escapes undone round by round, and look-alikes folded after each."""
    current: View | None = None
    for _ in range(MAX_ROUNDS):
        base = current or (plain(value) if _has_layers(value) else None)
        if base is None or not _has_layers(base.value):
            return
        following = _rewrite(base, _ESCAPE, _unescape, "unescaped") or base
        following = _folded(following) or following
        if following is base:
            return
        current = following
        yield current


def _second_order(last: View, seen: set[str]) -> Iterator[View]:
    """Joins and blobs inside the last layer."""
    inner = (
        *_joined(last.value),
        *blobs(last.value, _whole),
    )
    for view in inner:
        if view.value not in seen and view.value:
            seen.add(view.value)
            yield View(
                view.value,
                places(last.starts[i] for i in view.starts),
                places(last.ends[i - 1] for i in view.ends),
                view.kind,
            )


def _whole(text: str, low: int, high: int) -> View:
    """A text all of whose characters stand for one stretch of the original."""
    return View(text, places([low]) * len(text), places([high]) * len(text), "decoded")


# -- escapes

_X = "[0-9a-fA-F]"
_ESCAPE = re.compile(
    # One class first, so that the search skips all other characters at once. `\n` matters where a value follows it.
    r"[&%\\=](?:(?<=&)(?:#[0-9]{1,7}|#[xX]" + _X + r"{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"
    rf"|(?<=%){_X}{{2}}(?:%{_X}{{2}})*"
    rf"|(?<=\\)(?:u{_X}{{4}}(?:\\u{_X}{{4}})*|u\{{{_X}{{1,6}}\}}|x{_X}{{2}}(?:\\x{_X}{{2}})*"
    rf"|U{_X}{{8}}|[nrt](?=[0-9A-Z+(]))"
    r"|(?<==)(?:[0-9A-F]{2}(?:=[0-9A-F]{2})+|\r?\n))"
)


# Beyond ASCII and the letters and marks of ordinary Latin text; Cyrillic and Greek only beside ASCII.
_FOLDABLE = re.compile(
    r"[\u00a0\u00ad\u00b2\u00b3\u00b9\u0300-\u036f\u0660-\u0669\u06f0-\u06f9\u07c0-\u07c9\u0966-\u096f\u09e6-\u09ef\u0a66-\u0a6f"
    r"\u0ae6-\u0aef\u0b66-\u0b6f\u0be6-\u0bef\u0c66-\u0c6f\u0ce6-\u0cef\u0d66-\u0d6f\u0e50-\u0e59\u0ed0-\u0ed9\u0f20-\u0f29\u1040-\u1049"
    r"\u115f\u1160\u17b4\u17b5\u17e0-\u17e9\u180b-\u1819\u2000-\u200f\u2010-\u2012\u2015\u2028-\u202f\u205f-\u209c\u2100-\u218b\u2212"
    r"\u2460-\u24ff\u2776-\u2793\u2800\u3000\u3164\ufb00-\ufb06\ufe00-\ufe0f\ufe50-\ufe6b\ufeff-\uffef\U0001d400-\U0001d7ff"
    r"\U0001f100-\U0001f189\U000e0000-\U000e01ef]"
    r"|[A-Za-z0-9@.][\u0131\u0251\u0261\u0370-\u052f]|[\u0131\u0251\u0261\u0370-\u052f][A-Za-z0-9@]"
)


def _has_layers(value: str) -> bool:
    return _ESCAPE.search(value) is not None or (
        not value.isascii() and _FOLDABLE.search(value) is not None
    )


def _unescape(match: re.Match[str]) -> str | None:
    token = match.group()
    first = token[0]
    if first == "&":
        text = html.unescape(token)
        return text if text != token else None
    if first == "%":
        return _bytes_as_text(urllib.parse.unquote_to_bytes(token))
    if first == "=":
        return "" if token[1] in "\r\n" else _bytes_as_text(bytes.fromhex(token.replace("=", "")))
    return _backslash(token)


def _backslash(token: str) -> str | None:
    kind = token[1]
    if kind == "x":
        return _bytes_as_text(bytes.fromhex(token.replace("\\x", "")))
    if kind == "u" and token[2] != "{":
        units = bytes.fromhex(token.replace("\\u", ""))
        return units.decode("utf-16-be", "replace")
    if kind in "uU":
        code = int(token.strip("\\uU{}"), 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else None
    return {"n": "\n", "r": "\r", "t": "\t"}.get(kind, kind)


def _bytes_as_text(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1") if all(b >= 0x20 for b in raw) else None


def _rewrite(
    base: View, pattern: re.Pattern[str], rule: Callable[[re.Match[str]], str | None], kind: str
) -> View | None:
    builder = _Builder(base)
    for match in pattern.finditer(base.value):
        text = rule(match)
        if text is not None:
            builder.replace(match.start(), match.end(), text)
    return builder.done(kind)


# -- look-alikes

_ODD = re.compile(r"[^\x00-\x7f]+")
_REACH = 40
"""How far a word about a look-alike is followed."""


def _folded(base: View) -> View | None:
    """NFKC, format characters out, non-ASCII digits and (in mixed words) homoglyphs as ASCII."""
    if base.value.isascii():
        return None
    builder = _Builder(base)
    for match in _ODD.finditer(base.value):
        low, high = _word_about(base.value, *match.span())
        mixed = is_mixed(base.value[low : match.start()] + base.value[match.end() : high])
        text = fold(match.group(), mixed=mixed)
        if text != match.group():
            _replace_each(builder, match, text, mixed)
    return builder.done("folded")


def _replace_each(builder: _Builder, match: re.Match[str], text: str, mixed: bool) -> None:
    """Character by character where that comes to the same, so that offsets stay exact; as a whole else."""
    singles = [fold(character, mixed=mixed) for character in match.group()]
    if "".join(singles) != text:
        builder.replace(match.start(), match.end(), text)
        return
    for offset, (old, new) in enumerate(zip(match.group(), singles, strict=True), match.start()):
        if old != new:
            builder.replace(offset, offset + 1, new)


def _word_about(value: str, start: int, end: int) -> tuple[int, int]:
    before, after = value[max(0, start - _REACH) : start], value[end : end + _REACH]
    if before and not before[-1].isspace():
        start -= len(before.rsplit(None, 1)[-1])
    if after and not after[0].isspace():
        end += len(after.split(None, 1)[0])
    return start, end


# -- joins

# Blanks repeat a fixed number of times in these: a pattern that gives long runs back one by one takes their square.
_SPELLED_AT = re.compile(
    r"(?i)\s{0,8}[\[({<]\s{0,8}(?:at|ät|bei|@|arroba|arobase)\s{0,8}[\])}>]\s{0,8}"
    r"|\s{0,8}[\[({<]\s{0,8}(?:dot|punkt|punto|point|\.)\s{0,8}[\])}>]\s{0,8}"
    r"|(?<=\w)\s{1,8}(?:at|dot)\s{1,8}(?=\w)|(?<=\w) [@.] (?=\w)"
)
_AT_HINTS = (
    ("", re.compile(r"(?i)[\[({<]\s{0,8}(?:at|ät|bei|arroba|arobase|dot|@)\s{0,8}[\])}>]")),
    ("dot", re.compile(r"(?i)\sat\s{1,8}[\w-]{1,60}\s{1,8}dot\s{1,8}\w")),
    (" @ ", re.compile(r"\w @ [\w-]{1,40} ?\. ?\w")),
)
_SPACED = re.compile(
    r"[0-9](?<![0-9A-Za-z].)(?:[ \t\r\n.·•,_*`|/\\~-]{1,3}[0-9]){7,40}(?![0-9A-Za-z])"
)
_BREAK = (
    r"(?:\s{0,80}[\"'`]\s{0,80}(?:[+.&|]{1,2}\s{0,80})?(?:\\\s{0,80})?[\"'`]\s{0,80}|\s{0,8}(?:[*_~`]{1,3}[ -]?){1,2}"
    r"|[-–—]?[ \t]{0,80}\r?\n[ \t>]{0,80}|[ \t]{2,4}|[ ]?(?:\.{3}|…)[ ]?"
    r"|[\u00b7\u2022|/]|[ ]?[–—−][ ]?|(?:<[^<>]{1,20}>){1,2})"
)
_BROKEN = re.compile(
    rf"[0-9](?<![0-9A-Za-z].)[0-9]{{0,7}}(?:{_BREAK}[0-9]{{1,8}}){{1,9}}(?![0-9A-Za-z])"
)
_FOURS = re.compile(
    r"[0-9](?<![0-9A-Za-z].)[0-9]{3}([^\w\s]{1,3}|[^\w\s] )[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?![0-9A-Za-z])"
)
_HYPHENATED = re.compile(r"(?<=[0-9]-)[ \t]*\r?\n[ \t>]*(?=[0-9])")
_SPLITS = (_SPACED, _BROKEN, _FOURS)
# One kind of quote on both sides. A full stop followed by white space ends a sentence and joins nothing.
_CONCAT = re.compile(
    r"([\"'`])(?:\s{0,200}(?:(?:\+|\.(?!\s)|(?<=\s)\.|&|\|\|)\s{0,200})?(?:\\\s{0,200})?"
    r"|,[ ]?(?=[\"'`][^\"'`\n]{1,60}[\"'`][^\n]{0,200}\]\s?\.join))\1"
)
_CONCAT_HINTS = (
    # A literal first, so that the search goes from quote to quote.
    *(
        (
            q,
            re.compile(
                rf"{q}(?:\s{{0,200}}(?:\+|\.|&|\|\||\\\n)|[^\S\n]{{0,200}}\n)\s{{0,200}}{q}"
            ),
        )
        for q in "\"'`"
    ),
    (".join(", re.compile(r"\]\s?\.join\([\"'`]{2}\)|[\"'`]{2}\.join\(\[")),
)
_SPACED_LETTERS = re.compile(r"(?<![\w@.])(?:[\w@.+-] ){5,80}[\w@.+-](?![\w@.])")


_AT_CUES = (
    " dot ",
    " @ ",
    "[",
    "(at",
    "( at",
    "{",
    "<at",
    "(@",
    "(dot",
    "arroba)",
    "(bei",
    "(arobase",
)
_SPACED_HINT = re.compile(r" \S \S \S \S ")


def _joined(value: str) -> Iterator[View]:
    jobs: list[Callable[[View], View | None]] = []
    lower = value.lower()
    if has_digit(value) and any(p.search(value) for p in _SPLITS):
        jobs.append(_join_digits)
    if "-\n" in value or "-\r\n" in value or "- \n" in value:
        jobs.append(lambda base: _rewrite(base, _HYPHENATED, lambda _: "", "joined"))
    if has_any(lower, _AT_CUES) and any(cue in lower and p.search(value) for cue, p in _AT_HINTS):
        jobs.append(lambda base: _rewrite(base, _SPELLED_AT, _at_or_dot, "at"))
    if any(cue in value and p.search(value) for cue, p in _CONCAT_HINTS):
        jobs.append(lambda base: _rewrite(base, _CONCAT, lambda _: "", "concatenated"))
    if is_spoken(lower):
        jobs.append(_spoken)
    if _SPACED_HINT.search(value):
        jobs.append(
            lambda base: _rewrite(
                base, _SPACED_LETTERS, lambda m: m.group().replace(" ", ""), "spaced"
            )
        )
    jobs.extend(_disguised(value, lower))
    base = plain(value) if jobs else None
    for job in jobs:
        view = job(base) if base else None
        if view is not None:
            yield view


def _at_or_dot(match: re.Match[str]) -> str:
    token = match.group().lower()
    return "@" if has_any(token, ("at", "ät", "@", "bei", "arroba", "arobase")) else "."


def _join_digits(base: View) -> View | None:
    builder = _Builder(base)
    spans = sorted(m.span() for p in _SPLITS for m in p.finditer(base.value))
    reached = 0
    for start, end in spans:
        if start < reached:
            continue
        if sum(c.isdigit() for c in base.value[start:end]) >= 8:
            _drop_separators(builder, base.value, start, end)
            reached = end
    return builder.done("joined")


def _drop_separators(builder: _Builder, value: str, start: int, end: int) -> None:
    at = start
    while at < end:
        stop = at
        while stop < end and not value[stop].isdigit():
            stop += 1
        if stop > at:
            builder.replace(at, stop, "")
        at = stop + 1


def _disguised(value: str, lower: str) -> Iterator[Callable[[View], View | None]]:
    for kind, edits_of in disguises():
        edits = list(edits_of(value, lower))
        if edits:
            yield partial(_edited, edits, kind)


def _edited(edits: Iterable[tuple[int, int, str]], kind: str, base: View) -> View | None:
    builder = _Builder(base)
    for start, end, text in edits:
        builder.replace(start, end, text)
    return builder.done(kind)


def _spoken(base: View) -> View | None:
    builder = _Builder(base)
    for start, end, digits in spoken_digits(base.value):
        builder.replace(start, end, digits)
    return builder.done("spoken")
