"""The command line, `ringfence`: one file a verb group. It adds no policy of its own (I9); it asks the Router."""

__all__ = ["main"]


def main() -> None:
    """The entry point. What a verb needs loads when the verb runs, so that `ringfence --help` is quick."""
    from ringfence.cli.app import app

    app()
