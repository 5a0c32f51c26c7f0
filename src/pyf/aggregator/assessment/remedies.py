"""Remedies: what to write to mend what a check found, filled in for one project."""

import re
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from trove_classifiers import classifiers as known_classifiers
from trove_classifiers import deprecated_classifiers

from pyf.aggregator.assessment.checks import Rule
from pyf.aggregator.assessment.compatibility import Verdict
from pyf.aggregator.assessment.facts import declares
from pyf.aggregator.assessment.fitness import find_capped
from pyf.aggregator.assessment.outcomes import Case, find_source, find_wrong_classifiers
from pyf.aggregator.metadata.ranges import CAPS, admits, find_version, write_range
from pyf.aggregator.metadata.trove import find_nearest

_SOMEWHERE = "https://github.com/OWNER/{name}"
_LICENSES = (
    ("AGPL", "AGPL-3.0-or-later"),
    ("LGPL", "LGPL-2.1-or-later"),
    ("GPL", "GPL-2.0-or-later"),
    ("BSD", "BSD-3-Clause"),
    ("APACHE", "Apache-2.0"),
    ("ZPL", "ZPL-2.1"),
    ("ZOPE", "ZPL-2.1"),
)
"""An example for what somebody seems to mean; the remedy says that it is one."""
_COMMON_LICENSE = "MIT"
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Remedy:
    """A sentence, and the line to write; ``None`` where there is nothing to write."""

    sentence: str
    line: str | None


_NAME_README = Remedy("Write a README and name the file in [project]:", 'readme = "README.md"')


def build_remedy(rule: Rule, case: Case) -> Remedy:
    """Fill in a rule's remedy for one project."""
    if rule.id == "readme_renders" and not (case.project.description or case.project.description_problem):
        return _NAME_README
    places = _find_places(case)
    line = _find_special_line(rule, case) or rule.line
    return Remedy(fill(rule.remedy, places), fill(line, places) if line else None)


def build_question(rule: Rule, case: Case) -> str:
    """Fill in a rule's question."""
    return fill(rule.question, {"framework": case.world.framework})


def fill(text: str, places: dict[str, str]) -> str:
    """Put in what is known, once: what is put in may have braces of its own."""
    return _PLACE.sub(lambda found: places.get(found[1], found[0]), text)


def _find_special_line(rule: Rule, case: Case) -> str | None:
    """Return the line of a rule that has to be another one for this project."""
    framework = case.world.framework
    if rule.id in {"names_versions", "newest_cycle"} and case.world.supported and not has_versions(framework):
        # PyPI has no classifiers for the versions of every framework: Flask's are told by the range alone.
        return f'"{framework}>={case.world.supported[-1].name}",'
    if rule.id == "no_needless_cap":
        return _find_uncapped(case)
    if rule.id == "requirements_valid":
        return _find_valid(case)
    return None


def _find_valid(case: Case) -> str | None:
    """Return the first requirement that could be mended, as the standard has it."""
    mended = next((odd for odd in case.facts.oddities if odd.mended), None)
    if mended is None:
        return None
    text = str(mended.mended).replace('"', "'")  # a marker's quotes, within those of TOML
    return _write_python(text) if mended == case.facts.python.oddity else f'"{text}",'


def _write_python(written: str) -> str:
    return f'requires-python = "{written}"'


def has_versions(framework: str) -> bool:
    """Tell whether PyPI has classifiers for versions of a framework."""
    begin = f"Framework :: {framework} :: "
    return any(
        known.startswith(begin) and known.removeprefix(begin)[0].isdigit() for known in known_classifiers
    )


def _find_places(case: Case) -> dict[str, str]:
    project, world = case.project, case.world
    repository = find_source(project) or fill(_SOMEWHERE, {"name": project.id})
    newest = world.newest.name if world.newest else "1.0"
    wrong = next(iter(find_wrong_classifiers(project.classifiers)), "")
    contradicted = next((item for item in case.judgements if item.verdict is Verdict.CONTRADICTED), None)
    return {
        "name": project.name or project.id,
        "newest": newest,
        "license": _guess_license(project.license or ""),
        "wrong_classifier": f"{wrong!r}",
        "right_classifier": _find_right(wrong),
        "oldest_python": _find_oldest_python(case),
        "newest_python": world.newest_python or "3",
        "repository": repository,
        "documentation": project.home_page or f"{repository}#readme",
        "changelog": f"{repository}/releases",
        "newest_label": f"{world.framework} {newest}",
        "newest_classifier": f"Framework :: {world.framework} :: {newest}",
        "contradicted_classifier": _find_classifier(
            case, contradicted.cycle.name if contradicted else newest
        ),
        "final_version": case.facts.version.base_version if case.facts.version else "1.0",
    }


def _guess_license(text: str) -> str:
    capitals = text.upper()
    return next((spdx for word, spdx in _LICENSES if word in capitals), _COMMON_LICENSE)


def _find_right(wrong: str) -> str:
    replacements = deprecated_classifiers.get(wrong)
    return replacements[0] if replacements else find_nearest(wrong) or "Framework :: …"


def _find_oldest_python(case: Case) -> str:
    """Return the oldest supported Python that its classifiers name, else the oldest that is supported."""
    supported = case.world.supported_pythons
    declared = [name for name in supported if f"Python {name}" in case.project.python_versions]
    return (declared or list(supported) or ["3"])[-1]


def _find_classifier(case: Case, cycle: str) -> str:
    """Return the classifier that a project names a cycle by: 4.2 as such, as one of its releases, or as 4."""
    version = next((each for each in case.facts.declared if declares((each,), cycle)), cycle)
    return f"Framework :: {case.world.framework} :: {version}"


def _find_uncapped(case: Case) -> str:
    """Return the requirement that excludes a supported cycle, without its upper bound."""
    for judgement in find_capped(case):
        version = judgement.cycle.newest or find_version(judgement.cycle.name)
        for requirement in case.facts.on_framework:
            if version is not None and not admits(requirement.specifier, version):
                return f'"{requirement.display_name}{_uncap(requirement.specifier)}",'
    return _write_python(
        _uncap(SpecifierSet(case.facts.python.written or "")) or f">={_find_oldest_python(case)}"
    )


def _uncap(specifier: SpecifierSet) -> str:
    """Return a range without what ends it; of a single version or ``~=`` its beginning stays."""
    kept = [str(clause) for clause in specifier if clause.operator not in CAPS]
    pinned = [clause.version for clause in specifier if clause.operator in {"==", "~="}]
    return write_range(
        SpecifierSet(",".join([*kept, *(f">={version.removesuffix('.*')}" for version in pinned)]))
    )
