"""Topics on a real Typesense: they find what a plain reading of the same documents does."""

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import batched
from typing import Any

import pytest

from pyf.aggregator.config.profiles import load_profiles
from pyf.aggregator.documents.project import SYMBOLS_TO_INDEX, build_schema
from pyf.aggregator.documents.topics import build_topic_filter
from pyf.aggregator.metadata.topics import MOST_TERMS, Topic
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.clients import Client, filled_with_documents, make_project
from tests.golden.catalogues import PROFILES, build_documents
from tests.made_up import build_whole_document

MADE_UP: Mapping[str, dict[str, Any]] = {
    "exact": {"keywords": ("Rest-API",)},
    "other-order": {"keywords": ("api rest",)},
    "longer": {"keywords": ("the rest api",)},
    "apart": {"keywords": ("rest", "api")},
    "said": {"summary": "An API that gives no rest"},
    "half": {"summary": "rest for all"},
    "plural": {"summary": "Forms"},
    "Form.Builder": {},
    "formbuilder": {},
    "accents": {"summary": "Das Café schließt"},
    "dash": {"summary": "plan–do"},
    "cyrillic": {"summary": "ФОРМА для всех"},
    "wide": {"keywords": ("Ｆｕｌｌ",)},
    "plus": {"keywords": ("c++",)},
    "letter": {"keywords": ("c",)},
    "comma": {"keywords": ("R&D",), "summary": "a, b && (c) || [d]"},
    "root": {"classifiers": ("Topic :: Database",)},
    "below": {"classifiers": ("Topic :: Database :: Front-Ends",)},
    "beside": {"classifiers": ("Framework :: Django CMS",)},
    "reversed": {"classifiers": ("Private :: Database :: Topic",)},
    "own": {"classifiers": ("Private :: Mine",)},
}
CASES = {
    "a keyword as a whole": (Topic(key="x", title="", keywords=("rest api",)), {"exact"}),
    "a keyword in its capitals": (Topic(key="x", title="", keywords=("REST.api",)), {"exact"}),
    "a keyword with symbols": (Topic(key="x", title="", keywords=("C++",)), {"plus"}),
    "a letter": (Topic(key="x", title="", keywords=("c",)), {"letter"}),
    "all words of one": (
        Topic(key="x", title="", words=("rest api",)),
        {"exact", "other-order", "longer", "apart", "said"},
    ),
    "either word": (Topic(key="x", title="", words=("half", "forms")), {"half", "plural"}),
    "a word of a name": (Topic(key="x", title="", words=("builder",)), {"form-builder"}),
    "a name written together": (
        Topic(key="x", title="", words=("formbuilder",)),
        {"form-builder", "formbuilder"},
    ),
    "no beginning of a word": (Topic(key="x", title="", words=("form",)), {"form-builder"}),
    "accents": (Topic(key="x", title="", words=("CAFE",)), {"accents"}),
    "joined by a dash": (Topic(key="x", title="", words=("do",)), {"dash"}),
    "capitals beyond Latin": (Topic(key="x", title="", words=("форма",)), {"cyrillic"}),
    "wide letters": (Topic(key="x", title="", words=("full",)), {"wide"}),
    "what filters are made of": (
        Topic(key="x", title="", words=("a, b && (c) || [d]", ">=1"), keywords=("!r:=&d",)),
        {"comma"},
    ),
    "a classifier and what is below": (
        Topic(key="x", title="", classifiers=("Topic :: Database",)),
        {"root", "below"},
    ),
    "no classifier that only begins alike": (
        Topic(key="x", title="", classifiers=("Framework :: Django",)),
        set(),
    ),
    "a classifier that PyPI does not have": (
        Topic(key="x", title="", classifiers=("Private :: Mine",)),
        {"own"},
    ),
    "any of all kinds": (
        Topic(key="x", title="", words=("cafe",), keywords=("c",), classifiers=("Private :: Mine",)),
        {"accents", "letter", "own"},
    ),
}


@pytest.fixture(scope="module")
def client(typesense: EmbeddedServer) -> Iterator[Client]:
    client = Client(typesense.url, typesense.api_key)
    made_up = [build_whole_document(make_project(name, **said)) for name, said in MADE_UP.items()]
    with ExitStack() as stack:
        for profile in PROFILES:
            stack.enter_context(filled_with_documents(client, f"topics-{profile}", build_documents(profile)))
        stack.enter_context(filled_with_documents(client, "topics-made-up", made_up))
        yield client


