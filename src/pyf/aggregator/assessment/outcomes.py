"""How the checks are judged that ask for what a release says and brings along."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from trove_classifiers import deprecated_classifiers

from pyf.aggregator.assessment.compatibility import Judgement
from pyf.aggregator.assessment.facts import Facts, join
from pyf.aggregator.assessment.world import World
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.metadata.labels import Label, find_url
from pyf.aggregator.metadata.licenses import read_license
from pyf.aggregator.metadata.model import Repository, normalize
from pyf.aggregator.metadata.repositories.forges import ForgeKind, Forges
from pyf.aggregator.metadata.repositories.repository import find_named
from pyf.aggregator.metadata.trove import Standing, judge_classifier

_FORGES: Forges = {
    "github.com": ForgeKind.GITHUB,
    "gitlab.com": ForgeKind.GITLAB,
    "codeberg.org": ForgeKind.FORGEJO,
}
"""Whose addresses are read where no forge was asked yet, and before anything is published."""

LEAST_SUMMARY = 10

_LICENSE = "License :: "

_DOCUMENTATION = re.compile(
    r"https?://(?:docs?\.|[^/]+\.(?:readthedocs\.(?:io|org)|rtfd\.(?:io|org))\b|[^/]+/docs?\b)", re.IGNORECASE
)
"""A home page that is documentation by its address."""


class Outcome(StrEnum):
    """What became of a check; unknown counts for nothing."""

    PASS = "pass"  # noqa: S105 - the word of a check
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """An outcome, and the evidence in words."""

    outcome: Outcome
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a project is checked by."""

    facts: Facts
    judgements: tuple[Judgement, ...]
    world: World

    @property
    def project(self) -> AssessmentInput:
        """Its document."""
        return self.facts.project


HIDDEN = "PyPI does not know what it requires, since there is no wheel"


def passes(evidence: str) -> Finding:
    """Return the outcome of what is as it should be."""
    return Finding(Outcome.PASS, evidence)


def fails(evidence: str) -> Finding:
    """Return the outcome of what can be mended."""
    return Finding(Outcome.FAIL, evidence)


def is_unknown(evidence: str) -> Finding:
    """Return the outcome of what nobody knows."""
    return Finding(Outcome.UNKNOWN, evidence)


def check_summary(case: Case) -> Finding:
    """Judge the summary."""
    summary = (case.project.summary or "").strip()
    if not summary or summary.upper() == "UNKNOWN":
        return fails("there is no summary")
    if len(summary) < LEAST_SUMMARY:
        return fails(f"the summary has {len(summary)} characters")
    if normalize(summary.replace(" ", "-").strip(".")) == case.project.id:
        return fails("the summary is the name again")
    return passes("there is a summary")


def check_license(case: Case) -> Finding:
    """Judge whether the licence is certain."""
    project = case.project
    if project.license_expression:
        return passes(f"the SPDX expression is {project.license_expression}")
    if project.license_spdx:
        return passes(f"what it says can only be {', '.join(project.license_spdx)}")
    if project.license:
        return fails(f"{project.license!r} may be one of several licences, or none")
    # What names none is not shown as a licence, so a text such as "free" is not in the document.
    classifiers = (each for each in project.classifiers if each.startswith(_LICENSE))
    said = next((each for each in classifiers if read_license(None, None, (each,)) is None), None)
    return fails(f"{said!r} names no licence" if said else "nothing that it says names a licence")


def check_classifiers_valid(case: Case) -> Finding:
    """Judge the classifiers."""
    if not case.project.classifiers:
        return is_unknown("there are no classifiers")
    wrong = find_wrong_classifiers(case.project.classifiers)
    if not wrong:
        return passes(f"PyPI knows all {len(case.project.classifiers)}")
    words = f"PyPI does not have {wrong[0]!r}, or not any more"
    return fails(words + (f", nor {len(wrong) - 1} more" if len(wrong) > 1 else ""))


def find_wrong_classifiers(classifiers: tuple[str, ...]) -> tuple[str, ...]:
    """Return those that PyPI does not know or has given up."""
    return tuple(classifier for classifier in classifiers if _is_wrong(classifier))


@lru_cache(maxsize=4096)
def _is_wrong(classifier: str) -> bool:
    return classifier in deprecated_classifiers or judge_classifier(classifier) is Standing.UNKNOWN


