"""The files of profiles: the built-in one and the user's own; every mistake is told with its file and line.

What a profile is stands in ``metadata.profile``; which projects it takes is decided in
``metadata.classifiers``. A key of a profile is read in :func:`_parse_profile`, and named in ``_KEYS``.
"""

import logging
import re
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

import yaml
from packaging.utils import InvalidName, canonicalize_name

from pyf.aggregator.config.classifiers import is_unknown, warn_if_unknown
from pyf.aggregator.config.yaml_nodes import (
    TEXT_TAG,
    Entries,
    Mistake,
    compose,
    get_entries,
    get_items,
    get_line,
    get_text,
    get_value,
    quote,
)
from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.errors.root import ConfigurationError, UsageError
from pyf.aggregator.machine.files import NotReadable, load_file
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.frameworks import Framework
from pyf.aggregator.metadata.model import NormalizedName, normalize
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.metadata.topics import (
    LONGEST_TERM,
    LONGEST_TITLE,
    MOST_TERMS,
    MOST_TOPICS,
    RESERVED,
    Topic,
    is_searchable,
    is_topic_key,
)

logger = logging.getLogger(__name__)

MAX_FILE_BYTES = 1_000_000
"""Twenty times a file with all of PyPI's classifiers."""
MOST_WARNINGS = 20
"""So many unknown classifiers of a profile are warned of one by one."""

_BUILT_IN = "profiles.yaml"
_KEYS = ("name", "classifiers", "include", "exclude", "framework", "topics")
_TOPIC_KEYS = ("title", "words", "keywords", "classifiers")
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PRODUCT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_NO_PRODUCT = "none"


def load_profiles(user_file: Path | None) -> Mapping[str, Profile]:
    """Read the built-in profiles and on top of them, whole profile by whole profile, those of ``user_file``.

    Raises ``ConfigurationError`` that names the file, the line and the mistake.
    """
    profiles = _parse_profiles(
        files("pyf.aggregator.config").joinpath(_BUILT_IN).read_bytes(), _BUILT_IN, own=True
    )
    if user_file is not None:
        profiles |= _parse_profiles(_load_file(user_file), str(user_file))
    return MappingProxyType(profiles)


def get_profile(profiles: Mapping[str, Profile], key: str) -> Profile:
    """Return the profile with that key; ``UsageError`` names those there are."""
    if key in profiles:
        return profiles[key]
    close = get_close_matches(key.lower(), profiles, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    raise UsageError(f"There is no profile {key!r}{hint}; the profiles are {', '.join(sorted(profiles))}.")


def _load_file(path: Path) -> bytes:
    try:
        return load_file(path, max_bytes=MAX_FILE_BYTES)
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}).") from error
    except NotReadable as error:
        raise ConfigurationError(f"{path}: cannot be read ({error}).") from error


