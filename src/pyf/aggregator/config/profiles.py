"""The files of profiles: the built-in one and the user's own; every mistake is told with its file and line.

What a profile is stands in ``metadata.profile``; which projects it takes is decided in
``metadata.classifiers``. A key of a profile is read in :func:`_parse_profile`, and named in ``_KEYS``.
"""

import logging
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

import yaml
from packaging.utils import InvalidName, canonicalize_name

from pyf.aggregator.config.classifiers import is_unknown, warn_if_unknown
from pyf.aggregator.errors.foreign import clean_foreign
from pyf.aggregator.errors.root import ConfigurationError, UsageError
from pyf.aggregator.machine.files import NotReadable, load_file
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.frameworks import Framework
from pyf.aggregator.metadata.model import NormalizedName, normalize
from pyf.aggregator.metadata.profile import Profile

logger = logging.getLogger(__name__)

MAX_FILE_BYTES = 1_000_000
"""Twenty times a file with all of PyPI's classifiers."""
MOST_WARNINGS = 20
"""So many unknown classifiers of a profile are warned of one by one."""

_LONGEST_QUOTED = 100
_BUILT_IN = "profiles.yaml"
_KEYS = ("name", "classifiers", "include", "exclude", "framework")
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PRODUCT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_NO_PRODUCT = "none"
_TEXT_TAG = "tag:yaml.org,2002:str"


