"""YAML as nodes that know their lines, so that each mistake in a file is told with its line."""

from collections.abc import Collection

import yaml

from pyf.aggregator.errors.foreign import clean_foreign

TEXT_TAG = "tag:yaml.org,2002:str"
"""What YAML takes for a text."""

_LONGEST_QUOTED = 100
_QUICK = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Mistake(Exception):
    """Something wrong in a file, at a line counted from 1; the file's name is added further out."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line = line
        self.reason = reason


def compose(content: bytes, *, own: bool = False) -> yaml.Node:
    """Return the file's nodes, which know their lines; no value is constructed.

    An ``own`` file, in which there is no mistake, is read by libyaml where that is there: it takes a
    fifteenth of the time, and says less of what is wrong.
    """
    try:
        text = content.decode()
        node = yaml.compose(text, Loader=_QUICK if own else yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise Mistake(content[: error.start].count(b"\n") + 1, "the file is not UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Mistake(mark.line + 1 if mark else 1, f"this is not YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise Mistake(line, "this is not YAML: a control character") from error
    except RecursionError as error:
        raise Mistake(1, "the file is nested too deeply") from error
    except (yaml.YAMLError, ValueError) as error:
        raise Mistake(1, f"this is not YAML: {error}") from error
    if node is None:
        raise Mistake(1, "the file is empty")
    return node


type Entries = dict[str, tuple[yaml.Node, yaml.Node]]
"""A mapping's nodes by key: the key's own, for its line, and the value's."""


def quote(text: str) -> str:
    """Return a text of the file for a sentence: bounded, and without anything invisible."""
    return clean_foreign(repr(text), longest=_LONGEST_QUOTED)


def get_line(node: yaml.Node) -> int:
    """Return the line on which a node begins, counted from 1."""
    return node.start_mark.line + 1


def get_text(node: yaml.Node, what: str) -> str:
    """Return a text that is not empty; ``what`` names it in a mistake, here and below."""
    if not isinstance(node, yaml.ScalarNode) or node.tag != TEXT_TAG or not node.value.strip():
        raise Mistake(get_line(node), f"{what} must be text (put it in quotes)")
    return str(node.value)


def get_entries(node: yaml.Node, what: str, *, allowed: Collection[str] = ()) -> Entries:
    """Return a mapping's nodes by key; nothing in ``allowed`` means that any key is."""
    if not isinstance(node, yaml.MappingNode):
        raise Mistake(get_line(node), f"{what} must be a mapping of keys to values")
    entries: Entries = {}
    for key_node, value_node in node.value:
        key = get_text(key_node, f"a key of {what}")
        if allowed and key not in allowed:
            raise Mistake(
                get_line(key_node), f"{quote(key)} is unknown in {what}; known: {', '.join(allowed)}"
            )
        if key in entries:
            first = get_line(entries[key][0])
            raise Mistake(get_line(key_node), f"{quote(key)} is in {what} twice, first in line {first}")
        entries[key] = key_node, value_node
    return entries


def get_value(entries: Entries, key: str, what: str, place: yaml.Node) -> yaml.Node:
    """Return the node of a required value; ``place`` has the line that lacks it."""
    if key not in entries:
        raise Mistake(get_line(place), f"{what} has no {key!r}")
    return entries[key][1]


def get_items(node: yaml.Node, what: str) -> list[tuple[yaml.Node, str]]:
    """Return a list of texts, each with its node."""
    if not isinstance(node, yaml.SequenceNode):
        raise Mistake(get_line(node), f"{what} must be a list")
    return [(item, get_text(item, f"an entry of {what}")) for item in node.value]
