"""What ``pyfupdater`` is asked to do: exactly one action, with all that it needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pyf.aggregator.cli.running import check_collection_name, find_profile
from pyf.aggregator.config.settings import Settings
from pyf.aggregator.errors import UsageError
from pyf.aggregator.typesense.keys import NEVER_EXPIRES_AFTER

LEAST_KEY_LENGTH = 16

_EXPIRY = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class _Action:
    """What one action needs on the command line and what else it takes, by parameter."""

    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


_ACTIONS = {
    "list_collections": _Action(),
    "list_collection_names": _Action(),
    "list_aliases": _Action(),
    "list_search_only_apikeys": _Action(),
    "migrate": _Action(needs=("source", "target"), takes=("profile",)),
    "add_alias": _Action(needs=("source", "target"), takes=("profile", "replace_collection")),
    "add_search_only_apikey": _Action(needs=("target",), takes=("profile", "key", "expires")),
    "delete_alias": _Action(needs=("source",)),
    "delete_search_only_apikey": _Action(),
    "delete_collection": _Action(needs=("target",), takes=("yes",)),
    "rollback": _Action(needs=("target",), takes=("profile",)),
}
_SPELLINGS = {
    "source": "-s",
    "target": "-t (or -p)",
    "profile": "-p",
    "key": "-key",
    "expires": "--expires",
    "replace_collection": "--replace-collection",
    "yes": "--yes",
}


def _spell(action: str) -> str:
    return f"--{action.replace('_', '-')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One action with its checked arguments."""

    action: str
    source: str
    target: str
    key: str | None
    expires_at: datetime | None
    key_id: int
    replace_collection: bool
    as_json: bool
    verbose: bool
    quiet: bool


def find_action(parameters: Mapping[str, Any]) -> str:
    """Return the one action that is asked for, with all it needs and nothing else."""
    # A key may have the id 0, which is an answer and no absence of one.
    named = [name for name in _ACTIONS if parameters[name] is not None and parameters[name] is not False]
    if len(named) != 1:
        known = ", ".join(_spell(name) for name in _ACTIONS)
        said = f"not {' and '.join(_spell(name) for name in named)}" if named else "none was given"
        raise UsageError(f"Say one action, {said}: {known}.")
    (action,) = named
    allowed = {*_ACTIONS[action].needs, *_ACTIONS[action].takes}
    surplus = [_SPELLINGS[name] for name in _SPELLINGS if parameters[name] and name not in allowed]
    if surplus:
        raise UsageError(f"{_spell(action)} has no use for {', '.join(surplus).replace(' (or -p)', '')}.")
    return action


def build_call(action: str, parameters: Mapping[str, Any], settings: Settings) -> Call:
    """Check the arguments; raises :class:`UsageError` naming what is missing or cannot be meant."""
    wanted = _ACTIONS[action]
    source, target = parameters["source"] or "", parameters["target"] or ""
    if "target" in wanted.needs and not target and "profile" in wanted.takes and "source" not in wanted.needs:
        target = find_profile(settings, parameters["profile"], otherwise="a collection with -t").key
    elif parameters["profile"]:
        target = target or find_profile(settings, parameters["profile"], otherwise="").key
    given = {"source": source, "target": target}
    missing = [_SPELLINGS[name] for name in wanted.needs if not given[name]]
    if missing:
        raise UsageError(f"{_spell(action)} needs {' and '.join(missing)}.")
    for name in (source, target):
        if name:
            check_collection_name(name)
    if action == "add_alias" and source == target:
        raise UsageError("An alias cannot point at itself; name two different things with -s and -t.")
    return Call(
        action=action,
        source=source,
        target=target,
        key=_check_key(parameters["key"]),
        expires_at=_read_expiry(parameters["expires"]),
        key_id=parameters["delete_search_only_apikey"] or 0,
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
        if found := _EXPIRY.fullmatch(text.strip()):
            then = now + int(found[1]) * _UNITS[found[2]]
        else:
            then = datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--expires {text!r} is no time; say 12h, 90d, 8w or 2027-06-30.") from error
    if then >= NEVER_EXPIRES_AFTER:
        raise UsageError(f"--expires {text!r} is no time to mean; leave it out for a key that stays.")
    if then <= now:
        raise UsageError(f"--expires {text!r} is over already; say a time to come.")
    return then