class _Mistake(Exception):
    """Something wrong in a profiles file, at a line counted from 1; the file's name is added further out."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line = line
        self.reason = reason


def load_profiles(user_file: Path | None) -> Mapping[str, Profile]:
    """Read the built-in profiles and on top of them, whole profile by whole profile, those of ``user_file``.

    Raises ``ConfigurationError`` that names the file, the line and the mistake.
    """
    profiles = _parse_profiles(files("pyf.aggregator.config").joinpath(_BUILT_IN).read_bytes(), _BUILT_IN)
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


def _parse_profiles(content: bytes, source: str) -> dict[str, Profile]:
    """Return the profiles of one file by key; ``source`` is what messages call the file."""
    try:
        root = _compose(content)
        top = _get_entries(root, "the file", allowed=("profiles",))
        profiles = _get_entries(_get_value(top, "profiles", "the file", root), "profiles")
        return {key: _parse_profile(*nodes, source) for key, nodes in profiles.items()}
    except _Mistake as mistake:
        raise ConfigurationError(f"{source}:{mistake.line}: {clean_foreign(mistake.reason)}.") from None


def _compose(content: bytes) -> yaml.Node:
    """Return the file's nodes, which know their lines; no value is constructed."""
    try:
        text = content.decode()
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise _Mistake(content[: error.start].count(b"\n") + 1, "the file is not UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _Mistake(mark.line + 1 if mark else 1, f"this is not YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise _Mistake(line, "this is not YAML: a control character") from error
    except RecursionError as error:
        raise _Mistake(1, "the file is nested too deeply") from error
    except (yaml.YAMLError, ValueError) as error:
        raise _Mistake(1, f"this is not YAML: {error}") from error
    if node is None:
        raise _Mistake(1, "the file is empty")
    return node


type _Entries = dict[str, tuple[yaml.Node, yaml.Node]]
"""A mapping's nodes by key: the key's own, for its line, and the value's."""


def _quote(text: str) -> str:
    return clean_foreign(repr(text), longest=_LONGEST_QUOTED)


def _get_line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _get_text(node: yaml.Node, what: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or node.tag != _TEXT_TAG or not node.value.strip():
        raise _Mistake(_get_line(node), f"{what} must be text (put it in quotes)")
    return str(node.value)


def _get_entries(node: yaml.Node, what: str, *, allowed: Collection[str] = ()) -> _Entries:
    """Return a mapping's nodes by key; nothing in ``allowed`` means that any key is."""
    if not isinstance(node, yaml.MappingNode):
        raise _Mistake(_get_line(node), f"{what} must be a mapping of keys to values")
    entries: _Entries = {}
    for key_node, value_node in node.value:
        key = _get_text(key_node, f"a key of {what}")
        if allowed and key not in allowed:
            raise _Mistake(
                _get_line(key_node), f"{_quote(key)} is unknown in {what}; known: {', '.join(allowed)}"
            )
        if key in entries:
            first = _get_line(entries[key][0])
            raise _Mistake(_get_line(key_node), f"{_quote(key)} is in {what} twice, first in line {first}")
        entries[key] = key_node, value_node
    return entries


def _get_value(entries: _Entries, key: str, what: str, place: yaml.Node) -> yaml.Node:
    """Return the node of a required value; ``place`` has the line that lacks it."""
    if key not in entries:
        raise _Mistake(_get_line(place), f"{what} has no {key!r}")
    return entries[key][1]


def _get_items(node: yaml.Node, what: str) -> list[tuple[yaml.Node, str]]:
    """Return a list of texts, each with its node."""
    if not isinstance(node, yaml.SequenceNode):
        raise _Mistake(_get_line(node), f"{what} must be a list")
    return [(item, _get_text(item, f"an entry of {what}")) for item in node.value]


def _parse_profile(key_node: yaml.Node, node: yaml.Node, source: str) -> Profile:
    key = key_node.value
    if not _KEY.fullmatch(key):
        raise _Mistake(
            _get_line(key_node),
            f"{_quote(key)} cannot be a profile's key: it names the collection, so it begins with a-z or 0-9"
            " and goes on with these, _ and -",
        )
    what = f"profile {key!r}"
    entries = _get_entries(node, what, allowed=_KEYS)
    name = _get_text(_get_value(entries, "name", what, key_node), f"name of {what}")
    classifiers = _get_value(entries, "classifiers", what, key_node)
    return Profile(
        key=key,
        name=name,
        selection=_parse_selection(entries, classifiers, what, source),
        framework=_parse_framework(*entries["framework"], what) if "framework" in entries else None,
    )


def _parse_framework(key_node: yaml.Node, node: yaml.Node, what: str) -> Framework:
    what = f"framework of {what}"
    entries = _get_entries(node, what, allowed=("distributions", "product"))
    listed = _get_value(entries, "distributions", what, key_node)
    distributions = _parse_names(entries, "distributions", what)
    if not distributions:
        raise _Mistake(_get_line(listed), f"{what} needs at least one distribution")
    product = _parse_product(_get_value(entries, "product", what, key_node), what)
    return Framework(distributions=tuple(distributions), product=product)


def _parse_product(node: yaml.Node, what: str) -> str | None:
    # What YAML reads as null, a number or true is no text either.
    if node.tag != _TEXT_TAG or not _PRODUCT.fullmatch(node.value):
        raise _Mistake(
            _get_line(node),
            f"product of {what} must be a product of endoflife.date in small letters, such as plone, or none",
        )
    return None if node.value == _NO_PRODUCT else str(node.value)


def _parse_selection(entries: _Entries, roots: yaml.Node, what: str, source: str) -> Selection:
    classifiers = _get_items(roots, f"classifiers of {what}")
    if not classifiers:
        raise _Mistake(_get_line(roots), f"{what} needs at least one classifier")
    include = _parse_names(entries, "include", what)
    exclude = _parse_names(entries, "exclude", what)
    for name, node in exclude.items():
        if name in include:
            raise _Mistake(_get_line(node), f"{what} both includes and excludes {name!r}")
    _warn_of_unknown(classifiers, source)
    return Selection(
        classifiers=tuple(classifier for _, classifier in classifiers),
        include=frozenset(include),
        exclude=frozenset(exclude),
    )


def _parse_names(entries: _Entries, key: str, what: str) -> dict[NormalizedName, yaml.Node]:
    """Return the project names of an optional list in normal form, each with its node."""
    names: dict[NormalizedName, yaml.Node] = {}
    for node, text in _get_items(entries[key][1], f"{key} of {what}") if key in entries else ():
        try:
            canonicalize_name(text, validate=True)
        except InvalidName as error:
            raise _Mistake(
                _get_line(node), f"{_quote(text)} in {key} of {what} is not a project name (PEP 508)"
            ) from error
        names[normalize(text)] = node
    return names


def _warn_of_unknown(classifiers: list[tuple[yaml.Node, str]], source: str) -> None:
    """Warn of the first unknown classifiers of a profile, and count the others."""
    unknown = [(node, text) for node, text in classifiers if is_unknown(text)]
    for node, classifier in unknown[:MOST_WARNINGS]:
        warn_if_unknown(classifier, f"{source}:{_get_line(node)}")
    if len(unknown) > MOST_WARNINGS:
        logger.warning("%s: nor has it %d more of these", source, len(unknown) - MOST_WARNINGS)
