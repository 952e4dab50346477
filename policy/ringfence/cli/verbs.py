"""How a function becomes a verb: its docstring is its help, with the examples kept as they are written."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

import typer

Function = TypeVar("Function", bound=Callable[..., Any])


def verb(app: typer.Typer, name: str) -> Callable[[Function], Function]:
    """Register a function as a verb of `app`."""

    def register(function: Function) -> Function:
        app.command(name, help=help_of(function))(function)
        return function

    return register


def help_of(function: Callable[..., Any]) -> str:
    """The docstring, its paragraphs with indented lines marked so that click does not rewrap them."""
    paragraphs = (inspect.getdoc(function) or "").split("\n\n")
    return "\n\n".join(
        "\b\n" + paragraph if "\n  " in paragraph else paragraph for paragraph in paragraphs
    )
