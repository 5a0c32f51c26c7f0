"""Topics: what people look for in a profile's collection, such as forms. Pure."""

import re
from dataclasses import dataclass

MOST_TOPICS = 50
"""Of one profile."""
MOST_TERMS = 50
"""Of one kind in one topic: every search for the topic has all of them in its filter."""
LONGEST_TITLE = 80
LONGEST_TERM = 200
"""Characters of a word, keyword or classifier; PyPI's longest classifier has some 110."""

RESERVED = frozenset({"all", "feed", "index", "new", "none"})
"""What addresses beside those of topics may be called."""

_LONGEST_KEY = 50
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What some packages of a profile are for; ``key`` stands in addresses, ``title`` is for people.

    A package belongs to it if it has all of one of the ``words`` in its name, its summary or its keywords, or
    one of the ``keywords`` as a whole, or a classifier that one of the ``classifiers`` covers. Capitals and
    accents make no difference.
    """

    key: str
    title: str
    words: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    classifiers: tuple[str, ...] = ()


def is_topic_key(text: str) -> bool:
    """Tell whether a text may stand in addresses as it is: ``content-types``."""
    return len(text) <= _LONGEST_KEY and _KEY.fullmatch(text) is not None


def is_searchable(term: str) -> bool:
    """Tell whether a filter can look for a term: one line with a letter or digit, and no backtick in it.

    A backtick ends the value in a filter of Typesense's, and nothing can stand for it there.
    """
    return term.isprintable() and "`" not in term and any(map(str.isalnum, term))
