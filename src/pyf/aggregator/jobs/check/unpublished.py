"""What the catalogue would say of a package that is not published yet. No server is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec

from pyf.aggregator.assessment.assess import CollectionAssessment, assess_collection, build_assessment_fields
from pyf.aggregator.assessment.facts import join
from pyf.aggregator.assessment.outcomes import Case, Outcome, is_unknown
from pyf.aggregator.assessment.quality import Check, Quality
from pyf.aggregator.assessment.world import World, build_world, find_framework_name
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.documents.project import build_document
from pyf.aggregator.documents.schema import Document
from pyf.aggregator.jobs.check.listing import find_listing
from pyf.aggregator.jobs.check.report import Listing, Report, Unknown, build_checks, list_entries
from pyf.aggregator.metadata.known_cycles import get_floor
from pyf.aggregator.metadata.model import DistributionKind
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.metadata.trove import Standing, judge_classifier
from pyf.aggregator.rendering.renderer import Renderer
from pyf.aggregator.sources.distributions.unpublished import Unpublished, load_unpublished

_PUBLISHED = "it is known once the release is on PyPI"
SEEN_LATER: Mapping[str, str] = {
    **dict.fromkeys(("attested", "owners", "no_vulnerability"), _PUBLISHED),
    "final_release": "it is a prerelease, and whether an earlier release is final is seen on PyPI",
}
"""Checks that nobody can judge before, or let fail, by their ids, with the reason."""

CHECKS_OF_FILES: Mapping[str, tuple[DistributionKind, str]] = {
    "wheel": (DistributionKind.WHEEL, "wheel"),
    "sdist": (DistributionKind.SDIST, "source distribution"),
}
"""Checks that ask for a file of some kind, which need not be among those that are named."""

_OTHERS = (
    Unknown(what="status", why=_PUBLISHED),
    Unknown(what="use", why="downloads, dependents and stars are counted for what is listed"),
    Unknown(
        what="blocked",
        why="whether something that it requires holds it back is seen within the whole collection",
    ),
)

CHECKS_OF: Mapping[str, tuple[str, ...]] = {
    "version": ("final_release",),
    "summary": ("summary",),
    "description": ("readme_renders", "readme_substance", "readme_example", "changelog"),
    "license": ("license",),
    "license-expression": ("license",),
    "home-page": ("source_link",),
    "project-url": ("source_link", "issues_link", "documentation", "changelog"),
    "classifier": (
        "license",
        "classifiers_valid",
        "names_versions",
        "newest_cycle",
        "no_contradiction",
        "newest_python",
    ),
    "requires-python": (
        "requires_python",
        "requirements_valid",
        "newest_cycle",
        "no_contradiction",
        "no_needless_cap",
        "newest_python",
    ),
    "requires-dist": (
        "requirements_valid",
        "names_versions",
        "newest_cycle",
        "no_contradiction",
        "no_needless_cap",
    ),
}
"""The checks that rest on a field of core metadata: a build may fill it in, so they are unknown before."""

_CALLED: Mapping[str, str] = {
    "description": "README",
    "project-url": "links",
    "classifier": "classifiers",
    "requires-dist": "requirements",
}
"""Fields of core metadata that people call otherwise: a summary is ``description`` in pyproject.toml."""

_NEEDS_ALL = frozenset(
    {
        "classifiers_valid",
        "requirements_valid",
        "newest_cycle",
        "no_contradiction",
        "no_needless_cap",
        "newest_python",
    }
)
"""Where one more value could undo a pass; any other check that passes goes on to do so."""

_WITHOUT_ID = ("id", "serial", "required_by_count", "use", "rank")
"""What a document has once it is in a collection."""


async def check_files(
    paths: Sequence[Path], profile: Profile, renderer: Renderer, now: datetime
) -> list[Report]:
    """Report on the packages that some paths name; raises :class:`PackageUnreadable`."""
    return [await _check(release, profile, renderer, now) for release in load_unpublished(paths, now)]


async def _check(release: Unpublished, profile: Profile, renderer: Renderer, now: datetime) -> Report:
    project = release.project
    description = await renderer.render(project)
    document = build_document(project, {}, description, selected=profile.selection.classifiers)
    for kind, field in ((DistributionKind.WHEEL, "has_wheel"), (DistributionKind.SDIST, "has_sdist")):
        if not release.has(kind):
            # Nobody says that what is not named will not be there.
            document.pop(field, None)
    read = msgspec.json.decode(msgspec.json.encode(document), type=AssessmentInput)
    world = build_packaged_world(profile, now)
    found = assess_collection([read], world)
    document |= _assess(found, read, release)
    assessment = found.projects[project.name]
    case = Case(facts=assessment.facts, judgements=assessment.judgements, world=world)
    checks = build_checks(list_entries(document, "checks"), case)
    return Report(
        name=project.display_name,
        version=None if "version" in release.left else project.version,
        listing=_find_listing(release, profile),
        document={field: value for field, value in document.items() if field not in _WITHOUT_ID},
        files=tuple(str(file.path) for file in release.files),
        checks=checks,
        unknown=(
            *(
                Unknown(what=check.id, why=check.evidence)
                for check in checks
                if check.outcome == Outcome.UNKNOWN
            ),
            *_OTHERS,
        ),
        remarks=tuple(_build_remarks(release, world)),
    )


def build_packaged_world(profile: Profile, now: datetime) -> World:
    """Return the world of a profile as far as it is packaged: nobody is asked for anything."""
    framework = profile.framework
    return build_world(
        framework=find_framework_name(profile),
        distributions=framework.distributions if framework else (),
        cycles=get_floor(framework.product) if framework and framework.product else (),
        pythons=get_floor("python"),
        today=now.date(),
    )


def _assess(found: CollectionAssessment, read: AssessmentInput, release: Unpublished) -> Document:
    """Return the fields of the assessment, where unknown is all that only a build or PyPI can tell."""
    quality = found.projects[read.id].quality
    left = {
        check: f"{_name_source(release)} leaves its {_CALLED.get(field, field)} to the build"
        for field in sorted(release.left)
        for check in CHECKS_OF.get(field, ())
    }
    reasons = {**SEEN_LATER, **_find_files(release), **left}
    uncertain = _NEEDS_ALL | {"final_release"} if "version" in release.left else _NEEDS_ALL
    mended = Quality(checks=tuple(_doubt(check, reasons, uncertain) for check in quality.checks))
    assessment = replace(found.projects[read.id], quality=mended)
    return build_assessment_fields(replace(found, projects={read.id: assessment}))[read.id]


def _find_files(release: Unpublished) -> dict[str, str]:
    """Return why it is not known which files there will be, by check."""
    if not release.is_built:
        return dict.fromkeys(CHECKS_OF_FILES, "it is not built yet")
    return {
        check: f"no {words} was named; dist/* names all"
        for check, (kind, words) in CHECKS_OF_FILES.items()
        if not release.has(kind)
    }


def _doubt(check: Check, reasons: Mapping[str, str], uncertain: frozenset[str]) -> Check:
    reason = reasons.get(check.rule.id)
    certain = check.finding.outcome is Outcome.PASS and check.rule.id not in uncertain
    return check if reason is None or certain else replace(check, finding=is_unknown(reason))


def _name_source(release: Unpublished) -> str:
    return "the source distribution" if release.is_built else "pyproject.toml"


def _find_listing(release: Unpublished, profile: Profile) -> Listing:
    listing = find_listing(release.project.name, release.project.classifiers, profile)
    if listing.line and "classifier" in release.left:
        reason = f"{_name_source(release)} leaves its classifiers to the build"
        return replace(listing, listed=None, reason=reason)
    return listing


def _build_remarks(release: Unpublished, world: World) -> list[str]:
    remarks = []
    if release.left & CHECKS_OF.keys():
        left = ", ".join(_CALLED.get(field, field) for field in sorted(release.left & CHECKS_OF.keys()))
        source = _name_source(release)
        remarks.append(f"What {source} leaves to the build is unknown here: {left}. A wheel tells it all.")
    young = [each for each in release.project.classifiers if judge_classifier(each) is Standing.YOUNG]
    if young:
        told = f"Not among the classifiers that PyPI is known to have: {join(map(repr, young))}."
        remarks.append(f"{told} It refuses an upload with one that it does not have.")
    if not world.cycles:
        told = f"No versions of {world.framework} are known without asking anybody"
        remarks.append(f"{told}, so only the catalogue tells with which of them it works.")
    return remarks
