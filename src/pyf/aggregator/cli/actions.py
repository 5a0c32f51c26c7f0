"""What ``pyfupdater`` can be asked for: exactly one action, with all it needs and nothing else.

Light: a mistake is told before anything is imported that could carry the action out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from pyf.aggregator.cli.names import check_collection_name
from pyf.aggregator.errors.root import UsageError
from pyf.aggregator.metadata.changes import ChangeKind

LEAST_KEY_LENGTH = 16
USUAL_SINCE = "7d"

_SPAN = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Action(StrEnum):
    """What can be asked for, by the name of its parameter."""

    LIST_COLLECTIONS = "list_collections"
    LIST_COLLECTION_NAMES = "list_collection_names"
    LIST_ALIASES = "list_aliases"
    LIST_KEYS = "list_search_only_apikeys"
    LIST_CHANGES = "list_changes"
    MIGRATE = "migrate"
    ADD_ALIAS = "add_alias"
    ADD_KEY = "add_search_only_apikey"
    DELETE_ALIAS = "delete_alias"
    DELETE_KEY = "delete_search_only_apikey"
    DELETE_COLLECTION = "delete_collection"
    ROLLBACK = "rollback"

    @property
    def spelling(self) -> str:
        """Return the option that asks for it."""
        return f"--{self.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Wants:
    """What an action needs on the command line and what else it takes, by parameter.

    One that takes a profile may have its target from there; ``usual_profile`` tells whether it may also be
    the default one, or one that the person has to name.
    """

    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    usual_profile: bool = False


WANTS: Mapping[Action, Wants] = MappingProxyType(
    {
        Action.LIST_COLLECTIONS: Wants(),
        Action.LIST_COLLECTION_NAMES: Wants(),
        Action.LIST_ALIASES: Wants(),
        Action.LIST_KEYS: Wants(),
        Action.LIST_CHANGES: Wants(needs=("target",), takes=("profile", "since", "kind"), usual_profile=True),
        Action.MIGRATE: Wants(needs=("source", "target"), takes=("profile",)),
        Action.ADD_ALIAS: Wants(needs=("source", "target"), takes=("profile", "replace_collection")),
        Action.ADD_KEY: Wants(
            needs=("target",), takes=("profile", "key", "expires", "with_changes"), usual_profile=True
        ),
        Action.DELETE_ALIAS: Wants(needs=("source",)),
        Action.DELETE_KEY: Wants(),
        Action.DELETE_COLLECTION: Wants(needs=("target",), takes=("yes",)),
        Action.ROLLBACK: Wants(needs=("target",), takes=("profile",), usual_profile=True),
    }
)
_SPELLINGS = {
    "source": "-s",
    "target": "-t (or -p)",
    "profile": "-p",
    "key": "-key",
    "expires": "--expires",
    "with_changes": "--with-changes",
    "since": "--since",
    "kind": "--kind",
    "replace_collection": "--replace-collection",
    "yes": "--yes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One action with its checked arguments; ``None`` is what is not given."""

    action: Action
    source: str | None
    target: str | None
    key: str | None
    expires_at: datetime | None
    with_changes: bool
    since: datetime
    kinds: tuple[ChangeKind, ...]
    key_id: int | None
    replace_collection: bool
    as_json: bool
    verbose: bool
    quiet: bool


def find_action(parameters: Mapping[str, Any]) -> Action:
    """Return the one action that is asked for.

    Raises :class:`UsageError`, also for what it does not take and for what it lacks.
    """
    # A key may have the id 0, which is an answer and no absence of one.
    named = [each for each in Action if parameters[each] is not None and parameters[each] is not False]
    if not named:
        known = ", ".join(each.spelling for each in Action)
        raise UsageError(f"Choose one action: {known}.")
    if len(named) > 1:
        raise UsageError(f"Choose one action instead of {' and '.join(each.spelling for each in named)}.")
    (action,) = named
    wants = WANTS[action]
    allowed = {*wants.needs, *wants.takes}
    surplus = [_SPELLINGS[name] for name in _SPELLINGS if parameters[name] and name not in allowed]
    if surplus:
        raise UsageError(f"{action.spelling} does not take {', '.join(surplus).replace(' (or -p)', '')}.")
    for name in (parameters["source"], parameters["target"]):
        check_collection_name(name or None)
    _check_needs(action, parameters)
    return action


