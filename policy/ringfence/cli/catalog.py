"""`ringfence catalog`: the models that ringfence knows, with prices, windows and sources."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli import output
from ringfence.cli.options import Json
from ringfence.cli.verbs import verb

if TYPE_CHECKING:
    from ringfence.catalog import ModelFacts

app = typer.Typer(no_args_is_help=True, help="The models that ringfence knows.")


@app.callback()
def catalog() -> None:
    """The models that ringfence knows."""


@verb(app, "list")
def list_models(
    provider: Annotated[
        str | None, typer.Option("--provider", metavar="NAME", help="Only this provider's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List models with prices and windows.

    Prices are US dollars a million tokens; a model is not used from the day that it retires.

    Example:
      ringfence catalog list --provider anthropic

    A policy may write any of these figures itself, and use models that are not listed.
    """
    from ringfence.catalog import load_catalog

    known = load_catalog()
    models = [
        facts for facts in known.models.values() if provider is None or facts.provider == provider
    ]
    if as_json:
        listed = [to_dict(facts) for facts in models]
        output.print_json({"digest": known.digest, "models": listed})
        return
    output.print_table(
        ("model", "input", "output", "window", "tools", "reads", "retires"),
        [
            (
                facts.key,
                _price(facts.input_usd),
                _price(facts.output_usd),
                f"{facts.context_window:,}",
                facts.tools,
                ", ".join(name for name in ("vision", "audio", "files") if getattr(facts, name)),
                str(facts.retires or ""),
            )
            for facts in models
        ],
        numbers=("input", "output", "window"),
    )
    output.console().print()
    output.print_text(f"US dollars a million tokens; sources: --json. {known.digest}\n")


def _price(usd: Decimal | None) -> str:
    return "unknown" if usd is None else f"${usd:.2f}"


def to_dict(facts: ModelFacts) -> dict[str, Any]:
    """A row of the catalogue as JSON; an unknown price is null, money is a decimal string."""
    from ringfence.types import money

    prices = {
        name: None if usd is None else money(usd)
        for name, usd in (
            ("input_usd", facts.input_usd),
            ("output_usd", facts.output_usd),
            ("cached_input_usd", facts.cached_input_usd),
        )
    }
    return {
        "model": facts.key,
        "title": facts.title,
        "served": facts.served,
        "context_window": facts.context_window,
        "max_output_tokens": facts.max_output_tokens,
        **prices,
        "tools": facts.tools,
        "vision": facts.vision,
        "audio": facts.audio,
        "files": facts.files,
        "json_schema": facts.json_schema,
        "retires": facts.retires.isoformat() if facts.retires else None,
        "strength": facts.strength,
        "self_served": facts.self_served,
        "notes": list(facts.notes),
        "sources": list(facts.sources),
    }
