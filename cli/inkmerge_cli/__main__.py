"""`inkmerge`, and `python -m inkmerge_cli`: from its first moment on a signal ends it with a word."""

from inkmerge_cli.interruption import end_on_signals


def main() -> None:
    """Run the command line."""
    end_on_signals()
    from inkmerge_cli.app import main as run  # noqa: PLC0415  it loads for long enough to be interrupted

    run()


if __name__ == "__main__":
    main()
