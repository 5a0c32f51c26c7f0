"""By what a profile takes a package, and what would make it do so."""

import pytest

from pyf.aggregator.jobs.check.listing import find_listing
from pyf.aggregator.jobs.check.report import Listing
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.model import normalize
from pyf.aggregator.metadata.profile import Profile

ROOTS = ("Framework :: Plone", "Framework :: Zope", "Framework :: CastleCMS")


def build_profile(*roots: str) -> Profile:
    return Profile(key="ours", name="Ours", selection=Selection(classifiers=roots))


@pytest.mark.parametrize(
    ("classifiers", "reason"),
    [
        (["Framework :: Zope"], "by its classifier 'Framework :: Zope'"),
        (
            ["Framework :: Plone :: 6.1", "Topic :: Utilities", "Framework :: Zope"],
            "by its classifier 'Framework :: Zope' and 1 more like it",
        ),
        (
            ["Framework :: Plone :: 5.2", "Framework :: Plone :: 6.0", "Framework :: Plone"],
            "by its classifier 'Framework :: Plone' and 2 more like it",
        ),
    ],
)
def test_the_classifier_that_says_least_is_the_reason(classifiers: list[str], reason: str) -> None:
    found = find_listing(normalize("any"), classifiers, build_profile(*ROOTS))
    assert found == Listing(listed=True, reason=reason)


@pytest.mark.parametrize(("count", "more"), [(1, ""), (2, " and 1 more"), (3, " and 2 more")])
def test_the_first_of_the_classifiers_would_list_it(count: int, more: str) -> None:
    found = find_listing(normalize("any"), ["Topic :: Utilities"], build_profile(*ROOTS[:count]))
    assert found == Listing(
        listed=False,
        reason=f"it has no classifier of the profile ours, which takes 'Framework :: Plone'{more}",
        line='"Framework :: Plone",',
    )
