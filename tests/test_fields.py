import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.metadata.fields import (
    MAX_KEYWORD_LENGTH,
    MAX_KEYWORDS,
    clean_text,
    clean_texts,
    read_keywords,
    read_license,
    read_people,
    spell_name,
)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (None, ()),
        ("", ()),
        ("a, b;c", ("a", "b", "c")),
        ("zope plone  cms", ("zope", "plone", "cms")),
        ("content management, web", ("content management", "web")),
        ("one thing\nanother thing", ("one thing", "another thing")),
        ("Plone,plone,PLONE", ("Plone",)),
        (["a", "b c", None, 3, "", ["d"]], ("a", "b", "c")),
        ("'quoted', \"double\"", ("quoted", "double")),
        (",,, ;", ()),
        (7, ()),
    ],
)
def test_keywords_are_read_however_they_are_separated(sent: object, read: tuple[str, ...]) -> None:
    assert read_keywords(sent) == read


def test_keywords_are_bounded() -> None:
    keywords = read_keywords(",".join(f"{number}{'x' * 300}" for number in range(300)))
    assert len(keywords) == MAX_KEYWORDS
    assert {len(keyword) for keyword in keywords} == {MAX_KEYWORD_LENGTH}


@pytest.mark.parametrize(
    ("name", "email", "read"),
    [
        ("Somebody", "x@y.example", "Somebody"),
        (None, "Foundation <f@x.example>, B <b@x.example>", "Foundation, B"),
        (None, '"Body, Some" <s@x.example>', "Body, Some"),
        ("UNKNOWN", "Foundation <f@x.example>", "Foundation"),
        (None, "f@x.example", None),
        (None, None, None),
        ("", "", None),
    ],
)
def test_people_are_named_from_where_their_name_stands(
    name: str | None, email: str | None, read: str | None
) -> None:
    assert read_people(name, email) == read


MIT = "License :: OSI Approved :: MIT License"


@pytest.mark.parametrize(
    ("expression", "text", "classifiers", "read"),
    [
        ("MIT", "anything", [], "MIT"),
        (None, "BSD-3-Clause", [MIT], "BSD-3-Clause"),
        (None, None, [MIT], "MIT License"),
        (
            None,
            None,
            ["License :: OSI Approved", MIT, "License :: Public Domain"],
            "MIT License, Public Domain",
        ),
        (None, "MIT License\n\nPermission is granted " + "x" * 200, [], "MIT License"),
        (None, "Permission is granted " * 20, [MIT], "MIT License"),
        (None, "x" * 200, [], None),
        (None, None, ["License :: OSI Approved"], None),
        (None, None, [], None),
    ],
)
def test_a_licence_is_what_a_reader_can_use(
    expression: str | None, text: str | None, classifiers: list[str], read: str | None
) -> None:
    assert read_license(expression, text, classifiers) == read


@pytest.mark.parametrize(
    ("sent", "clean"),
    [
        (" a ", "a"),
        ("", None),
        ("UNKNOWN", None),
        (None, None),
        (3, None),
        (["a"], None),
        ("a\x00b", "ab"),
        ("\ud800", "\ufffd"),
        ("e\u0301", "\u00e9"),
    ],
)
def test_a_text_is_clean_or_nothing(sent: object, clean: str | None) -> None:
    assert clean_text(sent) == clean


@given(st.text(alphabet=st.characters()))
def test_a_clean_text_can_always_be_stored(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned is None or cleaned == cleaned.encode().decode().strip()


def test_texts_are_clean_and_there_once() -> None:
    assert clean_texts(["b", "a", " b ", None, 3, ""]) == ("b", "a")
    assert clean_texts("alone") == ("alone",)
    assert clean_texts(None) == clean_texts({"a": 1}) == ()


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ("collective.easyform", ("collectiveeasyform", "collective easyform")),
        ("AccessControl", ("accesscontrol", "access control")),
        ("Products.CMFPlone", ("productscmfplone", "products cmfplone", "products cmf plone")),
        ("requests", ("requests",)),
        ("z3c.form", ("z3cform", "z3c form")),
    ],
)
def test_a_name_has_the_spellings_people_search_for(name: str, spellings: tuple[str, ...]) -> None:
    assert spell_name(name) == spellings
