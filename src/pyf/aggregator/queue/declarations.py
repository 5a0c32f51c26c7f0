"""What a task declares of itself at its decorator: its time, its retries, its schedule. Pure.

Celery's configuration, its schedule and beat are derived from here; no other list names the tasks.
"""

from dataclasses import dataclass

RETRIES = 10
"""How often a task is tried again, unless it says otherwise: some two hours in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """How one task is queued and run.

    ``long``: it works on a whole profile and may take ``PYF_RUN_SECONDS``, any other ``PYF_TASK_SECONDS``.
    ``cron`` names the setting that says when beat queues it, ``None`` for a task that others queue. A task
    that waited longer than ``expires_seconds`` is not worth doing any more: the next one is there.
    ``due_at_start``: beat queues it as soon as it starts, which makes good for the time without beat.
    """

    name: str
    long: bool = False
    retries: int = RETRIES
    cron: str | None = None
    expires_seconds: int | None = None
    due_at_start: bool = False


_declared: dict[str, Declaration] = {}


def declare(declaration: Declaration) -> None:
    """Keep what a task declares; each name is declared once."""
    if declaration.name in _declared:
        raise ValueError(f"{declaration.name} is declared twice")
    _declared[declaration.name] = declaration


def list_declarations() -> tuple[Declaration, ...]:
    """Return the declarations of all tasks, in the order of their code."""
    return tuple(_declared.values())
