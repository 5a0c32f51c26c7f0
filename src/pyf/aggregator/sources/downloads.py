"""How often projects were downloaded: ClickHouse's public copy of PyPI's download log, asked by SQL.

At a limit (rows, bytes, seconds) that server cuts an answer short and still says 200, and the copy has stood
still for days before. So an answer counts only if it is provably whole and recent, and then a project without
a row was not downloaded; in any other case nothing is known. What mirrors fetch is left out: it is most of
what small projects seem to get.

Names travel as a parameter of the query (https://clickhouse.com/docs/interfaces/http#queries-with-parameters),
in a form, since there is a bound to addresses on the way.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from itertools import batched
from typing import Any

import msgspec

from pyf.aggregator.errors.sources import UnprovenAnswer
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.sources.http import Answer, HttpClient, Patience, Request
from pyf.aggregator.sources.parsing import LONGEST_WORD, MAX_NUMBER, describe_parser_error, read_number
from pyf.aggregator.sources.same_origin import ask_same_origin

CONTROL = NormalizedName("pip")
"""A project that is downloaded every minute: without it in the answer, others are missing too."""
MAX_NAMES = 499
"""With the control 500, half of what the server sends before it cuts."""
QUERIES_AT_ONCE = 40
QUERIES_PER_SECOND = 10 / 3600
"""The pace that the client given to :class:`DownloadLog` must keep, after the first :data:`QUERIES_AT_ONCE`.

In any hour that makes 50 at the most; the server's set-up has 60. The largest profile, of fifteen thousand
projects, takes 31 a week: all of them at once."""
DAYS = 31
"""``date > today() - 31``: thirty days that are over, and today."""
OLDEST_DAYS = 3

_CUT_ROWS = 1000
_CUT_SECONDS = 60.0
_NEARLY = 0.9
"""Of the seconds: the server looks at its clock between two blocks of rows."""
_MAX_ANSWER_BYTES = 10_000_000
_PATIENCE = Patience(total_seconds=120.0)

_COLUMNS = ["project", "downloads", "latest"]
_MIRRORS = "'bandersnatch', 'z3c.pypimirror', 'Artifactory', 'devpi'"
_QUERY = (
    "SELECT project, sum(count) AS downloads, max(date) AS latest"  # noqa: S608 - constants alone
    " FROM pypi.pypi_downloads_per_day_by_version_by_installer_by_type"
    f" WHERE project IN {{names:Array(String)}} AND date > today() - {DAYS}"
    f" AND installer NOT IN ({_MIRRORS})"
    " GROUP BY project FORMAT JSONCompact"
)
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """How often each of the projects asked for was downloaded in the month that ended on ``as_of``."""

    counts: Mapping[NormalizedName, int]
    as_of: date


class _ColumnWire(msgspec.Struct, frozen=True):
    name: str


class _StatisticsWire(msgspec.Struct, frozen=True):
    elapsed: float


class _AnswerWire(msgspec.Struct, frozen=True):
    meta: list[_ColumnWire]
    data: list[list[Any]]
    rows: int
    statistics: _StatisticsWire
    rows_before_limit_at_least: int | None = None
    exception: Any = msgspec.UNSET


class DownloadLog:
    """The copy of the log at ``url``, which names the user, too.

    The pace of ``client`` is that of all queries: see :data:`QUERIES_PER_SECOND`.
    """

    def __init__(
        self, client: HttpClient, *, url: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._client = client
        self._url = url
        self._now = now

    @property
    def queries(self) -> int:
        """What was sent so far, repeats included."""
        return self._client.requests.total()

    async def fetch_downloads(self, names: Sequence[NormalizedName]) -> Downloads:
        """Ask for up to :data:`MAX_NAMES` projects in one query, and return a count for each.

        Raises :class:`UnprovenAnswer` for an answer that may not be whole, and is not asked again at once;
        :class:`SourceError` where none came. ``names`` are as :func:`batch_names`
        returns them.
        """
        request = Request(
            url=self._url,
            kind="downloads",
            max_bytes=_MAX_ANSWER_BYTES,
            patience=_PATIENCE,
            form=build_form(names),
        )
        return await ask_same_origin(
            self._client, request, lambda answer: read_downloads(answer, names, self._now().date())
        )


def batch_names(names: Iterable[str]) -> list[tuple[NormalizedName, ...]]:
    """Return names in batches for a query each: every name once, in the order given.

    What is no normalized name is left out: it is no project's, and so nothing is known of it.
    """
    known = dict.fromkeys(NormalizedName(name) for name in names if _is_name(name))
    return list(batched(known, MAX_NAMES))


def build_form(names: Sequence[NormalizedName]) -> Mapping[str, str]:
    """Return the query and its parameter; raises ``ValueError`` for too many names, or what is none."""
    if not 0 < len(names) <= MAX_NAMES or not all(map(_is_name, names)):
        raise ValueError("these are no names for one query")
    asked = dict.fromkeys([*names, CONTROL])
    return {"query": _QUERY, "param_names": f"[{','.join(map(quote, asked))}]"}


def quote(text: str) -> str:
    r"""Return a string as ClickHouse's literals spell it: in quotes, with ``\`` before ``\`` and ``'``.

    What is sent has neither (:data:`_NAME`); nothing should break out if ever it had.
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def read_downloads(answer: Answer, names: Sequence[NormalizedName], today: date) -> Downloads:
    """Read an answer that is whole and recent; raises :class:`UnprovenAnswer` for any other."""
    try:
        return _read_wire(_decode(answer), names, today)
    except _NotProvenError as error:
        raise UnprovenAnswer(answer.url, str(error), for_all=error.for_all) from error


