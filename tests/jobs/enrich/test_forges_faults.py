"""Forges in bad weather: one that is away, slow, limiting or talking nonsense leaves the others alone."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import NamedTuple

import pytest

from tests.observatory import DAY, Observatory
from tests.servers.faults import Body, CloseConnection, CutBody, Edited, Fault, Hang, Status
from tests.servers.forge import ForgeServer
from tests.servers.forgejo import ForgejoServer
from tests.servers.github import TOKEN
from tests.servers.gitlab import GitLabServer

pytestmark = pytest.mark.asyncio

PAGE = b"<!DOCTYPE html><html><body>Sign in</body></html>"
MANY = 7
"""More projects on a forge than failures that make an outage."""


class Weather(NamedTuple):
    """Two other forges beside GitHub; ``bad`` is the one that a test spoils."""

    observatory: Observatory
    bad: ForgeServer
    good: ForgeServer


@pytest.fixture(params=["gitlab", "forgejo"])
def weather(observatory: Observatory, request: pytest.FixtureRequest) -> Iterator[Weather]:
    """Seven projects on the forge to be spoilt, one on the other, one on GitHub."""
    with GitLabServer() as gitlab, ForgejoServer() as forgejo:
        observatory.others += [gitlab, forgejo]
        bad, good = (gitlab, forgejo) if request.param == "gitlab" else (forgejo, gitlab)
        places = {f"b{number}": (bad, number) for number in range(MANY)} | {"good": (good, 50)}
        for name, (server, stars) in places.items():
            server.yard.add(f"o/{name}", stars=stars)
            urls = {"Source": f"https://{server.host}/o/{name}"}
            observatory.add_project(name, project_urls=urls)
            observatory.let_own(name, "o")
        observatory.hub.add("o/hub", stars=60)
        observatory.add_project("hub", "o/hub")
        yield Weather(observatory, bad, good)


def get_stars(weather: Weather) -> dict[str, int]:
    documents = weather.observatory.laboratory.get_documents().items()
    return {name: said["repository_stars"] for name, said in documents if "repository_stars" in said}


OTHERS = {"good": 50, "hub": 60}
ALL = {f"b{number}": number for number in range(MANY)} | OTHERS


def turn_away(host: str) -> Status:
    return Status(status=302, body=b"", headers={"Location": f"https://{host}/api/v4/projects/1"})


FAULTS: dict[str, Fault] = {
    "away": Status(status=503),
    "closed": CloseConnection(),
    "truncated": CutBody(),
    "a page": Body(body=PAGE, content_type="text/html"),
    "no JSON": Body(body=b'{"id": 1'),
    "another JSON": Body(body=b"[1, 2]"),
    "nothing": Body(body=b""),
    "a page with 404": Status(status=404, body=PAGE),
    "locked": Status(status=401, body=b'{"message": "401 Unauthorized"}'),
    "another host": turn_away("evil.example"),
    "wrong types": Edited(lambda content: content.update({name: [7] for name in content})),
    "negative stars": Edited(lambda content: content.update(star_count=-1, stars_count=-1)),
    "another path": Edited(
        lambda content: content.update(path_with_namespace="../../etc", full_name="../../etc")
    ),
}


# The clients meet each of them, too (tests/sources/forges); here one of the two forges is enough.
TURNS = [(("gitlab", "forgejo")[number % 2], fault) for number, fault in enumerate(FAULTS.values())]


@pytest.mark.parametrize(("weather", "fault"), TURNS, ids=FAULTS, indirect=["weather"])
async def test_a_forge_in_bad_weather_leaves_the_others_alone_and_is_asked_again(
    weather: Weather, fault: Fault
) -> None:
    observatory = weather.observatory
    await observatory.fill()
    weather.bad.fail("/api/*", fault)
    summary = await observatory.enrich_from_all()
    assert get_stars(weather) == OTHERS
    documents = observatory.laboratory.get_documents()
    # It is known which repository it is; of what nobody said, nothing is shown.
    assert documents["b0"]["repository_url"] == f"https://{weather.bad.host}/o/b0"
    assert "repository_missing" not in documents["b0"]
    assert (summary.exit_code, summary.complete) == (1, False)
    assert summary.stopped is not None
    assert "questions in a row got no usable answer" in summary.stopped
    assert {forge.host for forge in summary.forges if forge.stopped} == {weather.bad.host}
    assert {failure.name for failure in summary.failed} <= {
        f"{weather.bad.host}/o/b{number}" for number in range(MANY)
    }
    weather.bad.mend()
    weather.good.clear_requests()
    summary = await observatory.enrich_from_all()
    assert (get_stars(weather), summary.asked, summary.exit_code) == (ALL, MANY, 0)
    # What was learnt in bad weather is not asked for again.
    assert weather.good.requests == []


async def test_figures_outlive_bad_weather(weather: Weather) -> None:
    observatory = weather.observatory
    await observatory.fill()
    await observatory.enrich_from_all()
    assert get_stars(weather) == ALL
    weather.bad.fail("/api/*", Status(status=503))
    observatory.clock.pass_by(DAY)
    await observatory.enrich_from_all()
    assert get_stars(weather) == ALL


async def test_a_forge_where_nobody_answers_is_one_sentence_and_one_request(weather: Weather) -> None:
    observatory = weather.observatory
    await observatory.fill()
    weather.bad.url = "http://127.0.0.1:9"
    summary = await observatory.enrich_from_all()
    assert get_stars(weather) == OTHERS
    (stopped,) = [forge for forge in summary.forges if forge.stopped]
    assert (stopped.host, stopped.requests, stopped.failed) == (weather.bad.host, 1, [])
    assert summary.stopped is not None
    assert "nothing answers there: connection refused" in summary.stopped


@pytest.mark.parametrize("fault", [Body(body=PAGE, content_type="text/html"), Hang()], ids=["odd", "silent"])
async def test_one_answer_that_is_none_is_one_failure(weather: Weather, fault: Fault) -> None:
    observatory = weather.observatory
    await observatory.fill()
    weather.bad.fail("/api/*b3", fault)
    summary = await observatory.enrich_from_all()
    assert get_stars(weather) == {name: stars for name, stars in ALL.items() if name != "b3"}
    assert [failure.name for failure in summary.failed] == [f"{weather.bad.host}/o/b3"]
    assert (summary.exit_code, summary.stopped) == (1, None)


# Limits


@pytest.mark.parametrize("dated", [False, True], ids=["seconds", "a date"])
async def test_a_long_limit_leaves_the_rest_for_the_next_run(weather: Weather, dated: bool) -> None:
    observatory = weather.observatory
    await observatory.fill()
    until = observatory.clock.now + timedelta(minutes=20)
    told = format_datetime(until, usegmt=True) if dated else "1200"
    weather.bad.fail("/api/*", Status(status=429, body=b"Retry later", headers={"Retry-After": told}))
    summary = await observatory.enrich_from_all()
    assert get_stars(weather) == OTHERS
    assert (summary.left, summary.exit_code, summary.complete) == (MANY, 0, False)
    assert summary.resume_at is not None
    assert abs(summary.resume_at - until) < timedelta(seconds=2)
    (limited,) = [forge for forge in summary.forges if forge.left]
    assert (limited.host, limited.requests) == (weather.bad.host, 1)
    assert observatory.clock.slept == []
    weather.bad.mend()
    observatory.clock.pass_by(timedelta(minutes=21))
    summary = await observatory.enrich_from_all()
    assert (get_stars(weather), summary.asked, summary.left) == (ALL, MANY, 0)


async def test_a_limit_without_a_time_is_waited_for_a_minute_and_longer_each_time(weather: Weather) -> None:
    observatory = weather.observatory
    await observatory.fill()
    weather.bad.fail("/api/*", Status(status=429, body=b"Retry later"), times=2)
    summary = await observatory.enrich_from_all()
    assert (get_stars(weather), summary.exit_code) == (ALL, 0)
    assert [round(pause, -1) for pause in observatory.clock.slept] == [60, 120]


async def test_an_exhausted_budget_ends_before_it_is_overdrawn(weather: Weather) -> None:
    observatory = weather.observatory
    await observatory.fill()
    weather.bad.remaining = 3
    weather.bad.resets_at = (observatory.clock.now + timedelta(minutes=20)).timestamp()
    summary = await observatory.enrich_from_all()
    assert weather.bad.statuses[429] == 0
    assert (summary.asked, summary.left) == (5, MANY - 3)
    assert len(get_stars(weather)) == 3 + len(OTHERS)


# Secrets


async def test_the_token_is_githubs_alone(weather: Weather, caplog: pytest.LogCaptureFixture) -> None:
    observatory = weather.observatory
    caplog.set_level(logging.DEBUG)
    await observatory.fill()
    weather.bad.fail("/api/*", turn_away("127.0.0.1"))
    observatory.github.fail("/graphql", turn_away("evil.example"), times=1)
    first = await observatory.enrich_from_all()
    second = await observatory.enrich_from_all()
    for server in (weather.bad, weather.good):
        assert server.requests
        assert not any("Authorization" in record.headers for record in server.requests)
        assert not any(TOKEN in json.dumps(dict(record.headers)) for record in server.requests)
    assert TOKEN not in caplog.text + repr(first) + repr(second)
