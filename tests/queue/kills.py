"""Ending a worker in the middle of its work."""

from collections.abc import Callable

from tests.workshop import Workshop


def release_all(workshop: Workshop, version: str = "2.0") -> None:
    for number in range(10):
        workshop.laboratory.world.release(f"p{number}", version)


def kill_in_mid_reconcile(workshop: Workshop, kill: Callable[[], None]) -> None:
    """Let a worker begin to reconcile and end it on the way."""
    release_all(workshop)
    workshop.laboratory.pypi.latency_seconds = 0.2
    workshop.send("reconcile_profile", workshop.profile)
    workshop.wait(lambda: workshop.laboratory.pypi.counts.project_json > 2, "it is in the middle")
    kill()
    workshop.laboratory.pypi.latency_seconds = 0.0
    assert workshop.checkpoint is None
