"""What a collection says of a package, and what PyPI says of one that is not there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import msgspec

from pyf.aggregator.assessment.assess import assess_collection
from pyf.aggregator.assessment.checks import RULES_VERSION, get_rules
from pyf.aggregator.assessment.outcomes import Case, Outcome
from pyf.aggregator.assessment.remedies import Remedy, build_remedy
from pyf.aggregator.assessment.use import Percentiles
from pyf.aggregator.assessment.world import World, build_world, find_framework_name
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.documents.owned_fields import SourceInput
from pyf.aggregator.errors.sources import SourceError
from pyf.aggregator.jobs.check.listing import find_listing
from pyf.aggregator.jobs.check.report import (
    Checked,
    Listing,
    Report,
    Unknown,
    UsePart,
    build_checks,
    list_entries,
)
from pyf.aggregator.metadata.cycles import Cycle
from pyf.aggregator.metadata.known_cycles import get_floor
from pyf.aggregator.metadata.model import NormalizedName, Project, Serial, normalize
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.sources.pypi.client import PyPI
from pyf.aggregator.sources.pypi.project_json import parse_project
from pyf.aggregator.typesense.server import SearchServer

_ANY = Serial(0)
"""Whatever PyPI shows now is new enough."""


class _Figures(SourceInput, frozen=True, kw_only=True):
    """What use is made of, of any type: others may have written it."""

    downloads_month: object = None
    required_by_count: object = None
    repository_stars: object = None
    repository_evidence: object = None
    github_stars: object = None

    @property
    def stars(self) -> object:
        """The stars of its own repository."""
        if self.repository_evidence is not None and self.repository_stars is not None:
            return self.repository_stars
        return self.github_stars


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOrder:
    """A package to look up: ``target`` is a collection or alias, ``spelling`` how an option names it.

    ``filling`` is the command that fills the collection; ``profile`` the one that does, where it is known.
    """

    name: str
    target: str
    spelling: str
    filling: str
    profile: Profile | None


async def check_name(order: CheckOrder, search: SearchServer, pypi: PyPI, today: date) -> Report:
    """Report on a package; PyPI is asked, once, only where the collection does not have it.

    Raises :class:`CollectionNotFound`.
    """
    if search.own:
        # It may have been started for this, and then it is still reading what it holds.
        await search.wait_until_applied()
    collection, name = await search.get_collection(order.target), normalize(order.name)
    document = await search.contents.find(collection, name)
    if document is None:
        return await _ask_pypi(order, name, pypi)
    use = await _find_use(name, collection, search)
    return _report(order, document, use, today)


async def _ask_pypi(order: CheckOrder, name: NormalizedName, pypi: PyPI) -> Report:
    missing = partial(Report, name=order.name, version=None, document={})
    try:
        page = await pypi.fetch_project(name, least_serial=_ANY)
        project = None if page is None else parse_project(page)
    except SourceError as error:
        listing = Listing(listed=False, reason=f"it is not in {order.target}")
        return missing(listing=listing, unknown=(Unknown(what="PyPI", why=str(error).rstrip(".")),))
    if project is None:
        reason = "PyPI has no package of this name with a release"
        similar = f"pyfsearch {name} {order.spelling} looks for similar names."
        return missing(listing=Listing(listed=False, reason=reason), remarks=(similar,))
    return Report(
        name=project.display_name,
        version=project.version,
        listing=_explain_absence(order, project),
        document=_tell_project(project),
        remarks=("What stands here is what PyPI says; it was not judged.",),
    )


def _explain_absence(order: CheckOrder, project: Project) -> Listing:
    if order.profile is None:
        reason = f"it is not in {order.target}; -p PROFILE tells which line would list it"
        return Listing(listed=False, reason=reason)
    found = find_listing(project.name, project.classifiers, order.profile)
    if not found.listed:
        return found
    late = order.filling.replace("pyfaggregator -f", "pyfaggregator -i", 1)
    return Listing(
        listed=False,
        reason=f"it would be, {found.reason}: {order.target} is behind PyPI, and {late} mends that",
    )


def _tell_project(project: Project) -> dict[str, Any]:
    latest = next((item for item in project.releases if item.version == project.version), None)
    uploaded = latest.upload_time if latest else None
    told = {
        "version": project.version,
        "serial": project.serial,
        "summary": project.summary,
        "upload_timestamp": int(uploaded.timestamp()) if uploaded else None,
        "classifiers": list(project.classifiers) or None,
    }
    return {field: value for field, value in told.items() if value is not None}


def _report(order: CheckOrder, document: Mapping[str, Any], use: tuple[UsePart, ...], today: date) -> Report:
    case = _build_case(document, order.profile, today)
    checks = build_checks(list_entries(document, "checks"), case)
    return Report(
        name=str(document.get("name", order.name)),
        version=str(document.get("version", "")) or None,
        listing=_explain_presence(order, document),
        document=document,
        checks=checks,
        use=use,
        unknown=(
            *_find_unasked(document, order),
            *(
                Unknown(what=check.id, why=check.evidence)
                for check in checks
                if check.outcome == Outcome.UNKNOWN
            ),
        ),
        remarks=tuple(_build_remarks(document, order)),
        repository_remedy=_find_repository_remedy(document, checks, case),
    )


def explain_checks(document: bytes, profile: Profile | None, today: date) -> tuple[Checked, ...]:
    """Return the checks that a document stores, each with its question and what would mend it."""
    fields = msgspec.json.decode(document, type=dict[str, Any])
    return build_checks(list_entries(fields, "checks"), _build_case(fields, profile, today))


def _find_repository_remedy(
    document: Mapping[str, Any], checks: Iterable[Checked], case: Case | None
) -> Remedy | None:
    """Return what would name the repository of a package of which none was found.

    Where its check fails it stands there.
    """
    rule = get_rules()["source_link"]
    told = any(check.id == rule.id and check.outcome == Outcome.FAIL for check in checks)
    missing = document.get("repository_missing") is not None
    return build_remedy(rule, case) if missing and case and not told else None


def _explain_presence(order: CheckOrder, document: Mapping[str, Any]) -> Listing:
    if order.profile is None:
        return Listing(listed=True, reason="-p PROFILE tells by what")
    found = find_listing(normalize(order.name), document.get("classifiers") or (), order.profile)
    if found.listed:
        return found
    return replace(found, listed=True, reason=f"though {found.reason}; the next full run removes it")


def _build_case(document: Mapping[str, Any], profile: Profile | None, today: date) -> Case | None:
    """Return what remedies are filled in from, as far as one document tells it.

    ``None`` for a document that others wrote in types that are not ours.
    """
    try:
        project = msgspec.convert(document, AssessmentInput)
    except msgspec.ValidationError:
        return None
    world = _build_world(document, profile, today)
    found = assess_collection([project], world).projects[project.id]
    return Case(facts=found.facts, judgements=found.judgements, world=world)


def _build_world(document: Mapping[str, Any], profile: Profile | None, today: date) -> World:
    """Return the world that the document was judged in: its cycles as it names them, the rest as packaged."""
    framework = profile.framework if profile else None
    product = (framework.product if framework else None) or ""
    floor = {cycle.name: cycle for cycle in get_floor(product)}
    judged = {
        str(item.get("version")): item.get("supported") for item in list_entries(document, "compatibility")
    }
    name = find_framework_name(profile) if profile else next(iter(judged), "").rpartition(" ")[0]
    names = [label.rpartition(" ")[2] for label in judged] or list(floor)
    world = build_world(
        framework=name or "its framework",
        distributions=framework.distributions if framework else (),
        cycles=[floor.get(number) or Cycle(product=product, name=number) for number in names],
        pythons=get_floor("python"),
        today=today,
    )
    cycles = (
        replace(cycle, supported=judged[cycle.label]) if cycle.label in judged else cycle
        for cycle in world.cycles
    )
    return replace(world, cycles=tuple(cycles))


async def _find_use(name: NormalizedName, collection: str, search: SearchServer) -> tuple[UsePart, ...]:
    """Return the three parts of use, each with its place in the collection."""
    figures = await search.contents.export(collection, _Figures)
    own = next((item for item in figures if item.id == name), None)
    if own is None:
        return ()
    columns = {
        "downloads": [item.downloads_month for item in figures],
        "dependents": [item.required_by_count for item in figures],
        "stars": [item.stars for item in figures],
    }
    values = {"downloads": own.downloads_month, "dependents": own.required_by_count, "stars": own.stars}
    return tuple(
        UsePart(
            name=part,
            value=(value := _to_count(values[part])),
            percentile=Percentiles(map(_to_count, column)).find(value),
        )
        for part, column in columns.items()
    )


def _to_count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _find_unasked(document: Mapping[str, Any], order: CheckOrder) -> list[Unknown]:
    """Return what no source told yet, with the command that asks it."""
    repository = ("repository_url", "github_url", "repository_missing")
    told = {
        "status": ("status", ("status", "provenance_checked")),
        "repository": ("forges", repository),
        "downloads": ("downloads", ("downloads_month",)),
    }
    return [
        Unknown(what=what, why=f"nobody was asked yet; pyfenrich {order.spelling} --only {source} asks")
        for what, (source, fields) in told.items()
        if all(document.get(field) is None for field in fields)
    ]


def _build_remarks(document: Mapping[str, Any], order: CheckOrder) -> list[str]:
    command = f"pyfenrich {order.spelling} --only assessment"
    if document.get("assessed_by") is None:
        return [f"It was not assessed yet, so nothing is judged; {command} does it."]
    if document["assessed_by"] != RULES_VERSION:
        rules = f"by the rules {document['assessed_by']}, and those of today are {RULES_VERSION}"
        return [f"It was assessed {rules}; {command} does it again."]
    return []
