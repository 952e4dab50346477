"""The verbs put together, and the one place where an error becomes a block on stderr and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from ringfence.cli import (
    catalog,
    complete,
    dictionary,
    doctor,
    drill,
    estimate,
    init,
    keys,
    output,
    policy,
    policy_review,
    policy_test,
    policy_trust,
    route,
    scan,
    taint,
    tasks,
)
from ringfence.cli.verbs import help_of, verb
from ringfence.errors import RingfenceError

INTERRUPTED = 130


class App(TyperGroup):
    """The root command. Errors end here, for the shell and for tests alike: no traceback, one clear block."""

    @override
    def main(self, *args: Any, **extra: Any) -> Any:
        output.json_wanted = False
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
            sys.stdout.flush()
        except RingfenceError as error:
            output.show_error(error.code, str(error), error.decision)
            code = error.exit_code
        except BrokenPipeError:  # the reader of our output has left, `ringfence … | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
        except (KeyboardInterrupt, typer.Abort):
            output.show_error("interrupted", "interrupted")
            code = INTERRUPTED
        except Exception as error:
            code = _other(error)
        sys.exit(code if isinstance(code, int) else 0)


def _other(error: Exception) -> int:
    """Bad usage, as click words it; or a fault of ours, told by place and kind since its message may hold text (I4)."""
    if hasattr(error, "format_message"):
        context = getattr(error, "ctx", None)
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message(), err=True)
        else:
            hint = f"\nsee: {context.command_path} --help" if context else ""
            output.show_error("usage", f"{error.format_message()}{hint}")
        return int(getattr(error, "exit_code", 2))
    if os.environ.get("RINGFENCE_DEBUG"):
        traceback.print_exc()
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    output.show_error(
        "internal",
        f"a fault inside ringfence ({type(error).__name__} at {place}); nothing was sent after it. "
        "Set RINGFENCE_DEBUG=1 to see where, and report it",
    )
    return 1


app = typer.Typer(
    cls=App,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ringfence {version('ringfence')}")
        raise typer.Exit


def ringfence(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Decide, call by call, which LLM may and should answer: sensitive data stays on machines you trust.

    First steps:
      ringfence policy init                 write ringfence.yaml, commented
      ringfence doctor --policy ringfence.yaml
      ringfence route --policy ringfence.yaml --text "Summarise this ticket: ..."

    The policy comes from --policy, RINGFENCE_POLICY, /etc/ringfence/policy.yaml or the user's configuration folder,
    never from the working directory. Exit codes: 0 done, 1 a check failed, 2 bad usage or input, 3 denied by policy,
    4 no eligible model reachable.
    """


app.callback(help=help_of(ringfence))(ringfence)
verb(app, "route")(route.route)
verb(app, "scan")(scan.scan)
verb(app, "complete")(complete.complete)
verb(app, "estimate")(estimate.estimate)
verb(policy.app, "init")(init.init)
verb(policy.app, "test")(policy_test.test)
verb(policy.app, "pin")(policy_trust.pin)
verb(policy.app, "keygen")(policy_trust.keygen)
verb(policy.app, "sign")(policy_trust.sign)
verb(policy.app, "verify")(policy_trust.verify)
verb(policy.app, "dictionary")(dictionary.dictionary)
policy_review.register(policy.app)
app.add_typer(policy.app, name="policy")
app.add_typer(catalog.app, name="catalog")
app.add_typer(keys.app, name="keys")
app.add_typer(tasks.app, name="tasks")
app.add_typer(taint.app, name="taint")
verb(app, "doctor")(doctor.doctor)
verb(app, "drill")(drill.drill)
