"""A project's name in the spellings that people search for."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from packaging.utils import canonicalize_name

_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[a-z0-9]{3,}")
_SHORTEST_COMPOUND = 6
"""Two words of three letters: shorter ones make nonsense of too many names."""


def find_vocabulary(*texts: str | None) -> frozenset[str]:
    """Return the words of what a project says of itself, in lower case and split at capitals, too."""
    text = "\n".join(text for text in texts if text)
    return frozenset(_WORD.findall(f"{text}\n{_CAPITALS.sub(' ', text)}".lower()))


def spell_name(name: str, vocabulary: AbstractSet[str] = frozenset()) -> tuple[str, ...]:
    """Return the spellings to find a project by, in lower case.

    They are the name squashed (``collectiveeasyform``), spaced, and split at capitals and into words of the
    ``vocabulary`` (``collective easy form``). What follows the first word, the namespace, is a spelling, too,
    where it has several words: spaced (``easy form``) and squashed. An exact match in one of the spellings
    beats a longer name that has the words as well.
    """
    spaced = canonicalize_name(name).split("-")
    parts = canonicalize_name(_CAPITALS.sub("-", name)).split("-")
    split = [word for part in parts for word in _split(part, vocabulary)]
    forms = ("".join(spaced), " ".join(spaced), " ".join(parts), " ".join(split))
    tails = (spelling for words in (spaced, parts, split) for spelling in _spell_tails(words))
    # What is one word of the name itself may be the whole name of another project, which comes first for it.
    return tuple(dict.fromkeys((*forms, *(tail for tail in tails if tail not in spaced))))


def _spell_tails(words: Sequence[str]) -> Iterator[str]:
    """Yield what is left without the namespace, and without the ``app`` of ``plone.app.event``."""
    tails = [words[1:], words[2:]] if words[1:2] == ["app"] else [words[1:]]
    for tail in tails:
        if len(tail) > 1:
            yield " ".join(tail)
            yield "".join(tail)


def _split(part: str, vocabulary: AbstractSet[str]) -> Sequence[str]:
    """Split a compound into as few words of the vocabulary as it takes; one that has others stays whole."""
    if len(part) < _SHORTEST_COMPOUND:
        return [part]
    splits: dict[int, tuple[str, ...]] = {0: ()}
    for start in range(len(part)):
        if start not in splits:
            continue
        for end in range(start + 1, len(part) + 1):
            word, so_far = part[start:end], splits[start]
            if word == part or word not in vocabulary:
                continue
            if end not in splits or len(so_far) + 1 < len(splits[end]):
                splits[end] = (*so_far, word)
    return splits.get(len(part), (part,))
