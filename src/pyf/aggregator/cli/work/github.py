"""What ``pyfgithub`` does."""

from pyf.aggregator.cli.work.enrich import GITHUB, Arguments, run_sources


def run(arguments: Arguments) -> int:
    """Enrich the collection that is named from GitHub; return the exit code."""
    return run_sources(arguments, GITHUB.ask)