class _NotProvenError(Exception):
    """Why an answer is not taken, on the way to the address that sent it.

    ``for_all``: it says something of the copy, and not of what this query asked for.
    """

    def __init__(self, reason: str, *, for_all: bool = True) -> None:
        super().__init__(reason)
        self.for_all = for_all


def _decode(answer: Answer) -> _AnswerWire:
    if answer.status != HTTPStatus.OK:
        raise _NotProvenError(f"HTTP {answer.status}")
    try:
        return msgspec.json.decode(answer.body, type=_AnswerWire)
    except MemoryError:
        raise
    except Exception as error:
        raise _NotProvenError(describe_parser_error(error)) from error


def _read_wire(wire: _AnswerWire, names: Sequence[NormalizedName], today: date) -> Downloads:
    _refuse_cut(wire)
    if [column.name for column in wire.meta] != _COLUMNS:
        raise _NotProvenError(f"its columns are not {', '.join(_COLUMNS)}")
    asked = {*names, CONTROL}
    counts: dict[NormalizedName, int] = {}
    days: dict[NormalizedName, date] = {}
    for row in wire.data:
        name, count, day = _read_row(row)
        if name not in asked or name in counts:
            how = "twice" if name in counts else "unasked"
            raise _NotProvenError(f"it speaks of {name!r}, {how}", for_all=False)
        counts[name], days[name] = count, day
    if not counts.get(CONTROL):
        raise _NotProvenError(f"it has no downloads of {CONTROL}, which there always are")
    as_of = days[CONTROL]
    if as_of < today - timedelta(days=OLDEST_DAYS):
        raise _NotProvenError(f"it ends on {as_of}")
    if max(days.values()) > today + timedelta(days=1):
        raise _NotProvenError(f"it goes on to {max(days.values())}")
    return Downloads(counts={name: counts.get(name, 0) for name in names}, as_of=as_of)


def _refuse_cut(wire: _AnswerWire) -> None:
    if wire.exception is not msgspec.UNSET:
        reason = f"the server failed on the way: {str(wire.exception)[:LONGEST_WORD]}"
    elif wire.rows != len(wire.data):
        reason = f"it has {len(wire.data)} of {wire.rows} rows"
    elif wire.rows >= _CUT_ROWS or (wire.rows_before_limit_at_least or 0) > wire.rows:
        reason = f"it is cut after {wire.rows} rows"
    elif not 0 <= wire.statistics.elapsed < _CUT_SECONDS * _NEARLY:
        reason = f"it may be cut after {wire.statistics.elapsed:.0f} s"
    else:
        return
    raise _NotProvenError(reason, for_all=False)


def _read_row(row: Sequence[object]) -> tuple[NormalizedName, int, date]:
    match row:
        case [str(name), str() | int() as count, str(day)] if not isinstance(count, bool):
            number = read_number(str(count))
            if number is not None and number <= MAX_NUMBER and _DATE.fullmatch(day):
                try:
                    return NormalizedName(name), number, date.fromisoformat(day)
                except ValueError:
                    pass
    raise _NotProvenError("a row is not a project, a count and a day", for_all=False)


def _is_name(name: str) -> bool:
    return len(name) <= LONGEST_WORD and _NAME.fullmatch(name) is not None