def find(client: Client, collection: str, *filters: str) -> list[set[str]]:
    """Return what each filter lets through."""
    found: list[set[str]] = []
    for part in batched(filters, 10):
        searches = [
            {"collection": collection, "q": "*", "per_page": 250, "filter_by": text, "include_fields": "id"}
            for text in part
        ]
        results = client.ask("POST", "/multi_search", {"searches": searches})["results"]
        found += [{hit["document"]["id"] for hit in result["hits"]} for result in results]
    return found


@pytest.mark.parametrize(("topic", "expected"), CASES.values(), ids=CASES)
def test_a_topic_finds_what_belongs_to_it(client: Client, topic: Topic, expected: set[str]) -> None:
    assert find(client, "topics-made-up", build_topic_filter(topic)) == [expected]


# The built-in topics


def split(text: str) -> set[str]:
    """Return the words of a text as Typesense sees them, by the rules in docs/documents.md."""
    folded = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    spaced = "".join(c if c.isalnum() or c in SYMBOLS_TO_INDEX or ord(c) > 127 else " " for c in folded)
    words = ("".join(c for c in word if c.isalnum() or c in SYMBOLS_TO_INDEX) for word in spaced.split())
    return set(words) - {""}


def belongs(document: Mapping[str, Any], topic: Topic) -> bool:
    keywords = document.get("keywords", [])
    texts = (" ".join(document["name_alt"]), document.get("summary", ""), " ".join(keywords))
    return (
        any(split(word) <= split(text) for word in topic.words for text in (*texts, document["words"]))
        or any(split(keyword) == split(own) for keyword in topic.keywords for own in keywords)
        or any(
            own == root or own.startswith(f"{root} :: ")
            for root in topic.classifiers
            for own in document.get("classifiers", [])
        )
    )


@pytest.mark.parametrize("profile", PROFILES)
def test_the_built_in_topics_find_what_a_plain_reading_does(client: Client, profile: str) -> None:
    documents, topics = build_documents(profile), load_profiles(None)[profile].topics
    found = find(client, f"topics-{profile}", *map(build_topic_filter, topics))
    expected = [{each["id"] for each in documents if belongs(each, topic)} for topic in topics]
    assert dict(zip(topics, found, strict=True)) == dict(zip(topics, expected, strict=True))


@pytest.mark.parametrize("profile", PROFILES)
def test_a_built_in_topic_is_neither_empty_nor_everything(client: Client, profile: str) -> None:
    topics = load_profiles(None)[profile].topics
    found = find(client, f"topics-{profile}", *map(build_topic_filter, topics))
    total = len(build_documents(profile))
    sizes = {topic.key: len(names) for topic, names in zip(topics, found, strict=True)}
    assert {key: size for key, size in sizes.items() if not 3 <= size <= total / 4} == {}
    assert len(set().union(*found)) > 0.7 * total


def test_a_topic_may_be_one_condition_of_several_and_as_long_as_it_gets(client: Client) -> None:
    terms = tuple(f"{'long ' * 39}{number:04}" for number in range(MOST_TERMS))
    longest = Topic(key="x", title="", words=(*terms[1:], "cafe"), keywords=terms, classifiers=("Topic",))
    text = build_topic_filter(longest)
    found = find(client, "topics-made-up", text, f"{text} && words:`do`", f"{text} && name:=accents")
    assert found == [{"accents", "root", "below"}, set(), {"accents"}]


def test_of_an_older_collection_only_the_fields_that_it_has_are_asked_for() -> None:
    topic = Topic(key="x", title="", words=("form",), keywords=("forms",))
    schema: dict[str, Any] = build_schema()
    older = {"fields": [each for each in schema["fields"] if each["name"] not in {"name_alt", "words"}]}
    whole = "(keywords:=[`forms`] || name_alt:[`form`] || summary:[`form`] || keywords:[`form`]"
    assert build_topic_filter(topic) == build_topic_filter(topic, schema) == f"{whole} || words:[`form`])"
    assert build_topic_filter(topic, schema, older) == (
        "(keywords:=[`forms`] || summary:[`form`] || keywords:[`form`])"
    )
    assert build_topic_filter(replace(topic, words=())) == "(keywords:=[`forms`])"
