import pytest
from hypothesis import given
from hypothesis import strategies as st
from trove_classifiers import all_classifiers

from pyf.aggregator.metadata.classifiers import (
    Selection,
    covers,
    find_covered,
    find_development_status,
    find_framework_versions,
    find_frameworks,
    find_kinds,
    find_python_versions,
)
from pyf.aggregator.metadata.model import NormalizedName

DJANGO = "Framework :: Django"


@pytest.mark.parametrize(
    ("root", "classifier", "covered"),
    [
        (DJANGO, DJANGO, True),
        (DJANGO, f"{DJANGO} :: 5.2", True),
        (DJANGO, f"{DJANGO} CMS", False),
        (DJANGO, f"{DJANGO} CMS :: 3.4", False),
        (f"{DJANGO} :: 5", f"{DJANGO} :: 5.2", False),
        (f"{DJANGO} :: 5.2", DJANGO, False),
        (DJANGO, "framework :: django", False),
        (DJANGO, f"{DJANGO} ::5.2", False),
    ],
)
def test_covering_goes_by_whole_segments(root: str, classifier: str, covered: bool) -> None:
    assert covers(root, classifier) is covered
    assert Selection((root,)).wants(NormalizedName("x"), [classifier]) is covered


def test_names_overrule_classifiers_and_exclusion_overrules_all() -> None:
    both, included, excluded = (NormalizedName(name) for name in ("both", "included", "excluded"))
    selection = Selection((DJANGO,), include=frozenset({both, included}), exclude=frozenset({both, excluded}))
    assert selection.wants(included, [])
    assert not selection.wants(excluded, [DJANGO])
    assert not selection.wants(both, [DJANGO])
    assert not selection.wants(NormalizedName("other"), [])


@given(
    roots=st.lists(st.sampled_from(sorted(all_classifiers)), max_size=3),
    carried=st.lists(st.sampled_from(sorted(all_classifiers)), max_size=5),
)
def test_a_selection_wants_what_one_of_its_classifiers_covers(roots: list[str], carried: list[str]) -> None:
    expected = any(covers(root, classifier) for root in roots for classifier in carried)
    assert Selection(tuple(roots)).wants(NormalizedName("x"), carried) is expected


def test_covered_classifiers_come_with_their_roots_in_natural_order() -> None:
    known = [f"{DJANGO} :: 10.0", f"{DJANGO} :: 9.0", f"{DJANGO} CMS", DJANGO, "Topic :: Internet"]
    assert find_covered([DJANGO, "Framework :: Own"], known) == (
        DJANGO,
        f"{DJANGO} :: 9.0",
        f"{DJANGO} :: 10.0",
        "Framework :: Own",
    )


def test_framework_versions_are_for_readers() -> None:
    classifiers = [
        "Framework :: Plone :: 6.1",
        "Framework :: Plone :: 6.1",
        "Framework :: Plone :: 5.2",
        "Framework :: Plone :: Addon",
        "Framework :: Plone",
        "Framework :: Django CMS :: 3.10",
        "Framework :: Django CMS :: 3.9",
        "Framework :: Jupyter :: JupyterLab :: 3",
        "Framework :: Jupyter :: JupyterLab :: Extensions",
        "Topic :: Plone :: 7.0",
    ]
    assert find_framework_versions(classifiers) == (
        "Django CMS 3.9",
        "Django CMS 3.10",
        "JupyterLab 3",
        "Plone 5.2",
        "Plone 6.1",
    )
    assert "Topic :: Plone :: 7.0" not in find_frameworks(classifiers)


def test_no_published_classifier_makes_an_odd_version() -> None:
    for version in find_framework_versions(all_classifiers):
        name, _, number = version.rpartition(" ")
        assert name
        assert number[0].isdecimal()


def test_python_versions_are_numbers_in_order() -> None:
    classifiers = [
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.9",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 2.7",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: Implementation :: CPython",
        "Programming Language :: Python",
        "Programming Language :: C",
    ]
    assert find_python_versions(classifiers) == ("Python 2.7", "Python 3", "Python 3.9", "Python 3.10")


@pytest.mark.parametrize(
    ("selected", "kinds"),
    [
        (["Framework :: Plone"], ("Addon", "Theme")),
        (["Framework :: Plone :: 6.1"], ("Addon", "Theme")),
        (["Framework :: Plone :: Theme"], ("Addon", "Theme")),
        (
            ["Framework :: Sphinx", "Framework :: Jupyter"],
            ("Extension", "JupyterLab", "JupyterLab :: Extensions"),
        ),
        (["Framework"], ("Addon", "Extension", "JupyterLab", "JupyterLab :: Extensions", "Theme")),
        (["Framework :: Plo"], ()),
        (["Topic :: Internet"], ()),
        ([], ()),
    ],
)
def test_kinds_are_what_stands_below_the_frameworks_of_a_selection_and_is_no_version(
    selected: list[str], kinds: tuple[str, ...]
) -> None:
    classifiers = [
        "Framework :: Plone",
        "Framework :: Plone :: 6.1",
        "Framework :: Plone :: Theme",
        "Framework :: Plone :: Addon",
        "Framework :: Sphinx :: Extension",
        "Framework :: Jupyter :: JupyterLab :: 4",
        "Framework :: Jupyter :: JupyterLab :: Extensions",
        "Topic :: Internet :: Log Analysis",
    ]
    assert find_kinds(classifiers, selected) == kinds


def test_the_kinds_of_plone_are_those_that_pypi_knows() -> None:
    assert find_kinds(all_classifiers, ["Framework :: Plone"]) == ("Addon", "Core", "Distribution", "Theme")


@pytest.mark.parametrize(
    ("classifiers", "status"),
    [
        ([], None),
        (["Development Status :: 5 - Production/Stable"], "Production/Stable"),
        (["Development Status :: 4 - Beta", "Development Status :: 3 - Alpha"], "Beta"),
        (["Development Status :: 7 - Inactive", "Development Status :: 5 - Production/Stable"], "Inactive"),
        (
            ["Development Status", "Development Status :: Stable", "Private :: Development Status :: 1 - X"],
            None,
        ),
    ],
)
def test_the_development_status_is_the_last_stage_that_is_named(
    classifiers: list[str], status: str | None
) -> None:
    assert find_development_status(classifiers) == status


def test_every_development_status_of_pypi_is_read() -> None:
    known = [classifier for classifier in all_classifiers if classifier.startswith("Development Status :: ")]
    assert len(known) >= 7
    assert all(str(find_development_status([classifier])) in classifier for classifier in known)
