import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.metadata.names import find_vocabulary, spell_name


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ("collective.easyform", ("collectiveeasyform", "collective easyform")),
        ("AccessControl", ("accesscontrol", "access control")),
        (
            "Products.CMFPlone",
            ("productscmfplone", "products cmfplone", "products cmf plone", "cmf plone"),
        ),
        ("requests", ("requests",)),
        ("z3c.form", ("z3cform", "z3c form")),
        (
            "django-debug-toolbar",
            ("djangodebugtoolbar", "django debug toolbar", "debug toolbar", "debugtoolbar"),
        ),
        ("plone.app.event", ("ploneappevent", "plone app event", "app event", "appevent")),
    ],
)
def test_a_name_has_the_spellings_people_search_for(name: str, spellings: tuple[str, ...]) -> None:
    assert spell_name(name) == spellings


@pytest.mark.parametrize(
    ("name", "texts", "split"),
    [
        ("collective.easyform", ("An easy way to make a form",), "collective easy form"),
        ("collective.easyform", ("EasyForm makes them",), "collective easy form"),
        ("collective.easyform", ("Easy to use",), "collective easyform"),
        ("djangorestframework", ("Django REST framework",), "django rest framework"),
        ("plone.app.contenttypes", ("Content types for Plone",), "plone app content types"),
        ("plone.app.contenttypes", ("The contenttypes", "content", None, "types"), "plone app content types"),
        ("whitenoise", ("White noise whitenoise white noi se",), "white noise"),
        ("Flask-SQLAlchemy", ("SQL alchemy sqlalchemy",), "flask sql alchemy"),
        ("wagtail", ("It is about a tail.",), "wagtail"),
        ("celery", ("ce le ry",), "celery"),
        ("foobarbaz", ("foo bar baz foobar",), "foobar baz"),
        ("plone", ("plo ne",), "plone"),
    ],
)
def test_a_compound_is_split_into_the_words_that_the_project_itself_uses(
    name: str, texts: tuple[str | None, ...], split: str
) -> None:
    spellings = spell_name(name, find_vocabulary(*texts))
    spaced = [spelling for spelling in spellings if len(spelling.split()) == len(split.split())]
    assert split in spaced
    assert max(len(spelling.split()) for spelling in spellings) == len(split.split())


def test_what_follows_the_namespace_is_found_in_both_spellings() -> None:
    vocabulary = find_vocabulary("content types")
    assert {"app content types", "appcontenttypes", "content types"} <= set(
        spell_name("plone.app.contenttypes", vocabulary)
    )


def test_one_word_of_a_name_is_no_spelling_because_a_project_may_be_called_that() -> None:
    vocabulary = find_vocabulary("date time")
    assert "datetime" in spell_name("DateTime", vocabulary)
    assert "datetime" not in spell_name("zope.datetime", vocabulary)


@given(
    st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,40}[A-Za-z0-9])?", fullmatch=True),
    st.frozensets(st.text(alphabet="abx", min_size=1, max_size=4), max_size=8),
)
def test_every_spelling_is_the_end_of_the_name(name: str, vocabulary: frozenset[str]) -> None:
    squashed, *others = spell_name(name, vocabulary)
    assert squashed == "".join(filter(str.isalnum, name)).lower()
    assert all(squashed.endswith(other.replace(" ", "")) for other in others)
