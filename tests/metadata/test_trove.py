"""What PyPI has of classifiers, and what somebody meant who wrote another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trove_classifiers import all_classifiers

from pyf.aggregator.metadata.trove import Standing, find_nearest, judge_classifier


@pytest.mark.parametrize(
    ("classifier", "standing"),
    [
        ("Framework :: Plone", Standing.KNOWN),
        ("Framework :: Plone :: 6.0", Standing.KNOWN),
        ("Framework", Standing.KNOWN),
        ("License :: OSI Approved :: Jabber Open Source License", Standing.KNOWN),
        ("Framework :: Plone :: 99.9", Standing.YOUNG),
        ("Framework :: Plone :: 99 :: Deeper", Standing.YOUNG),
        ("Programming Language :: Python :: 3.99", Standing.YOUNG),
        ("Framework :: Plone CMS", Standing.UNKNOWN),
        ("Framework :: New Thing", Standing.UNKNOWN),
        ("Framework :: New Thing :: 1.0", Standing.UNKNOWN),
        ("framework :: plone", Standing.UNKNOWN),
        ("framework :: plone :: 6.0", Standing.UNKNOWN),
        ("Plone", Standing.UNKNOWN),
        ("Acme :: Thing", Standing.UNKNOWN),
        ("Private", Standing.PRIVATE),
        ("Private :: Do Not Upload", Standing.PRIVATE),
        ("Privately :: Made", Standing.UNKNOWN),
    ],
)
def test_what_is_known_of_a_classifier(classifier: str, standing: Standing) -> None:
    assert judge_classifier(classifier) is standing


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Plone", "Framework :: Plone"),
        ("plone", "Framework :: Plone"),
        ("Plone 6.0", "Framework :: Plone :: 6.0"),
        ("Plone :: 6.0", "Framework :: Plone :: 6.0"),
        ("Plone/Addon", "Framework :: Plone :: Addon"),
        ("Framework::Plone", "Framework :: Plone"),
        ("framework : plone", "Framework :: Plone"),
        ("Framework :: plone ::6.0", "Framework :: Plone :: 6.0"),
        ("Frameworks :: Django", "Framework :: Django"),
        ("Framework :: Ploen", "Framework :: Plone"),
        ("Zoap", "Framework :: Zope"),
        ("Djagno", "Framework :: Django"),
        ("Framework :: Wagt", "Framework :: Wagtail"),
        ("Wagt", "Framework :: Wagtail"),
        ("Python 3.12", "Programming Language :: Python :: 3.12"),
        ("C++", "Programming Language :: C++"),
        ("Licence :: OSI Approved :: MIT License", "License :: OSI Approved :: MIT License"),
        # One that nothing resembles is better told so than sent to something else.
        ("Framework :: New Thing", None),
        ("Framework :: Nikola", None),
        ("Acme :: Thing", None),
        ("zz", None),
        ("::", None),
        ("", None),
        ("framework::zope::2", "Framework :: Zope :: 2"),
        ("framework::zope2", "Framework :: Zope2"),
    ],
)
def test_the_one_that_was_meant(written: str, meant: str | None) -> None:
    assert find_nearest(written) == meant


@given(classifier=st.sampled_from(sorted(all_classifiers)))
def test_capitals_and_separators_do_not_hide_a_classifier(classifier: str) -> None:
    assert find_nearest(classifier.upper().replace(" :: ", "::")) in {
        known for known in all_classifiers if known.casefold() == classifier.casefold()
    }


@given(text=st.text(max_size=40))
def test_any_text_has_a_standing_and_a_suggestion_or_none(text: str) -> None:
    assert isinstance(judge_classifier(text), Standing)
    assert find_nearest(text) in {None, *all_classifiers}
