"""The shapes of answers in JSON: of the API, and of pages with ``.json``. What is unknown is left out."""

from typing import Any, Literal

import msgspec

from pyf.aggregator.documents.shown import Package, Row, ShownChange


class ListedPackage(Row, frozen=True, kw_only=True):
    """A package in a list; ``url`` is its page, times are Unix seconds."""

    url: str


class WholePackage(Package, frozen=True, kw_only=True):
    """All that is known of a package; ``url`` is its page, times are Unix seconds."""

    url: str


class FacetCounted(msgspec.Struct, frozen=True, kw_only=True):
    """A value that the search can be narrowed by, and how many packages it would leave."""

    value: str
    label: str
    count: int


class SearchFound(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what a search found; ``ended`` packages were left out, ``next`` is the next page."""

    profile: str
    query: str
    total: int
    page: int
    pages: int
    ended: int
    packages: list[ListedPackage]
    facets: dict[str, list[FacetCounted]]
    next: str | None = None


class PackageList(msgspec.Struct, frozen=True, kw_only=True):
    """Packages of ``total`` in an order."""

    profile: str
    title: str
    total: int
    packages: list[ListedPackage]


class ChangeTold(ShownChange, frozen=True, kw_only=True):
    """Something that happened to a package; ``url`` is its page, ``noticed`` when it was recorded."""

    url: str


class ChangesTold(msgspec.Struct, frozen=True, kw_only=True):
    """A page of changes, the latest first; ``kinds`` counts what each kind alone would give."""

    profile: str
    total: int
    page: int
    pages: int
    kinds: dict[str, int]
    changes: list[ChangeTold]
    next: str | None = None


class TopicTold(msgspec.Struct, frozen=True, kw_only=True):
    """A topic: ``packages`` are those that its page, ``url``, shows, ``ended`` those that it leaves out."""

    key: str
    title: str
    url: str
    packages: int
    ended: int


class TopicList(msgspec.Struct, frozen=True, kw_only=True):
    """The topics of a profile, in its order."""

    profile: str
    topics: list[TopicTold]


class PersonTold(msgspec.Struct, frozen=True, kw_only=True):
    """An account or an organization on PyPI, and how many packages it owns here; ``url`` is its page."""

    name: str
    kind: Literal["account", "organization"]
    packages: int
    url: str


class PersonList(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts and organizations with the most packages, these first; 250 of each kind at most."""

    profile: str
    people: list[PersonTold]


class CycleTold(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the framework that packages were judged for; ``supported`` is left out if nobody says."""

    version: str
    number: str
    supported: bool | None = None


class ProfileTold(msgspec.Struct, frozen=True, kw_only=True):
    """A profile: what it lists, and what its packages were judged for."""

    key: str
    name: str
    url: str
    classifiers: list[str]
    framework: str
    packages: int
    cycles: list[CycleTold]


class ProfileList(msgspec.Struct, frozen=True, kw_only=True):
    """All profiles."""

    profiles: list[ProfileTold]


class CheckTold(msgspec.Struct, frozen=True, kw_only=True):
    """A check of a package: what it asks, what became of it, and what would mend it."""

    id: str
    section: str
    weight: int
    question: str
    outcome: str
    evidence: str
    remedy: str | None = None
    line: str | None = None
    link: str | None = None


class ChecksTold(msgspec.Struct, frozen=True, kw_only=True):
    """The checks of a package, the heaviest first; ``quality_known`` is a share in percent."""

    name: str
    version: str
    url: str
    assessed_by: str | None = None
    quality: int | None = None
    quality_known: int | None = None
    checks: list[CheckTold]


class RuleTold(msgspec.Struct, frozen=True, kw_only=True):
    """A rule by which packages are checked; ``{framework}`` in a question is filled in for a profile."""

    id: str
    section: str
    weight: int
    question: str
    judged: str
    link: str


class RulesTold(msgspec.Struct, frozen=True, kw_only=True):
    """All rules, with their version."""

    version: str
    rules: list[RuleTold]


class BlockerTold(msgspec.Struct, frozen=True, kw_only=True):
    """A package that does not work with a version, and those that wait for it."""

    id: str
    name: str
    evidence: str
    waiting: list[str]


class JudgedPackage(msgspec.Struct, frozen=True, kw_only=True):
    """A package with its verdict on a version."""

    id: str
    name: str
    verdict: str
    evidence: str
    use: int | None = None


class ReadinessTold(msgspec.Struct, frozen=True, kw_only=True):
    """How many packages have each verdict on a version, and what keeps others back.

    ``packages`` are there for one version: some of each verdict, or a page of the one that was asked for.
    """

    version: str
    total: int
    counts: dict[str, int]
    blockers: list[BlockerTold]
    packages: list[JudgedPackage] | None = None


class ReadinessList(msgspec.Struct, frozen=True, kw_only=True):
    """The readiness for every version, the newest first."""

    profile: str
    versions: list[ReadinessTold]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no answer, in one sentence."""

    error: str


def encode(shape: msgspec.Struct) -> bytes:
    """Return a shape as JSON, without what is unknown."""
    return msgspec.json.encode(_leave_out_unknown(msgspec.to_builtins(shape)))


def _leave_out_unknown(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {name: _leave_out_unknown(part) for name, part in value.items() if part is not None}
    if isinstance(value, (list, tuple)):
        return [_leave_out_unknown(part) for part in value]
    return value
