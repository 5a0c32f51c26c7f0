"""What a worker takes from the queue: anybody who reaches Redis may have put it there."""

import base64
import json
import pickle
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyf.aggregator.queue.configuration import KEY_PREFIX, QUEUE
from pyf.aggregator.queue.messages import MAX_BODY_BYTES, NoTask, check_envelope, read_task
from pyf.aggregator.state.redis.failures import UNREADABLE
from tests.workshop import Workshop

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def encode(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


EMBEDDED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
GOOD: dict[str, Any] = {
    "body": encode([["p1", "1.0.0"], {}, EMBEDDED]),
    "content-type": "application/json",
    "content-encoding": "utf-8",
    "headers": {"task": "inspect_project", "id": "a-b", "eta": None, "retries": 0, "argsrepr": "()"},
    "properties": {
        "correlation_id": "a-b",
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": QUEUE},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": "tag",
    },
}


def change(*path: str, to: object) -> dict[str, Any]:
    """Return the good message with one thing changed, ``...`` for gone."""
    message = deepcopy(GOOD)
    place = message
    for name in path[:-1]:
        place = place[name]
    if to is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return message


ODD: list[Any] = [[], "x", 7, None, True, 0.5, {}]
ODD_BODIES: list[Any] = [None, 7, {}, [], [[]], [[], {}], ["x", {}, None], [{}, {}, None], [[], [], None]]
WRONG: dict[str, Any] = {
    **{f"a message of {type(each).__name__}": each for each in ODD},
    **{f"no {name}": change(name, to=...) for name in GOOD},
    **{f"no header {name}": change("headers", name, to=...) for name in ("task", "id")},
    **{
        f"no {name}": change("properties", name, to=...)
        for name in ("delivery_info", "body_encoding", "delivery_tag")
    },
    **{f"{name} of a list": change(name, to=[1]) for name in GOOD},
    **{
        f"header {name} of a mapping": change("headers", name, to={"x": 1})
        for name in ("task", "id", "eta", "expires", "retries", "argsrepr", "kwargsrepr", "origin", "root_id")
    },
    "an empty task": change("headers", "task", to=""),
    "half a character where a mapping belongs": change("headers", to="\ud800"),
    "a task with a line break": change("headers", "task", to="a\nb"),
    "a task of Celery's own": change("headers", "task", to="celery.chord_unlock"),
    "a long id": change("headers", "id", to="x" * 10_000),
    "negative retries": change("headers", "retries", to=-1),
    "too many retries": change("headers", "retries", to=10**300),
    "a time that is none": change("headers", "eta", to="tomorrow"),
    "a time at the end of time": change("headers", "eta", to="9999-12-31T23:59:59+00:00"),
    "an end that is none": change("headers", "expires", to="7"),
    "a priority that is none": change("properties", "priority", to="high"),
    "a place that is none": change("properties", "delivery_info", "routing_key", to=[]),
    "a pickle": {
        **change("content-type", to="application/x-python-serialize"),
        "body": base64.b64encode(pickle.dumps([[], {}, None])).decode(),
    },
    "YAML": change("content-type", to="application/x-yaml"),
    "a content of its own": change("content-type", to="application/x-unheard-of"),
    "an encoding of its own": change("content-encoding", to="binary"),
    "another transport encoding": change("properties", "body_encoding", to="rot13"),
    "no base64": change("body", to="ü"),
    "base64 of no JSON": change("body", to=base64.b64encode(b"\xff{").decode()),
    "a deep body": change("body", to=base64.b64encode(b"[" * 100_000).decode()),
    "a type that JSON has not": change("body", to=encode([[{"__type__": "x", "__value__": 1}], {}, None])),
    "a date that is none": change("body", to=encode([[{"__type__": "date", "__value__": 1}], {}, None])),
    "ten megabytes": change("body", to="A" * 10_000_000),
    "a compressed body": {**change("headers", "compression", to="zlib"), "body": "eJwDAAAAAAE="},
    **{f"a body of {each!r}": change("body", to=encode(each)) for each in ODD_BODIES},
    **{
        f"with {name}": change("body", to=encode([["p1"], {}, {**EMBEDDED, name: [{"task": "x"}]}]))
        for name in EMBEDDED
    },
}


@pytest.mark.parametrize("message", WRONG.values(), ids=WRONG)
def test_what_is_no_task_is_refused_with_a_reason(message: Any) -> None:
    with pytest.raises(NoTask, match=r"."):
        read_task(message, NOW)


def test_a_task_comes_through_with_what_it_needs_and_no_more() -> None:
    wordy = change("headers", "timelimit", to=["soon", {}])
    wordy["headers"] |= {"stamps": 7, "replaced_task_nesting": "x", "shadow": [], "group": {}}
    task = read_task(wordy, NOW)
    cleaned = task.message
    assert (task.name, task.id, task.arguments) == ("inspect_project", "a-b", ("p1", "1.0.0"))
    assert {name: value for name, value in cleaned["headers"].items() if value is not None} == {
        "task": "inspect_project",
        "id": "a-b",
        "retries": 0,
        "argsrepr": "()",
    }
    assert {name: value for name, value in cleaned.items() if name != "headers"} == {
        name: value for name, value in GOOD.items() if name != "headers"
    }
    soon = change("headers", "eta", to=(NOW + timedelta(hours=2)).isoformat())
    assert read_task(soon, NOW).message["headers"]["eta"] == soon["headers"]["eta"]
    large = change("body", to=encode([["x" * (MAX_BODY_BYTES // 2)], {}, None]))
    assert read_task(large, NOW).message["body"] == large["body"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_PLACES = [
    *((name,) for name in GOOD),
    *(("headers", name) for name in GOOD["headers"]),
    *(("properties", name) for name in GOOD["properties"]),
]


@settings(max_examples=200)
@given(place=st.sampled_from(_PLACES), value=_JSON)
def test_whatever_stands_in_a_message_it_is_a_task_or_none(place: tuple[str, ...], value: object) -> None:
    message = change(*place, to=value)
    with suppress(NoTask):
        read_task(message, NOW)
    with suppress(NoTask):
        check_envelope(message)


@settings(max_examples=100)
@given(body=st.binary(max_size=30) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_stands_in_a_body_it_is_arguments_or_none(body: bytes) -> None:
    with suppress(NoTask):
        read_task(change("body", to=base64.b64encode(body).decode()), NOW)


# With a worker


RAW: list[str | bytes] = [
    "",
    "{",
    b"\xff\xfe",
    "[" * 100_000,
    "9" * 5000,
    '{"__type__": "date", "__value__": 1}',
]
ODD_ARGUMENTS: list[tuple[str, list[Any], dict[str, Any]]] = [
    ("inspect_project", [], {}),
    ("inspect_project", [["p1"]], {}),
    ("inspect_project", ["p1", {"a": 1}], {}),
    ("inspect_project", ["p1", 7], {}),
    ("inspect_project", ["p1", "x" * 1000], {}),
    ("inspect_project", ["p1"], {"worker": 1}),
    ("inspect_project", ["x" * 100_000], {}),
    ("update_project", [None], {}),
    ("update_project", ["p1", "p2"], {}),
    ("reconcile_profile", [[]], {}),
    ("reconcile_profile", [{"a": "b"}], {}),
    ("update_github", ["plone/volto"], {}),
    ("update_github", [[7]], {}),
    ("update_github", [{"plone/volto": 1}], {}),
    ("update_repositories", ["gitlab.com", ["o/n"]], {}),
    ("update_repositories", [{"a": 1}, {"o/n": 1}], {}),
    ("update_repositories", ["github.com", "o/n"], {}),
    ("task_of_tomorrow", ["x"], {}),
    ("queue_all_reconciles", ["x"], {}),
]


def put(workshop: Workshop, message: object) -> None:
    raw = message if isinstance(message, str | bytes) else json.dumps(message)
    workshop.redis.client.lpush(KEY_PREFIX + QUEUE, raw)


def find_odd() -> Iterator[dict[str, Any]]:
    for number, (task, args, kwargs) in enumerate(ODD_ARGUMENTS):
        message = change("body", to=encode([args, kwargs, EMBEDDED]))
        message["headers"] |= {"task": task, "id": f"odd-{number}"}
        message["properties"] = {**message["properties"], "delivery_tag": f"odd-{number}"}
        yield message


def test_a_worker_outlives_whatever_is_in_its_queue_and_shows_it(filled: Workshop) -> None:
    client = filled.redis.client
    # What nobody can read among what was handed out keeps nobody else waiting.
    for tag, text in {"bad": "{", "odd": "[]", "worse": "[1, 2, 3]"}.items():
        client.hset(f"{KEY_PREFIX}unacked", tag, text)
        client.zadd(f"{KEY_PREFIX}unacked_index", {tag: 1})
    wrong = [*RAW, *(message for name, message in WRONG.items() if name != "ten megabytes")]
    for message in [*wrong, *find_odd()]:
        put(filled, message)
    put(filled, WRONG["ten megabytes"])
    filled.start_workers()
    filled.send("inspect_project", "p2", "1.0.0")
    filled.wait(filled.is_done("p2:1.0.0"), "the good one is done")
    filled.wait(lambda: filled.is_idle, "all is dealt with")
    worker = filled.processes[0]
    assert worker.process.poll() is None
    assert "Traceback" not in worker.read_log()
    assert "Unrecoverable" not in worker.read_log()
    failures = filled.failures.load()
    unreadable = [failure for failure in failures if failure.task == UNREADABLE]
    assert sum(failure.times for failure in unreadable) == len(wrong) + 1 + 3
    assert max(len(failure.reason) + len(str(failure.arguments)) for failure in failures) < 150_000
    assert {failure.id for failure in failures if failure.task != UNREADABLE} == {
        f"odd-{number}" for number in range(len(ODD_ARGUMENTS))
    }
    # They can be seen, and what is no task is not queued again.
    shown = filled.run("failed")
    assert (shown.exit_code, len(shown.answer.splitlines())) == (0, len(failures))
    again = filled.run("retry")
    assert again.answer == f"Tasks queued again: {len(ODD_ARGUMENTS)}\n"
    forgotten = len(failures) - len(ODD_ARGUMENTS)
    assert again.talk == f"Warning: Forgot messages that were not tasks: {forgotten}.\n"