def get_topic(profile: Profile, key: str) -> Topic:
    """Return the topic with that key; ``UsageError`` names those that the profile has."""
    topics = {topic.key: topic for topic in profile.topics}
    if key in topics:
        return topics[key]
    if not topics:
        raise UsageError(f"Profile {profile.key!r} has no topics.")
    close = get_close_matches(key.lower(), topics, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    known = ", ".join(sorted(topics))
    raise UsageError(f"Profile {profile.key!r} has no topic {key!r}{hint}; its topics are {known}.")


def _parse_profiles(content: bytes, source: str, *, own: bool = False) -> dict[str, Profile]:
    """Return the profiles of one file by key; ``source`` is what messages call the file."""
    try:
        root = compose(content, own=own)
        top = get_entries(root, "the file", allowed=("profiles",))
        profiles = get_entries(get_value(top, "profiles", "the file", root), "profiles")
        return {key: _parse_profile(*nodes, source) for key, nodes in profiles.items()}
    except Mistake as mistake:
        raise ConfigurationError(f"{source}:{mistake.line}: {clean_foreign(mistake.reason)}.") from None


def _parse_profile(key_node: yaml.Node, node: yaml.Node, source: str) -> Profile:
    key = key_node.value
    if not _KEY.fullmatch(key):
        raise Mistake(
            get_line(key_node),
            f"{quote(key)} cannot be a profile's key: it names the collection, so it begins with a-z or 0-9"
            " and goes on with these, _ and -",
        )
    what = f"profile {key!r}"
    entries = get_entries(node, what, allowed=_KEYS)
    name = get_text(get_value(entries, "name", what, key_node), f"name of {what}")
    classifiers = get_value(entries, "classifiers", what, key_node)
    return Profile(
        key=key,
        name=name,
        selection=_parse_selection(entries, classifiers, what, source),
        framework=_parse_framework(*entries["framework"], what) if "framework" in entries else None,
        topics=_parse_topics(entries["topics"][1], what, source) if "topics" in entries else (),
    )


def _parse_topics(node: yaml.Node, what: str, source: str) -> tuple[Topic, ...]:
    topics = get_entries(node, f"topics of {what}")
    if len(topics) > MOST_TOPICS:
        raise Mistake(
            get_line(node), f"topics of {what} has {len(topics)} entries; {MOST_TOPICS} are the most"
        )
    return tuple(_parse_topic(*nodes, what, source) for nodes in topics.values())


def _parse_topic(key_node: yaml.Node, node: yaml.Node, what: str, source: str) -> Topic:
    key = key_node.value
    if not is_topic_key(key) or key in RESERVED:
        reason = "it means something else there" if key in RESERVED else "it has a-z, 0-9 and single - alone"
        raise Mistake(
            get_line(key_node), f"{quote(key)} cannot be a topic's key: it stands in addresses, so {reason}"
        )
    what = f"topic {key!r} of {what}"
    entries = get_entries(node, what, allowed=_TOPIC_KEYS)
    title_node = get_value(entries, "title", what, key_node)
    title = get_text(title_node, f"title of {what}")
    if len(title) > LONGEST_TITLE or not title.isprintable():
        raise Mistake(
            get_line(title_node), f"title of {what} must be one line of {LONGEST_TITLE} characters at most"
        )
    words, keywords, classifiers = (
        _parse_terms(*entries[kind], what) if kind in entries else [] for kind in _TOPIC_KEYS[1:]
    )
    if not (words or keywords or classifiers):
        raise Mistake(get_line(key_node), f"{what} needs at least one word, keyword or classifier")
    _warn_of_unknown(classifiers, source)
    return Topic(
        key=key,
        title=title,
        words=_list_once(words),
        keywords=_list_once(keywords),
        classifiers=_list_once(classifiers),
    )


def _parse_terms(key_node: yaml.Node, node: yaml.Node, what: str) -> list[tuple[yaml.Node, str]]:
    """Return the terms of one kind, each with its node."""
    what = f"{key_node.value} of {what}"
    terms = get_items(node, what)
    if len(terms) > MOST_TERMS:
        raise Mistake(get_line(node), f"{what} has {len(terms)} entries; {MOST_TERMS} are the most")
    for term_node, term in terms:
        if len(term) > LONGEST_TERM or not is_searchable(term):
            raise Mistake(
                get_line(term_node),
                f"{quote(term)} in {what} cannot be searched for: one line of {LONGEST_TERM} characters at"
                " most, with a letter or digit and without a backtick, can",
            )
    return terms


def _list_once(terms: list[tuple[yaml.Node, str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term for _, term in terms))


def _parse_framework(key_node: yaml.Node, node: yaml.Node, what: str) -> Framework:
    what = f"framework of {what}"
    entries = get_entries(node, what, allowed=("distributions", "product"))
    listed = get_value(entries, "distributions", what, key_node)
    distributions = _parse_names(entries, "distributions", what)
    if not distributions:
        raise Mistake(get_line(listed), f"{what} needs at least one distribution")
    product = _parse_product(get_value(entries, "product", what, key_node), what)
    return Framework(distributions=tuple(distributions), product=product)


def _parse_product(node: yaml.Node, what: str) -> str | None:
    # What YAML reads as null, a number or true is no text either.
    if node.tag != TEXT_TAG or not _PRODUCT.fullmatch(node.value):
        raise Mistake(
            get_line(node),
            f"product of {what} must be a product of endoflife.date in small letters, such as plone, or none",
        )
    return None if node.value == _NO_PRODUCT else str(node.value)


def _parse_selection(entries: Entries, roots: yaml.Node, what: str, source: str) -> Selection:
    classifiers = get_items(roots, f"classifiers of {what}")
    if not classifiers:
        raise Mistake(get_line(roots), f"{what} needs at least one classifier")
    include = _parse_names(entries, "include", what)
    exclude = _parse_names(entries, "exclude", what)
    for name, node in exclude.items():
        if name in include:
            raise Mistake(get_line(node), f"{what} both includes and excludes {name!r}")
    _warn_of_unknown(classifiers, source)
    return Selection(
        classifiers=tuple(classifier for _, classifier in classifiers),
        include=frozenset(include),
        exclude=frozenset(exclude),
    )


def _parse_names(entries: Entries, key: str, what: str) -> dict[NormalizedName, yaml.Node]:
    """Return the project names of an optional list in normal form, each with its node."""
    names: dict[NormalizedName, yaml.Node] = {}
    for node, text in get_items(entries[key][1], f"{key} of {what}") if key in entries else ():
        try:
            canonicalize_name(text, validate=True)
        except InvalidName as error:
            raise Mistake(
                get_line(node), f"{quote(text)} in {key} of {what} is not a project name (PEP 508)"
            ) from error
        names[normalize(text)] = node
    return names


def _warn_of_unknown(classifiers: list[tuple[yaml.Node, str]], source: str) -> None:
    """Warn of the first unknown classifiers of a profile, and count the others."""
    unknown = [(node, text) for node, text in classifiers if is_unknown(text)]
    for node, classifier in unknown[:MOST_WARNINGS]:
        warn_if_unknown(classifier, f"{source}:{get_line(node)}")
    if len(unknown) > MOST_WARNINGS:
        logger.warning("%s: nor has it %d more of these", source, len(unknown) - MOST_WARNINGS)
