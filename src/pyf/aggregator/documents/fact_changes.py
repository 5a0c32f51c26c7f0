"""What changed of a package according to sources of facts: status, repository, assessment. Pure.

A source compares the fields that it fills with what they were. A fact that is learnt for the first time is no
change, with one exception: a quarantine is news whenever it is seen.
"""

from collections.abc import Iterator, Mapping

from pyf.aggregator.documents.changes import Change
from pyf.aggregator.metadata.changes import ArchivedWhere, ChangeKind
from pyf.aggregator.metadata.model import NormalizedName

_ARCHIVED = "archived"
_QUARANTINED = "quarantined"


def compare_facts(
    name: NormalizedName, before: Mapping[str, object], after: Mapping[str, object]
) -> list[Change]:
    """Return what changed, of the fields of one source: those of others are on neither side."""
    return [
        *_compare_status(name, before.get("status"), after.get("status")),
        *_compare_archived(name, _find_archived(before), _find_archived(after)),
        *_compare_repository(name, before, after),
        *_compare_compatibility(name, before, after),
    ]


def _compare_status(name: NormalizedName, was: object, now: object) -> Iterator[Change]:
    if now is None:
        return
    if now == _QUARANTINED and was != _QUARANTINED:
        sentence = "Quarantined by PyPI."
        yield Change(project=name, kind=ChangeKind.QUARANTINED, value=_QUARANTINED, sentence=sentence)
    elif was == _QUARANTINED and now != _QUARANTINED:
        sentence = "No longer quarantined by PyPI."
        yield Change(project=name, kind=ChangeKind.UNQUARANTINED, value="free", sentence=sentence)
    if was is not None and now != _QUARANTINED and (was == _ARCHIVED) != (now == _ARCHIVED):
        yield _build_archiving(name, ArchivedWhere.PYPI, archived=now == _ARCHIVED)


def _find_archived(document: Mapping[str, object]) -> object:
    """Return what is said of the repository; documents of before only have what GitHub said."""
    said = document.get("repository_archived")
    return document.get("github_archived") if said is None else said


def _compare_archived(name: NormalizedName, was: object, now: object) -> Iterator[Change]:
    if isinstance(was, bool) and isinstance(now, bool) and was != now:
        yield _build_archiving(name, ArchivedWhere.REPOSITORY, archived=now)


def _build_archiving(name: NormalizedName, where: ArchivedWhere, *, archived: bool) -> Change:
    kind = ChangeKind.ARCHIVED if archived else ChangeKind.UNARCHIVED
    participle = "archived" if archived else "no longer archived"
    subject = "The project" if where is ArchivedWhere.PYPI else "Its repository"
    place = " on PyPI" if where is ArchivedWhere.PYPI else ""
    return Change(
        project=name,
        kind=kind,
        subject=where.value,
        value=kind.value,
        sentence=f"{subject} is {participle}{place}.",
        shows={"reason": where.value},
    )


def _compare_repository(
    name: NormalizedName, before: Mapping[str, object], after: Mapping[str, object]
) -> Iterator[Change]:
    """Yield a move between two repositories that both counted as the package's own."""
    was, now = _find_own_repository(before), _find_own_repository(after)
    if isinstance(was, str) and isinstance(now, str) and was.casefold() != now.casefold():
        yield Change(
            project=name,
            kind=ChangeKind.REPOSITORY_MOVED,
            value=now.casefold(),
            sentence=f"Repository: {now} (before: {was}).",
            shows={"before": was, "after": now},
        )


def _find_own_repository(document: Mapping[str, object]) -> object:
    return None if document.get("repository_doubt") else document.get("repository_url")


def _compare_compatibility(
    name: NormalizedName, before: Mapping[str, object], after: Mapping[str, object]
) -> Iterator[Change]:
    """Yield the cycles gained and lost, of those that were judged before by the same rules.

    A cycle is lost where the package excludes it now, or what it requires does: one that is no longer known,
    or of which nothing is said any more, is not.
    """
    if before.get("assessed_by") is None or before.get("assessed_by") != after.get("assessed_by"):
        return
    worked, works = _list_texts(before.get("allowed_versions")), _list_texts(after.get("allowed_versions"))
    judged = _list_judged(before)
    for cycle in works:
        if cycle not in worked and cycle in judged:
            yield _build_compatibility(name, cycle, works=True)
    for cycle in _list_texts(after.get("excluded_versions")):
        if cycle in worked:
            yield _build_compatibility(name, cycle, works=False)


def _list_judged(document: Mapping[str, object]) -> set[str]:
    judgements = document.get("compatibility")
    if not isinstance(judgements, list):
        return set()
    return {str(item.get("version")) for item in judgements if isinstance(item, dict)}


def _list_texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _build_compatibility(name: NormalizedName, cycle: str, *, works: bool) -> Change:
    kind = ChangeKind.WORKS_WITH if works else ChangeKind.NO_LONGER_WORKS_WITH
    return Change(
        project=name,
        kind=kind,
        subject=cycle,
        value=kind.value,
        sentence=f"Works with {cycle}." if works else f"No longer works with {cycle}.",
        shows={"cycle": cycle},
    )
