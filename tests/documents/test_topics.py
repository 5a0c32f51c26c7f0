"""A topic as a filter of Typesense's."""

from pyf.aggregator.documents.topics import build_topic_filter
from pyf.aggregator.metadata.topics import Topic

FORMS = Topic(
    key="forms",
    title="Forms",
    keywords=("forms", "easy form"),
    words=("form",),
    classifiers=("Natural Language :: Danish",),
)


def test_a_topic_is_any_of_its_keywords_classifiers_and_words() -> None:
    assert build_topic_filter(FORMS) == (
        "(keywords:=[`forms`,`easy form`]"
        " || classifiers:=[`Natural Language :: Danish`]"
        " || name_alt:[`form`] || summary:[`form`] || keywords:[`form`] || words:[`form`])"
    )


def test_what_a_topic_does_not_name_is_not_asked_for() -> None:
    assert build_topic_filter(Topic(key="a", title="A", keywords=("x",))) == "(keywords:=[`x`])"
    assert build_topic_filter(Topic(key="a", title="A", classifiers=("Natural Language :: Danish",))) == (
        "(classifiers:=[`Natural Language :: Danish`])"
    )


def test_a_classifier_stands_for_all_below_it() -> None:
    covered = build_topic_filter(Topic(key="a", title="A", classifiers=("Framework :: Plone",)))
    assert "`Framework :: Plone`" in covered
    assert "`Framework :: Plone :: Addon`" in covered


def test_only_fields_that_every_collection_has_are_asked_for() -> None:
    schemas = [
        {"fields": [{"name": name} for name in names]}
        for names in (("keywords", "summary", "classifiers"), ("keywords", "summary", "words"))
    ]
    assert build_topic_filter(FORMS, *schemas) == (
        "(keywords:=[`forms`,`easy form`] || summary:[`form`] || keywords:[`form`])"
    )
