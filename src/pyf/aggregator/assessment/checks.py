"""The checks: what a maintainer can mend, as data. Nothing here is about popularity.

A rule says how much it weighs, what it asks, how it is judged, what would mend it, and which standard it
rests on. The judging stands in ``outcomes``, ``readme`` and ``fitness``; ``remedies`` fills remedies in.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

RULES_VERSION = "1"
"""Of all that is decided in this room. It is stored with every result; whoever changes a rule raises it."""


class Section(StrEnum):
    """What a check is about."""

    README = "readme"
    METADATA = "metadata"
    LINKS = "links"
    COMPATIBILITY = "compatibility"
    RELEASE = "release"
    SECURITY = "security"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. ``line`` is what to write, and where ``remedy`` says so; both have places to fill in."""

    id: str
    section: Section
    weight: int
    question: str
    judged: str
    remedy: str
    line: str | None = None
    link: str


_GUIDE = "https://packaging.python.org/en/latest/guides/writing-pyproject-toml/"
_SPECIFICATIONS = "https://packaging.python.org/en/latest/specifications/"
_LABELS = _SPECIFICATIONS + "well-known-project-urls/"
_TYPE_OF_README = _GUIDE + "#readme"

RULES: tuple[Rule, ...] = (
    Rule(
        id="readme_renders",
        section=Section.README,
        weight=8,
        question="Can PyPI show the README?",
        judged="There is one, and it renders without an error in the markup that it declares.",
        remedy="Name a README in [project] if it has none; else build it, run this, and mend what it names:",
        line="twine check --strict dist/*",
        link="https://packaging.python.org/en/latest/guides/making-a-pypi-friendly-readme/",
    ),
    Rule(
        id="readme_substance",
        section=Section.README,
        weight=6,
        question="Does the README say what the package is for?",
        judged="It has at least 300 characters of text.",
        remedy=(
            "Say in a few paragraphs what {name} does, for whom, and how to install it; name the file in"
            " [project]:"
        ),
        line='readme = "README.md"',
        link=_TYPE_OF_README,
    ),
    Rule(
        id="readme_example",
        section=Section.README,
        weight=5,
        question="Does the README show how to use it?",
        judged="A line of it looks like code, a command, a setting or markup.",
        remedy="Show the shortest use that works, beginning with its installation:",
        line="pip install {name}",
        link=_TYPE_OF_README,
    ),
    Rule(
        id="summary",
        section=Section.METADATA,
        weight=4,
        question="Is there a summary in one line?",
        judged="It has at least ten characters and is not the name alone.",
        remedy="Say in [project] what it does, in one line:",
        line='description = "…"',
        link=_GUIDE + "#description",
    ),
    Rule(
        id="license",
        section=Section.METADATA,
        weight=8,
        question="Is it certain which licence holds?",
        judged="An SPDX expression names it, or a text or classifier that can stand for one licence alone.",
        remedy="Name the licence as an SPDX expression in [project], for example:",
        line='license = "{license}"',
        link="https://peps.python.org/pep-0639/",
    ),
    Rule(
        id="classifiers_valid",
        section=Section.METADATA,
        weight=3,
        question="Does PyPI know every classifier?",
        judged="Each is in PyPI's list, and none is deprecated there.",
        remedy="In place of {wrong_classifier} write:",
        line='"{right_classifier}",',
        link="https://pypi.org/classifiers/",
    ),
    Rule(
        id="requirements_valid",
        section=Section.METADATA,
        weight=4,
        question="Can every installer read what it requires?",
        judged="requires_dist and requires_python are valid as they stand.",
        remedy="Write the requirement as the standard has it:",
        line="\"name>=1.0,<3; python_version >= '3.10'\",",
        link=_SPECIFICATIONS + "dependency-specifiers/",
    ),
    Rule(
        id="requires_python",
        section=Section.METADATA,
        weight=6,
        question="Does it say which Pythons it needs?",
        judged="requires_python is there and can be read.",
        remedy="Set the oldest Python that you test in [project]:",
        line='requires-python = ">={oldest_python}"',
        link=_GUIDE + "#requires-python",
    ),
    Rule(
        id="source_link",
        section=Section.LINKS,
        weight=6,
        question="Is there a link to its source?",
        judged="Its repository is known, or a well-known label leads to it.",
        remedy="Name the repository in [project.urls]:",
        line='Source = "{repository}"',
        link=_LABELS,
    ),
    Rule(
        id="issues_link",
        section=Section.LINKS,
        weight=3,
        question="Is there a link for questions and faults?",
        judged="A well-known label leads to the tracker of issues.",
        remedy="Name the tracker in [project.urls]:",
        line='Issues = "{repository}/issues"',
        link=_LABELS,
    ),
    Rule(
        id="documentation",
        section=Section.LINKS,
        weight=3,
        question="Is there a link to the documentation?",
        judged="A well-known label leads to it, or the home page is documentation by its address.",
        remedy="Name the documentation in [project.urls]; a README that says all is enough:",
        line='Documentation = "{documentation}"',
        link=_LABELS,
    ),
    Rule(
        id="changelog",
        section=Section.LINKS,
        weight=3,
        question="Can a reader see what has changed?",
        judged="A well-known label leads to the list of changes, or the README has it.",
        remedy="Name the list of changes in [project.urls]:",
        line='Changelog = "{changelog}"',
        link=_LABELS,
    ),
    Rule(
        id="names_versions",
        section=Section.COMPATIBILITY,
        weight=6,
        question="Does it say for which versions of {framework} it is?",
        judged="A classifier names a version, or a requirement sets a range.",
        remedy="Name the versions that you test among the classifiers, each in a line:",
        line='"{newest_classifier}",',
        link="https://pypi.org/classifiers/",
    ),
    Rule(
        id="newest_cycle",
        section=Section.COMPATIBILITY,
        weight=12,
        question="Is it for the newest supported version of {framework}?",
        judged=(
            "It declares that version or allows it. A release that is older than that version and does not"
            " exclude it is unknown: age alone is no fault."
        ),
        remedy="Test it with {newest_label}, admit that in the requirements, and add the classifier:",
        line='"{newest_classifier}",',
        link="https://pypi.org/classifiers/",
    ),
    Rule(
        id="no_contradiction",
        section=Section.COMPATIBILITY,
        weight=6,
        question="Do classifiers and requirements agree?",
        judged="No classifier names a version of {framework} that the requirements exclude.",
        remedy="Remove this classifier, or admit the version in the requirements:",
        line='"{contradicted_classifier}",',
        link=_SPECIFICATIONS + "core-metadata/#classifier-multiple-use",
    ),
    Rule(
        id="no_needless_cap",
        section=Section.COMPATIBILITY,
        weight=6,
        question="Does it keep out supported versions without need?",
        judged=(
            "No upper bound excludes a supported version of {framework} that came out after the release:"
            " nobody can have tried that yet. A bound set when the version was there is taken for need."
        ),
        remedy="Test it with {newest_label} and take the upper bound away:",
        line='"{framework}>={newest}",',
        link="https://packaging.python.org/en/latest/discussions/install-requires-vs-requirements/",
    ),
    Rule(
        id="newest_python",
        section=Section.COMPATIBILITY,
        weight=6,
        question="Does it run on the newest Python?",
        judged=(
            "requires_python admits, or a classifier names, the newest supported Python that the newest"
            " supported version of {framework} runs on."
        ),
        remedy="Test it on Python {newest_python}, admit that in requires-python, and add the classifier:",
        line='"Programming Language :: Python :: {newest_python}",',
        link=_GUIDE + "#requires-python",
    ),
    Rule(
        id="wheel",
        section=Section.RELEASE,
        weight=5,
        question="Is there a wheel?",
        judged="The latest release has one.",
        remedy="Build both, and upload all that is in dist/:",
        line="python -m build",
        link="https://packaging.python.org/en/latest/discussions/package-formats/",
    ),
    Rule(
        id="sdist",
        section=Section.RELEASE,
        weight=4,
        question="Is there a source distribution?",
        judged="The latest release has one.",
        remedy="Build both, and upload all that is in dist/:",
        line="python -m build",
        link="https://packaging.python.org/en/latest/discussions/package-formats/",
    ),
    Rule(
        id="final_release",
        section=Section.RELEASE,
        weight=3,
        question="Is there a final release?",
        judged="A release that is not yanked is no alpha, beta, candidate or development version.",
        remedy="Release a version that installers take without being asked to, for example:",
        line='version = "{final_version}"',
        link=_SPECIFICATIONS + "version-specifiers/#pre-releases",
    ),
    Rule(
        id="no_vulnerability",
        section=Section.SECURITY,
        weight=12,
        question="Is the latest release free of known vulnerabilities?",
        judged="PyPI shows no advisory against it that is not withdrawn.",
        remedy="Release a version with the fault mended, and have the advisory name it.",
        link="https://docs.pypi.org/project-management/",
    ),
    Rule(
        id="attested",
        section=Section.SECURITY,
        weight=3,
        question="Does PyPI know from where it was published?",
        judged="The latest release has an attestation that PyPI checked.",
        remedy="Publish from your forge's pipeline as a trusted publisher; on GitHub this step attests:",
        line="- uses: pypa/gh-action-pypi-publish@release/v1",
        link="https://docs.pypi.org/attestations/",
    ),
    Rule(
        id="owners",
        section=Section.SECURITY,
        weight=3,
        question="Can somebody else release it?",
        judged="It belongs to an organization, or has more than one owner on PyPI.",
        remedy="Invite a second owner on PyPI, or move the project to an organization:",
        line="https://pypi.org/manage/project/{name}/collaboration/",
        link="https://docs.pypi.org/organization-accounts/",
    ),
)


@cache
def get_rules() -> dict[str, Rule]:
    """Return the rules by id."""
    return {rule.id: rule for rule in RULES}
