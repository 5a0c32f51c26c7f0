"""Quality: the checks that a project passes, by weight, of those whose outcome is known."""

from collections.abc import Callable
from dataclasses import dataclass

from pyf.aggregator.assessment import fitness, outcomes, readme
from pyf.aggregator.assessment.checks import RULES, Rule
from pyf.aggregator.assessment.outcomes import Case, Finding, Outcome

_FULL = 100

CHECKS: dict[str, Callable[[Case], Finding]] = {
    "readme_renders": readme.check_readme_renders,
    "readme_substance": readme.check_readme_substance,
    "readme_example": readme.check_readme_example,
    "summary": outcomes.check_summary,
    "license": outcomes.check_license,
    "classifiers_valid": outcomes.check_classifiers_valid,
    "requirements_valid": outcomes.check_requirements_valid,
    "requires_python": outcomes.check_requires_python,
    "source_link": outcomes.check_source_link,
    "issues_link": outcomes.check_issues_link,
    "documentation": outcomes.check_documentation,
    "changelog": readme.check_changelog,
    "names_versions": fitness.check_names_versions,
    "newest_cycle": fitness.check_newest_cycle,
    "no_contradiction": fitness.check_no_contradiction,
    "no_needless_cap": fitness.check_no_needless_cap,
    "newest_python": fitness.check_newest_python,
    "wheel": outcomes.check_wheel,
    "sdist": outcomes.check_sdist,
    "final_release": outcomes.check_final_release,
    "no_vulnerability": outcomes.check_no_vulnerability,
    "attested": outcomes.check_attested,
    "owners": outcomes.check_owners,
}
"""How each rule is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule with what it found."""

    rule: Rule
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """All checks, in the order of the rules."""

    checks: tuple[Check, ...]

    @property
    def known(self) -> float:
        """The share of the weight whose outcome is known, 0 to 100."""
        return (
            _FULL * self._weigh(Outcome.PASS, Outcome.FAIL) / sum(check.rule.weight for check in self.checks)
        )

    @property
    def points(self) -> float | None:
        """The share of the known weight that passes, 0 to 100; ``None`` where nothing is known."""
        known = self._weigh(Outcome.PASS, Outcome.FAIL)
        return _FULL * self._weigh(Outcome.PASS) / known if known else None

    def _weigh(self, *counted: Outcome) -> int:
        return sum(check.rule.weight for check in self.checks if check.finding.outcome in counted)


def build_quality(case: Case) -> Quality:
    """Check a project by every rule."""
    return Quality(checks=tuple(Check(rule=rule, finding=CHECKS[rule.id](case)) for rule in RULES))
