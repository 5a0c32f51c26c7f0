"""Repositories in the arguments of tasks, checked before anything uses them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyf.aggregator.errors.jobs import ArgumentsRefused
from pyf.aggregator.metadata.model import Slug
from pyf.aggregator.metadata.repositories.forges import ForgeKind, Forges
from pyf.aggregator.metadata.repositories.grammars import is_path
from pyf.aggregator.state.redis.failures import shorten

_LONGEST_SHOWN = 100
_EXAMPLES = {
    ForgeKind.GITHUB: "plone/volto",
    ForgeKind.GITLAB: "group/project",
    ForgeKind.FORGEJO: "owner/name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The repositories that a task was given; ``odd`` is what is none, and why it is refused.

    One odd name does not cost the others their update: they are asked for first.
    """

    paths: list[Slug]
    odd: ArgumentsRefused | None = None


def read_batch(task: str, repositories: object, kind: ForgeKind) -> Batch:
    """Return the repositories of one forge; raises :class:`ArgumentsRefused` where there are none."""
    if not isinstance(repositories, list | tuple):
        raise ArgumentsRefused(task, "it takes a list of repositories")
    paths = [Slug(item.lower()) for item in repositories if isinstance(item, str) and is_path(kind, item)]
    odd = [item for item in repositories if not (isinstance(item, str) and is_path(kind, item))]
    refusal = ArgumentsRefused(task, _tell(odd, kind)) if odd else None
    if refusal is not None and not paths:
        raise refusal
    return Batch(paths=list(dict.fromkeys(paths)), odd=refusal)


def read_host(task: str, host: object, forges: Forges) -> str:
    """Return the host of a forge that is asked; raises :class:`ArgumentsRefused` for any other."""
    if not isinstance(host, str) or host not in forges:
        known = ", ".join(forges)
        raise ArgumentsRefused(task, f"{_show(host)} is none of the forges that this worker asks: {known}")
    return host


def _tell(odd: Sequence[object], kind: ForgeKind) -> str:
    what = "is not a repository" if len(odd) == 1 else f"and {len(odd) - 1} more are not repositories"
    return f"{_show(odd[0])} {what}, such as {_EXAMPLES[kind]!r}"


def _show(value: object) -> str:
    return shorten(repr(value), _LONGEST_SHOWN)