def _check_needs(action: Action, parameters: Mapping[str, Any]) -> None:
    """Refuse what no profile could complete."""
    wants = WANTS[action]
    named = {"source": parameters["source"], "target": parameters["target"] or parameters["profile"]}
    missing = [
        _SPELLINGS[name]
        for name in wants.needs
        if not named[name] and not (name == "target" and wants.usual_profile)
    ]
    if missing:
        raise UsageError(f"{action.spelling} needs {' and '.join(missing)}.")


def takes_profile(action: Action) -> bool:
    """Tell whether the action is about something that a profile fills."""
    return "profile" in WANTS[action].takes


def build_call(action: Action, parameters: Mapping[str, Any], filled: str | None) -> Call:
    """Check the arguments; ``filled`` is the target of an action about something that a profile fills.

    Raises :class:`UsageError` for what cannot be meant.
    """
    source, target = parameters["source"] or None, filled or parameters["target"]
    if action is Action.ADD_ALIAS and source == target:
        raise UsageError("An alias cannot point at itself; name two different things with -s and -t.")
    return Call(
        action=action,
        source=source,
        target=target,
        key=_check_key(parameters["key"]),
        expires_at=_read_expiry(parameters["expires"]),
        with_changes=parameters["with_changes"],
        since=_read_since(parameters["since"]),
        kinds=tuple(map(ChangeKind, parameters["kind"])),
        key_id=parameters["delete_search_only_apikey"],
        replace_collection=parameters["replace_collection"],
        as_json=parameters["as_json"],
        verbose=parameters["verbose"],
        quiet=parameters["quiet"],
    )


def _check_key(value: str | None) -> str | None:
    if value is None:
        return None
    if len(value) < LEAST_KEY_LENGTH or not (value.isascii() and value.isprintable()) or " " in value:
        raise UsageError(
            f"-key needs {LEAST_KEY_LENGTH} characters or more, visible ASCII without spaces; leave it out to"
            " have a key made up."
        )
    return value


def _read_expiry(text: str | None) -> datetime | None:
    """Return when a key ends, from a duration or a date (the end of that day, UTC)."""
    if text is None:
        return None
    now = datetime.now(UTC)
    try:
        span = _read_span(text)
        then = _read_date(text) + timedelta(days=1) if span is None else now + span
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--expires {text!r} is not a time; write 12h, 90d, 8w or 2027-06-30.") from error
    from pyf.aggregator.typesense.keys import NEVER_EXPIRES_AFTER

    if then >= NEVER_EXPIRES_AFTER:
        raise UsageError(f"--expires {text!r} is too far away; leave it out for a key that stays.")
    if then <= now:
        raise UsageError(f"--expires {text!r} is in the past; name a time to come.")
    return then


def _read_since(text: str | None) -> datetime:
    """Return when a list begins, from a duration before now or a date (the beginning of that day, UTC)."""
    text = text or USUAL_SINCE
    try:
        span = _read_span(text)
        return _read_date(text) if span is None else datetime.now(UTC) - span
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--since {text!r} is not a time; write 12h, 7d, 8w or 2026-06-30.") from error


def _read_span(text: str) -> timedelta | None:
    """Return a duration, ``None`` for what is none."""
    found = _SPAN.fullmatch(text.strip())
    return int(found[1]) * _UNITS[found[2]] if found else None


def _read_date(text: str) -> datetime:
    """Return the beginning of a day in UTC; raises :class:`ValueError`."""
    return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
