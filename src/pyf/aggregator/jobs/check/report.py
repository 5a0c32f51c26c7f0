"""What a check found, for whoever shows it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyf.aggregator.assessment.checks import Rule, get_rules
from pyf.aggregator.assessment.outcomes import Case, Outcome
from pyf.aggregator.assessment.remedies import Remedy, build_question, build_remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Whether a package is listed, or would be; ``None`` where that cannot be told.

    ``reason`` is a part of a sentence, ``line`` the classifier that would list it, as it is written.
    """

    listed: bool | None
    reason: str
    line: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check of a package: what it asks, what became of it, and what would mend it.

    ``weight`` is 0 and the rest is empty for a check that the rules do not have any more.
    """

    id: str
    section: str = ""
    weight: int = 0
    question: str
    outcome: str
    evidence: str
    remedy: Remedy | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsePart:
    """A figure of use: ``percentile`` is the share of the collection that has less, 0 to 100."""

    name: str
    value: int | None
    percentile: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """What is not known, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that is known of one package.

    ``document`` is that of the collection, or what it would become; of one that is not listed what PyPI says.
    ``files`` are those that were checked before publishing. ``version`` is ``None`` where it is left to the
    build or nobody has one. ``remarks`` are sentences about the report as a whole.
    """

    name: str
    version: str | None
    listing: Listing
    document: Mapping[str, Any]
    files: tuple[str, ...] = ()
    checks: tuple[Checked, ...] = ()
    use: tuple[UsePart, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    remarks: tuple[str, ...] = ()
    repository_remedy: Remedy | None = None

    @property
    def quality(self) -> int | None:
        """The points, 0 to 100, if any are known."""
        quality = self.document.get("quality")
        return quality if isinstance(quality, int) else None

    def list_checks(self, outcome: Outcome) -> list[Checked]:
        """Return the checks with this outcome, the heaviest first."""
        found = [check for check in self.checks if check.outcome == outcome]
        return sorted(found, key=lambda check: -check.weight)


def list_entries(document: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    """Return the objects in a list of a document; what others wrote there of another type is none."""
    entries = document.get(field)
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def build_checks(stored: Iterable[Mapping[str, Any]], case: Case | None) -> tuple[Checked, ...]:
    """Return the checks of a document's ``checks``, with the rules that they follow.

    Without a ``case`` nothing can be filled in, and there are no remedies.
    """
    return tuple(
        _build_checked(str(entry.get("id")), str(entry.get("outcome")), str(entry.get("evidence", "")), case)
        for entry in stored
    )


def _build_checked(identifier: str, outcome: str, evidence: str, case: Case | None) -> Checked:
    rule = get_rules().get(identifier)
    if rule is None:
        return Checked(id=identifier, question=identifier, outcome=outcome, evidence=evidence)
    return Checked(
        id=rule.id,
        section=rule.section.value,
        weight=rule.weight,
        question=build_question(rule, case) if case else rule.id,
        outcome=outcome,
        evidence=evidence,
        remedy=_find_remedy(rule, outcome, case),
        link=rule.link,
    )


def _find_remedy(rule: Rule, outcome: str, case: Case | None) -> Remedy | None:
    return build_remedy(rule, case) if case and outcome == Outcome.FAIL else None
