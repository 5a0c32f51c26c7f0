"""Messages from the queue, checked before anything uses them. Pure."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from kombu import serialization

MAX_BODY_BYTES = 1_000_000
"""A hundred repositories are less than a fiftieth of it."""
FURTHEST = timedelta(days=1)
"""A task is put back for an hour at the most; one that is due later would be handed out many times before."""

_JSON = "application/json"
_decode: Any = serialization.loads

type _Text = Annotated[str, msgspec.Meta(max_length=1000)]
type _Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


class NoTask(Exception):
    """A message is no task that a worker could take; the sentence says why."""


class _DeliveryInfo(msgspec.Struct):
    exchange: str
    routing_key: str


class _Properties(msgspec.Struct):
    delivery_tag: _Name
    delivery_info: _DeliveryInfo
    body_encoding: Literal["base64"]
    correlation_id: _Text | None = None
    reply_to: _Text | None = None
    priority: int | None = None


class _Envelope(msgspec.Struct):
    """Kombu's frame around every message (https://docs.celeryq.dev/projects/kombu/en/stable/)."""

    properties: _Properties
    headers: dict[str, Any]
    body: str


class _Headers(msgspec.Struct):
    """Of the headers of a task what Celery's worker may look at; whatever else there is goes.

    The fields are those of protocol 2 (https://docs.celeryq.dev/en/stable/internals/protocol.html), without
    ``timelimit``: how long a task may take is the worker's to say.
    """

    task: _Name
    id: _Name
    retries: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    eta: datetime | None = None
    expires: datetime | None = None
    lang: _Text | None = None
    root_id: _Text | None = None
    parent_id: _Text | None = None
    argsrepr: Annotated[str, msgspec.Meta(max_length=MAX_BODY_BYTES)] | None = None
    kwargsrepr: Annotated[str, msgspec.Meta(max_length=MAX_BODY_BYTES)] | None = None
    origin: _Text | None = None
    ignore_result: bool | None = None


class _Embedded(msgspec.Struct):
    """What a task may bring along: nothing of ours brings other tasks."""

    callbacks: tuple[()] | None = None
    errbacks: tuple[()] | None = None
    chain: tuple[()] | None = None
    chord: None = None


class _Message(msgspec.Struct):
    headers: _Headers
    properties: _Properties
    body: Annotated[str, msgspec.Meta(max_length=MAX_BODY_BYTES)]
    content_type: Literal["application/json"] = msgspec.field(name="content-type")
    content_encoding: Literal["utf-8"] = msgspec.field(name="content-encoding")


def check_envelope(message: object) -> None:
    """Raise :class:`NoTask` for what has no frame."""
    _convert(message, _Envelope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A message that is one, with what a worker may look at and no more."""

    name: str
    id: str
    arguments: tuple[object, ...]
    message: dict[str, Any]


def read_task(message: Mapping[str, Any], now: datetime) -> Task:
    """Read the message of a task; raises :class:`NoTask`."""
    read = _convert(message, _Message)
    if read.headers.task.startswith("celery."):
        raise NoTask(f"{read.headers.task} is none of our tasks")
    if read.headers.eta is not None and _put_in_utc(read.headers.eta) - now > FURTHEST:
        raise NoTask(f"its time, {read.headers.eta}, is more than a day off")
    arguments, *_ = _convert(_load_body(read.body), tuple[list[Any], dict[str, Any], _Embedded | None])
    headers = {name: message["headers"].get(name) for name in _Headers.__struct_fields__}
    return Task(
        name=read.headers.task,
        id=read.headers.id,
        arguments=tuple(arguments),
        message={**message, "headers": {**headers, "retries": read.headers.retries}},
    )


def _load_body(text: str) -> object:
    """Decode a body as the worker will; whatever that raises, it is none."""
    try:
        body: object = _decode(b64decode(text), _JSON, "utf-8", accept={_JSON})
    except Exception as error:
        raise NoTask(f"its body cannot be read ({error})") from error
    return body


def _convert[T](value: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise NoTask(str(error)) from error


def _put_in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
