"""Topics as Typesense's filters: which documents belong to one, in one search with pages and facets. Pure."""

from collections.abc import Iterable, Iterator

from trove_classifiers import sorted_classifiers

from pyf.aggregator.documents.schema import Schema
from pyf.aggregator.metadata.classifiers import find_covered
from pyf.aggregator.metadata.topics import Topic

_TEXTS = ("name_alt", "summary", "keywords", "words")
"""Where words are looked for; ``words`` has what Typesense does not see in summary and keywords."""


def build_topic_filter(topic: Topic, *schemas: Schema) -> str:
    """Return what ``filter_by`` lets the documents of a topic through, in parentheses.

    Without ``:=`` a field has to have all words of a value, in any order; with it, one entry of the field
    has to be that value (0.24.1). Neither minds capitals and accents. What a classifier covers is spelt out:
    a filter knows no beginnings. Of collections with other ``schemas`` only those fields are asked for that
    all of them have. The text may be longer than a URL can be.
    """
    has = [{field["name"] for field in schema["fields"]} for schema in schemas]
    parts = [text for name, text in _list_parts(topic) if all(name in names for names in has)]
    return f"({' || '.join(parts)})"


def _list_parts(topic: Topic) -> Iterator[tuple[str, str]]:
    """Yield each condition with the field that it is about."""
    if topic.keywords:
        yield "keywords", f"keywords:={_build_list(topic.keywords)}"
    if topic.classifiers:
        covered = find_covered(topic.classifiers, sorted_classifiers)
        yield "classifiers", f"classifiers:={_build_list(covered)}"
    if topic.words:
        for name in _TEXTS:
            yield name, f"{name}:{_build_list(topic.words)}"


def _build_list(values: Iterable[str]) -> str:
    return f"[{','.join(f'`{value}`' for value in values)}]"
