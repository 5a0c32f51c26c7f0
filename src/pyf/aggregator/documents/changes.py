"""Changes: what happened to the packages of a collection, as records beside their documents. Pure.

A change has an id that is made from what changed, and from the change before it that it follows: a package
may be archived, unarchived, and archived again. So whoever finds a change twice, after a crash or beside
another worker, writes the same record.
"""

import dataclasses
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from pyf.aggregator.documents.schema import Document, Field, Schema
from pyf.aggregator.metadata.changes import ChangeKind
from pyf.aggregator.metadata.model import NormalizedName

CHANGE_SCHEMA = (
    Field(name="project", type="string", facet=True, optional=False),
    Field(name="name", type="string"),
    Field(name="sentence", type="string"),
    Field(name="kind", type="string", facet=True, optional=False),
    Field(name="version", type="string"),
    Field(name="major", type="bool", facet=True),
    Field(name="prerelease", type="bool", facet=True),
    Field(name="cycle", type="string", facet=True),
    Field(name="reason", type="string", facet=True),
    Field(name="happened", type="int64", sort=True, optional=False),
    Field(name="noticed", type="int64", sort=True, optional=False),
)
"""The declared fields of a record of a change."""

CHANGE_SEPARATORS = tuple(".-_/")
"""``easyform`` finds ``collective.easyform``."""


MEMBERSHIP = "membership"
"""The chain of changes that says whether a package is there."""

_FAMILIES: Mapping[ChangeKind, str] = {
    ChangeKind.ADDED: MEMBERSHIP,
    ChangeKind.LEFT: MEMBERSHIP,
    ChangeKind.ARCHIVED: "archive",
    ChangeKind.UNARCHIVED: "archive",
    ChangeKind.QUARANTINED: "quarantine",
    ChangeKind.UNQUARANTINED: "quarantine",
    ChangeKind.WORKS_WITH: "compatibility",
    ChangeKind.NO_LONGER_WORKS_WITH: "compatibility",
    ChangeKind.VULNERABLE: "advisories",
    ChangeKind.FIXED: "advisories",
}
"""Kinds that undo each other: what one of them says holds until another does. Other kinds stand alone."""

CHAINED = frozenset(ChangeKind) - {ChangeKind.RELEASED, ChangeKind.YANKED}
"""What may happen again. What happens to a version is told once, and follows nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that happened to a package.

    ``subject`` is what of the package it happened to (a version, a cycle), ``value`` what that is since then.
    ``happened`` is in Unix seconds, ``None`` where nobody says when it was. ``shows`` are further fields of
    the record.
    """

    project: NormalizedName
    kind: ChangeKind
    sentence: str
    subject: str = ""
    value: str = ""
    happened: int | None = None
    shows: Document = field(default_factory=dict)

    def name_chain(self, membership: "KnownChange | None") -> str:
        """Return what this change goes on with: those of one family in one subject follow each other.

        ``membership`` is the last change of whether the package is there: a document that comes back says
        nothing of what was. What is told once is told once, whether it is there or not.
        """
        family = _FAMILIES.get(self.kind, self.kind)
        begins_anew = self.kind in CHAINED and family != MEMBERSHIP
        since = membership.id if membership is not None and begins_anew else ""
        return " ".join(filter(None, (family, self.subject, since)))


BOOKKEEPING_FIELDS = ("chain", "value", "follows")
"""What records have to find the ends of chains by, and nobody wants to read."""


class KnownChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a record to find the end of its chain."""

    id: str
    project: NormalizedName
    kind: str
    chain: str = ""
    value: str = ""
    follows: str = ""
    noticed: int = 0


def build_change_schema() -> dict[str, object]:
    """Return the schema of every collection of changes, but for its name."""
    return {
        "fields": [dataclasses.asdict(field) for field in CHANGE_SCHEMA],
        "token_separators": list(CHANGE_SEPARATORS),
        "symbols_to_index": [],
    }


def name_changes(name: str) -> str:
    """Return what the collection of the changes of a collection is called, by the name that clients use."""
    return f"{name}-changes"


def leave_out_changes(names: Collection[str]) -> list[str]:
    """Return the names but those of changes of another one, which nobody means who looks for packages."""
    return sorted(set(names) - set(map(name_changes, names)))


def holds_changes(schema: Schema) -> bool:
    """Tell whether a collection is one of changes, by its schema."""
    names = {field["name"] for field in schema["fields"]}
    return all(field.name in names for field in CHANGE_SCHEMA if not field.optional)


type Ends = Mapping[tuple[NormalizedName, str], KnownChange]
"""The last change of each chain, by project and chain."""


def find_ends(known: Iterable[KnownChange]) -> Ends:
    """Return the last change of each chain, which no other one follows; of several the latest."""
    changes = sorted(known, key=lambda change: (change.noticed, change.id))
    followed = {change.follows for change in changes}
    return {(change.project, change.chain): change for change in changes if change.id not in followed}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """A change with its ``id``; ``document`` is what to write, ``None`` where it was recorded before."""

    id: str
    project: NormalizedName
    document: Document | None


def build_record(change: Change, ends: Ends, shown: Mapping[str, object], now: int) -> ChangeRecord:
    """Return the record of a change.

    ``ends`` are those of its project's chains. ``shown`` is what its document says of the package: name,
    summary, version. ``now`` is in Unix seconds.
    """
    chain = change.name_chain(ends.get((change.project, MEMBERSHIP)))
    end = ends.get((change.project, chain)) if change.kind in CHAINED else None
    if end is not None and (end.kind, end.value) == (change.kind, change.value):
        return ChangeRecord(id=end.id, project=change.project, document=None)
    follows = None if end is None else end.id
    document: Document = {
        "id": _build_id(change, chain, follows),
        "project": change.project,
        "name": shown.get("name"),
        "summary": shown.get("summary"),
        "version": shown.get("version"),
        "kind": change.kind.value,
        "sentence": change.sentence,
        "happened": now if change.happened is None else min(change.happened, now),
        "noticed": now,
        "chain": chain,
        "value": change.value,
        "follows": follows,
        **change.shows,
    }
    said = {key: value for key, value in document.items() if value not in (None, "", [])}
    return ChangeRecord(id=str(document["id"]), project=change.project, document=said)


def _build_id(change: Change, chain: str, follows: str | None) -> str:
    """Return the id of a change's record; it needs no quoting anywhere."""
    parts = (chain, change.value, follows or "")
    digest = hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{change.project}.{change.kind}.{digest}"
