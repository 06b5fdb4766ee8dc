"""The command line: every command on one screen, and how errors become words and exit codes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import inkmerge
from inkmerge import InkmergeError
from inkmerge_cli.batch import batch
from inkmerge_cli.check import check
from inkmerge_cli.console import error_console, report
from inkmerge_cli.container import container
from inkmerge_cli.content import content
from inkmerge_cli.doctor import doctor
from inkmerge_cli.explain import explain
from inkmerge_cli.fallback import fallback
from inkmerge_cli.fonts import fonts
from inkmerge_cli.mail import mail
from inkmerge_cli.new import new
from inkmerge_cli.preflight import preflight
from inkmerge_cli.preview import preview
from inkmerge_cli.quota import quota
from inkmerge_cli.render import render
from inkmerge_cli.schema import schema

_FAILED = 1
_INTERRUPTED = 130

app = typer.Typer(
    name="inkmerge",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(render)
app.command()(check)
app.command()(batch)
app.command()(preflight)
app.command()(mail)
app.command()(quota)
app.command()(explain)
app.command()(new)
app.command()(schema)
app.command()(preview)
app.add_typer(container)
app.add_typer(content)
app.add_typer(fallback)
app.command()(fonts)
app.command()(doctor)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  Typer calls it with the flag
    if wanted:
        typer.echo(f"inkmerge {inkmerge.__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Personalized images for e-mail from SVG templates.

    Exit codes: 0 ok, 1 failed, 2 usage, 3 done but some images are fallback images.
    """
    del debug, version  # read from the arguments, so that errors before this line know it too


def main() -> None:
    """Run the command line."""
    is_debug = "--debug" in sys.argv
    try:
        app()
    except InkmergeError as fault:
        if is_debug:
            raise
        report(fault)
        sys.exit(_FAILED)
    except KeyboardInterrupt:
        error_console().print("interrupted")
        sys.exit(_INTERRUPTED)
    except Exception as fault:  # the last resort: a person gets words, --debug gets the traceback
        if is_debug:
            raise
        report(
            InkmergeError(
                f"{type(fault).__name__}: {fault}",
                hint="run again with --debug before the command, and report it",
            )
        )
        sys.exit(_FAILED)
