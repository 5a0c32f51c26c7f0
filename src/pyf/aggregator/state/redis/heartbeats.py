"""Signs of life: when beat was seen, when each task last succeeded, PyPI's serial, profiles served."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from pyf.aggregator.metadata.model import Serial
from pyf.aggregator.sources.parsing import MAX_NUMBER, Moment, Number
from pyf.aggregator.sources.pypi.project_list import MOST_SERIALS_AHEAD
from pyf.aggregator.state.redis.rows import read_moment, read_row, tell_unreadable
from pyf.aggregator.state.redis.store import PREFIX, Store

_BEAT = f"{PREFIX}beat"
_SUCCESSES = f"{PREFIX}successes"
_SERVED = f"{PREFIX}profiles"

_RAISE = """
local known = tonumber(redis.call('HGET', KEYS[1], 'serial') or '-1') or -1
if known <= tonumber(ARGV[1]) or known > tonumber(ARGV[3]) then
    redis.call('HSET', KEYS[1], 'serial', ARGV[1], 'time', ARGV[2])
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """When a task last succeeded; ``profile`` where it speaks of one."""

    task: str
    profile: str | None
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSerial:
    """The highest serial that any worker saw on PyPI, and when."""

    serial: Serial
    time: Moment


class _SeenRow(msgspec.Struct, frozen=True):
    serial: Number
    time: Moment


class Heartbeats:
    """The signs of life of one queue; ``origin`` is the PyPI whose serials they speak of."""

    def __init__(self, store: Store, origin: str) -> None:
        self._store = store
        self._serial_key = f"{PREFIX}serial:{origin}"
        self._raise = store.client.register_script(_RAISE)

    def note_success(self, task: str, profile: str | None = None) -> None:
        """Note that a task succeeded just now, for a profile where it speaks of one."""
        with self._store.translated() as client:
            client.hset(_SUCCESSES, f"{task} {profile or ''}".rstrip(), _now())

    def load_successes(self) -> list[Success]:
        """Return when each task last succeeded, by task and profile."""
        with self._store.translated() as client:
            noted = client.hgetall(_SUCCESSES)
        read = (_read_success(str(what), str(time)) for what, time in sorted(noted.items()))
        return [success for success in read if success is not None]

    def note_serial(self, serial: Serial, *, proven: bool = False) -> None:
        """Note a serial that PyPI has reached; a lower one than is known says nothing.

        One that is ``proven`` by the project list replaces one that is far beyond it, which never was PyPI's.
        """
        most = serial + MOST_SERIALS_AHEAD if proven else MAX_NUMBER
        with self._store.translated():
            self._raise(keys=[self._serial_key], args=[serial, _now(), most])

    def load_serial(self) -> SeenSerial | None:
        """Return how far PyPI is, as far as any worker knows."""
        with self._store.translated() as client:
            seen = client.hgetall(self._serial_key)
        if not seen:
            return None
        try:
            row = msgspec.convert(seen, type=_SeenRow, strict=False)
        except msgspec.MsgspecError as error:
            tell_unreadable("PyPI's serial", error)
            return None
        return SeenSerial(serial=Serial(row.serial), time=row.time)

    def note_served(self, profiles: Sequence[str]) -> None:
        """Note the profiles that are kept fresh, and no other."""
        with self._store.translated() as client:
            client.set(_SERVED, msgspec.json.encode(list(profiles)).decode())

    def load_served(self) -> list[str]:
        """Return the profiles that were kept fresh when that was last looked at."""
        with self._store.translated() as client:
            text = client.get(_SERVED)
        return read_row(text, list[str], "Which profiles are served") or []

    def note_beat(self) -> None:
        """Note that beat is there."""
        with self._store.translated() as client:
            client.set(_BEAT, _now())

    def load_beat(self) -> datetime | None:
        """Return when beat was last seen."""
        with self._store.translated() as client:
            text = client.get(_BEAT)
        return read_moment(text, "When beat was seen")


def _read_success(what: str, time: str) -> Success | None:
    task, _, profile = what.partition(" ")
    moment = read_moment(time, f"When {what} succeeded")
    return None if moment is None else Success(task=task, profile=profile or None, time=moment)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