def check_requirements_valid(case: Case) -> Finding:
    """Judge whether the requirements can be read."""
    oddities = case.facts.oddities
    if not oddities and case.facts.hides_requirements:
        return is_unknown(HIDDEN)
    if not oddities:
        return passes("all requirements are valid")
    more = f", and {len(oddities) - 1} more" if len(oddities) > 1 else ""
    return fails(f"{oddities[0]}{more}")


def check_requires_python(case: Case) -> Finding:
    """Judge ``requires_python``."""
    python = case.facts.python
    if python.written is not None:
        return passes(f"requires Python {python.written}")
    return fails(str(python.oddity) if python.oddity else "it does not say which Pythons it needs")


def check_source_link(case: Case) -> Finding:
    """Judge whether a reader finds the source."""
    found = find_source(case.project)
    return passes(f"its source is at {found}") if found else fails("no link says where its source is")


def find_source(project: AssessmentInput) -> str | None:
    """Return where its source is: the repository that was found to be its own, else one that a URL names."""
    if known := project.repository_url or project.github_url:
        return known
    named = find_named(project.id, project.project_urls, project.home_page, forges=_FORGES)
    if isinstance(named, Repository):
        return named.url
    return find_url(project.project_urls, Label.SOURCE)


def check_issues_link(case: Case) -> Finding:
    """Judge whether a reader finds the tracker."""
    return _check_link(case.project.issues_url, "issues")


def check_documentation(case: Case) -> Finding:
    """Judge whether a reader finds the documentation."""
    home = case.project.home_page
    found = case.project.documentation_url or (home if home and _DOCUMENTATION.match(home) else None)
    return _check_link(found, "the documentation")


def _check_link(url: str | None, what: str) -> Finding:
    return passes(f"{what}: {url}") if url else fails(f"no label leads to {what}")


def check_wheel(case: Case) -> Finding:
    """Judge whether there is a wheel."""
    return _check_file(case.project.has_wheel, "wheel")


def check_sdist(case: Case) -> Finding:
    """Judge whether there is a source distribution."""
    return _check_file(case.project.has_sdist, "source distribution")


def _check_file(has: bool | None, what: str) -> Finding:
    if has is None:
        return is_unknown("PyPI shows no file of it, or does not tell what it is")
    return passes(f"there is a {what}") if has else fails(f"there is no {what}")


def check_final_release(case: Case) -> Finding:
    """Judge whether there is a release that installers take."""
    project, version = case.project, case.facts.version
    if version is None:
        return is_unknown(f"{project.version!r} is no version of PEP 440")
    if not version.is_prerelease:
        return passes(f"{project.version} is final")
    if any(not release.prerelease and not release.yanked for release in project.releases):
        return passes("an earlier release is final")
    return fails(f"{project.version} is a prerelease, and so is all that is not yanked")


def check_no_vulnerability(case: Case) -> Finding:
    """Judge the advisories against the latest release."""
    project = case.project
    if project.vulnerable is None:
        return is_unknown("PyPI did not say")
    if not project.vulnerable:
        return passes("PyPI knows none")
    ids = [advisory.id for advisory in project.vulnerabilities if advisory.id]
    stand = "stand" if len(ids) > 1 else "stands"
    return fails(f"{join(ids) or 'an advisory'} {stand} against {project.version}")


def check_attested(case: Case) -> Finding:
    """Judge whether PyPI saw from where it came."""
    project, asked = case.project, case.project.provenance_checked
    if asked is not None and project.upload_timestamp is not None and asked < project.upload_timestamp:
        return is_unknown("PyPI was asked before the latest release came out")
    if publishers := project.publishers:
        return passes(f"published from {', '.join(publishers)} (attested)")
    if asked is None:
        return is_unknown("PyPI was not asked yet")
    return fails("no file of the latest release has an attestation")


def check_owners(case: Case) -> Finding:
    """Judge whether a second person could go on."""
    project = case.project
    if project.organization:
        return passes(f"it belongs to the organization {project.organization}")
    if not project.owners:
        return is_unknown("PyPI names no owner")
    if len(project.owners) > 1:
        return passes(f"it has {len(project.owners)} owners")
    return fails(f"{project.owners[0]} alone owns it")
