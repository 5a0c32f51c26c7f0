"""GitHub and Typesense in bad weather: limits, time-outs, gaps and refusals, and nothing lost by them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit

import pytest

from pyf.aggregator.jobs.enrich.forges.refresh import MAX_WAITS
from tests.observatory import DAY, Observatory
from tests.servers.faults import Body, CloseConnection, CutBody, Fault, Hang, Status
from tests.servers.github import TOKEN, GitHubServer
from tests.servers.stand_in import Record
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

QUERY = "/graphql"
SECONDARY = json.dumps({"message": "You have exceeded a secondary rate limit. Please wait."}).encode()


@pytest.fixture
def proxy(observatory: Observatory) -> Iterator[TypesenseProxy]:
    """A proxy before the suite's Typesense, which the enrichment goes through."""
    with TypesenseProxy(behind=observatory.laboratory.typesense.url) as server:
        observatory.laboratory.typesense_url = server.url
        yield server


async def fill(observatory: Observatory, count: int = 3) -> dict[str, int]:
    """Put so many projects with a repository each into the collection; return the stars they should show."""
    for number, slug in enumerate(observatory.hub.add_many(count)):
        # The later the number, the longer ago the release: the order in which they are asked for.
        observatory.add_project(f"p{number:04}", slug)
    await observatory.fill()
    return {f"p{number:04}": number for number in range(count)}


# The size of queries


async def test_queries_grow_from_fifty_to_a_hundred(observatory: Observatory) -> None:
    stars = await fill(observatory, 260)
    summary = await observatory.enrich()
    assert observatory.github.sizes == [50, 100, 100, 10]
    assert (observatory.get_stars(), summary.exit_code) == (stars, 0)
    assert (summary.requests, summary.points) == (4, 2 + 4 + 4 + 1)


async def test_known_repositories_are_asked_for_by_id_a_hundred_at_once(observatory: Observatory) -> None:
    await fill(observatory, 120)
    await observatory.enrich()
    observatory.clock.pass_by(DAY)
    observatory.github.clear_requests()
    summary = await observatory.enrich()
    bodies = [json.loads(record.body) for record in observatory.github.requests]
    assert [len(body["variables"]["ids"]) for body in bodies] == [50, 70]
    assert all("repository(" not in body["query"] for body in bodies)
    assert (summary.asked, summary.exit_code) == (120, 0)


async def test_names_are_variables_and_no_part_of_the_query(observatory: Observatory) -> None:
    await fill(observatory, 2)
    await observatory.enrich()
    (record,) = observatory.github.requests
    query = json.loads(record.body)
    assert "owner/" not in query["query"]
    assert "r0001" not in query["query"].replace("r0:", "").replace("r1:", "")
    assert sorted(query["variables"].values()) == ["owner", "owner", "r0000", "r0001"]


async def test_a_query_that_takes_github_too_long_is_halved(observatory: Observatory) -> None:
    stars = await fill(observatory, 100)
    observatory.github.largest = 30
    summary = await observatory.enrich()
    assert observatory.github.sizes == [50, 25, 35, 17, 27, 31, 15, 16]
    assert (observatory.get_stars(), summary.failed) == (stars, [])
    assert max(observatory.github.asked.values()) == 1


async def test_a_query_is_halved_down_to_one(observatory: Observatory) -> None:
    stars = await fill(observatory, 3)
    observatory.github.largest = 1
    summary = await observatory.enrich()
    assert (observatory.get_stars(), summary.exit_code) == (stars, 0)


@pytest.mark.parametrize(
    "fault",
    [
        Status(status=502),
        Status(status=504),
        Status(
            status=200, body=b'{"errors": [{"message": "Something went wrong while executing your query."}]}'
        ),
        Status(status=200, body=b'{"data": null, "errors": [{"message": "timedout", "type": "INTERNAL"}]}'),
    ],
    ids=["502", "504", "something went wrong", "no data"],
)
async def test_whatever_says_too_large_is_halved(observatory: Observatory, fault: Fault) -> None:
    stars = await fill(observatory)
    observatory.github.fail(QUERY, fault, times=1)
    summary = await observatory.enrich()
    assert (observatory.get_stars(), summary.exit_code, observatory.github.sizes) == (stars, 0, [1, 2])


async def test_what_an_answer_leaves_out_is_asked_for_again_alone(observatory: Observatory) -> None:
    stars = await fill(observatory, 90)
    observatory.github.silent = {"owner/r0007", "owner/r0041"}
    summary = await observatory.enrich()
    assert (observatory.get_stars(), summary.exit_code) == (stars, 0)
    # A query that was not answered whole was too large.
    first, *later = observatory.github.sizes
    assert (first, max(later) <= 25) == (50, True)
    assert max(observatory.github.asked.values()) == 1


async def test_one_repository_that_github_never_manages_fails_alone(observatory: Observatory) -> None:
    await fill(observatory, 1)
    observatory.github.largest = 0
    summary = await observatory.enrich()
    assert [trouble.name for trouble in summary.failed] == ["owner/r0000"]
    assert "could not answer a query of 1 (HTTP 502)" in summary.failed[0].reason
    assert (summary.exit_code, summary.stopped) == (1, None)


async def test_a_github_that_manages_nothing_is_an_outage(observatory: Observatory) -> None:
    await fill(observatory, 60)
    observatory.github.largest = 0
    summary = await observatory.enrich()
    assert summary.stopped is not None
    assert "5 questions in a row got no usable answer" in summary.stopped
    assert summary.requests == len([50, 25, 12, 6, 3, 1]) + 4
    assert summary.exit_code == 1


async def test_missing_and_blocked_repositories_leave_the_others_good(observatory: Observatory) -> None:
    stars = await fill(observatory, 5)
    observatory.hub.remove("owner/r0001")
    observatory.hub.get("owner/r0002").blocked = True
    observatory.hub.get("owner/r0003").disabled = True
    summary = await observatory.enrich()
    assert {trouble.name: trouble.reason for trouble in summary.unavailable} == {
        "owner/r0001": "missing",
        "owner/r0002": "blocked",
        "owner/r0003": "blocked",
    }
    assert observatory.get_stars() == {name: stars[name] for name in ("p0000", "p0004")}
    assert (summary.requests, summary.failed, summary.exit_code) == (1, [], 0)
    observatory.clock.pass_by(6 * DAY)
    assert (await observatory.enrich()).asked == 2


# Limits


async def test_an_exhausted_budget_ends_the_run_before_it_is_overdrawn(observatory: Observatory) -> None:
    stars = await fill(observatory, 200)
    grant = observatory.github.graph
    grant.remaining, grant.resets_at = 7, (observatory.clock.now + timedelta(minutes=20)).timestamp()
    summary = await observatory.enrich()
    # Fifty for two points, a hundred for four; the rest would cost two, and one is left.
    assert (summary.asked, summary.left, summary.points_left) == (150, 50, 1)
    assert summary.resume_at == datetime.fromtimestamp(int(grant.resets_at), UTC)
    assert (summary.exit_code, summary.complete, summary.stopped) == (0, False, None)
    assert (observatory.clock.slept, len(observatory.get_stars())) == ([], 150)
    # From there the next run goes on.
    grant.remaining = 5000
    observatory.clock.pass_by(timedelta(minutes=21))
    grant.resets_at += 3600
    summary = await observatory.enrich()
    assert (summary.asked, summary.from_cache, summary.left) == (50, 150, 0)
    assert observatory.get_stars() == stars
    assert max(observatory.github.asked.values()) == 1


async def test_a_reset_that_is_near_is_waited_for(observatory: Observatory) -> None:
    stars = await fill(observatory, 80)
    grant = observatory.github.graph
    grant.remaining, grant.resets_at = 2, (observatory.clock.now + timedelta(seconds=40)).timestamp()

    def renew(_: object) -> None:
        if observatory.clock.slept:
            grant.remaining, grant.resets_at = 5000, grant.resets_at + 3600

    observatory.github.on_request = renew
    summary = await observatory.enrich()
    assert (summary.exit_code, summary.left, observatory.get_stars()) == (0, 0, stars)
    assert observatory.clock.slept in ([40], [41])


async def test_a_budget_that_others_emptied_is_believed(observatory: Observatory) -> None:
    await fill(observatory)
    grant = observatory.github.graph
    grant.remaining, grant.resets_at = 0, (observatory.clock.now + timedelta(minutes=20)).timestamp()
    summary = await observatory.enrich()
    assert (summary.left, summary.requests, summary.exit_code) == (3, 1, 0)
    assert summary.resume_at == datetime.fromtimestamp(int(grant.resets_at), UTC)


async def test_a_reset_in_the_past_is_asked_about_again_but_not_for_ever(observatory: Observatory) -> None:
    await fill(observatory)
    grant = observatory.github.graph
    grant.remaining, grant.resets_at = 0, (observatory.clock.now - timedelta(minutes=5)).timestamp()
    summary = await observatory.enrich()
    assert (summary.left, summary.requests, summary.exit_code) == (3, 4, 0)
    assert observatory.clock.slept == [1, 1, 1]
    assert summary.resume_at == observatory.clock.now


LIMITS: dict[str, tuple[Fault, list[int]]] = {
    "seconds": (Status(status=403, body=SECONDARY, headers={"Retry-After": "30"}), [31]),
    "too many requests": (Status(status=429, body=SECONDARY, headers={"Retry-After": "5"}), [6]),
    "no time named": (Status(status=403, body=SECONDARY), [61]),
    "with HTTP 200": (
        Status(status=200, body=b'{"errors": [{"message": "You have exceeded a secondary rate limit."}]}'),
        [61],
    ),
    "no word at all": (Status(status=429, body=b"<html>"), [61]),
}


@pytest.mark.parametrize(("fault", "pauses"), LIMITS.values(), ids=LIMITS)
async def test_a_secondary_limit_is_waited_for(
    observatory: Observatory, caplog: pytest.LogCaptureFixture, fault: Fault, pauses: list[int]
) -> None:
    caplog.set_level("INFO")
    stars = await fill(observatory)
    observatory.github.fail(QUERY, fault, times=1)
    summary = await observatory.enrich()
    assert (summary.exit_code, observatory.get_stars(), observatory.clock.slept) == (0, stars, pauses)
    told = [f"GitHub asks for a pause; continuing in {pause} s." for pause in pauses]
    assert [message for message in caplog.messages if "pause" in message] == told


async def test_retry_after_may_be_a_date(observatory: Observatory) -> None:
    stars = await fill(observatory)
    date = format_datetime(observatory.clock.now + timedelta(seconds=90))
    fault = Status(status=403, body=SECONDARY, headers={"Retry-After": date})
    observatory.github.fail(QUERY, fault, times=1)
    summary = await observatory.enrich()
    assert (summary.exit_code, observatory.get_stars()) == (0, stars)
    assert observatory.clock.slept in ([90], [91])


async def test_a_secondary_limit_that_stays_is_met_with_growing_pauses(observatory: Observatory) -> None:
    await fill(observatory)
    observatory.github.fail(QUERY, Status(status=403, body=SECONDARY))
    summary = await observatory.enrich()
    assert observatory.clock.slept == [61, 121, 241]
    assert (summary.left, summary.exit_code, summary.stopped) == (3, 0, None)
    assert summary.resume_at is not None
    assert summary.resume_at > observatory.clock.now + timedelta(minutes=7)


@pytest.mark.parametrize(("times", "left"), [(MAX_WAITS, 0), (MAX_WAITS + 1, 10)])
async def test_after_an_answer_as_many_pauses_are_waited_for_again(
    observatory: Observatory, times: int, left: int
) -> None:
    await fill(observatory, 60)
    fault = Status(status=403, body=SECONDARY, headers={"Retry-After": "7"})
    observatory.github.fail(QUERY, fault, times=MAX_WAITS)

    def limit_again(_: Record) -> None:
        if observatory.github.sizes == [50]:
            observatory.github.on_request = None
            observatory.github.fail(QUERY, fault, times=times)

    observatory.github.on_request = limit_again
    summary = await observatory.enrich()
    assert observatory.clock.slept == [8] * 2 * MAX_WAITS
    assert (summary.asked, summary.left, summary.exit_code) == (60 - left, left, 0)


async def test_a_long_pause_is_left_to_the_next_run(observatory: Observatory) -> None:
    await fill(observatory)
    fault = Status(status=403, body=SECONDARY, headers={"Retry-After": "1800"})
    observatory.github.fail(QUERY, fault)
    summary = await observatory.enrich()
    assert (observatory.clock.slept, summary.left, summary.requests) == ([], 3, 1)
    assert summary.resume_at == observatory.clock.now + timedelta(seconds=1800)


# Failures


@pytest.mark.parametrize(
    "fault",
    [Status(status=503), Status(status=500), CloseConnection(), CutBody(), Hang(), Body(body=b"<html>")],
    ids=lambda fault: repr(fault)[:30],
)
async def test_a_failure_that_passes_is_not_noticed(observatory: Observatory, fault: Fault) -> None:
    stars = await fill(observatory)
    observatory.github.fail(QUERY, fault, times=1)
    summary = await observatory.enrich()
    assert (summary.exit_code, observatory.get_stars(), summary.requests) == (0, stars, 2)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Status(status=503), "is unavailable (HTTP 503)"),
        (CloseConnection(), "the answer was cut off"),
        (Hang(), "no answer in time"),
        (Body(body=b"<html>"), "cannot be read"),
        (Status(status=404), "HTTP 404"),
        (Status(status=418), "HTTP 418"),
    ],
    ids=lambda value: repr(value)[:30],
)
async def test_a_failure_that_stays_stops_the_run_in_one_sentence(
    observatory: Observatory, fault: Fault, reason: str
) -> None:
    await fill(observatory)
    observatory.github.fail(QUERY, fault)
    summary = await observatory.enrich()
    assert summary.stopped is not None
    assert reason in summary.stopped
    assert (summary.exit_code, summary.asked, observatory.get_stars()) == (1, 0, {})


@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_token_is_one_sentence(observatory: Observatory, status: int) -> None:
    await fill(observatory, 60)
    fault = Status(status=status, body=json.dumps({"message": f"Bad credentials {TOKEN}."}).encode())
    observatory.github.fail(QUERY, fault)
    summary = await observatory.enrich()
    assert summary.stopped is not None
    assert "refuses the token (Bad credentials [hidden])" in summary.stopped
    assert TOKEN not in summary.stopped
    assert (summary.exit_code, summary.requests, summary.left) == (1, 1, 60)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("token", [TOKEN, None], ids=["token", "no token"])
async def test_the_token_goes_to_no_other_host(
    observatory: Observatory, status: int, token: str | None
) -> None:
    await fill(observatory, 1)
    observatory.token = token
    with GitHubServer(hub=observatory.hub) as elsewhere:
        path = QUERY if token else "/repos/owner/r0000"
        location = {"Location": f"{elsewhere.url}{path}"}
        observatory.github.fail(path, Status(status=status, headers=location))
        summary = await observatory.enrich()
        assert elsewhere.requests == []
    said = f"{summary.stopped} {summary.failed}"
    assert "redirects to another address, which is not followed" in said
    assert summary.exit_code == 1


# Without a token


async def test_without_a_token_each_is_asked_over_rest(observatory: Observatory) -> None:
    observatory.token = None
    observatory.hub.add("o/a", stars=5, watchers=2, issues=3, pull_requests=4)
    observatory.hub.add("o/calm", stars=6)
    observatory.hub.add("o/closed", stars=7, pull_requests=2, has_issues=False)
    for name in ("a", "calm", "closed"):
        observatory.add_project(name, f"o/{name}")
    await observatory.fill()
    summary = await observatory.enrich()
    assert (summary.requests, summary.points, summary.points_left) == (3, 3, 57)
    assert all("Authorization" not in record.headers for record in observatory.github.requests)
    figures = observatory.get_figures()
    assert (figures["a"]["github_stars"], figures["a"]["github_watchers"]) == (5, 2)
    # REST counts issues and pull requests together, so each is known only where one of them must be 0.
    counts = {
        name: [said.get("github_open_issues"), said.get("github_open_pull_requests")]
        for name, said in figures.items()
    }
    assert counts == {"a": [None, None], "calm": [0, 0], "closed": [0, 2]}


async def test_without_a_token_sixty_an_hour_the_latest_releases_first(observatory: Observatory) -> None:
    observatory.token = None
    stars = await fill(observatory, 70)
    # One of the first repositories is that of the project that was released last, too.
    observatory.add_project("late", "owner/r0003")
    observatory.let_own("late", "owner")
    await observatory.fill()
    late = {"late": stars["p0003"], "p0003": stars["p0003"]}
    summary = await observatory.enrich()
    assert (summary.asked, summary.left, summary.points_left, summary.exit_code) == (60, 10, 0, 0)
    reset = int(observatory.github.rest.resets_at)
    assert summary.resume_at == datetime.fromtimestamp(reset, UTC)
    assert observatory.get_stars() == late | {n: count for n, count in stars.items() if count >= 11}
    observatory.github.rest.remaining = 60
    summary = await observatory.enrich()
    assert (summary.asked, summary.left, observatory.get_stars()) == (10, 0, stars | late)


async def test_without_a_token_what_is_gone_is_asked_for_once(observatory: Observatory) -> None:
    await fill(observatory, 1)
    await observatory.enrich()
    observatory.token = None
    observatory.hub.remove("owner/r0000")
    observatory.clock.pass_by(DAY)
    summary = await observatory.enrich()
    assert ([it.name for it in summary.unavailable], summary.requests) == (["owner/r0000"], 1)


async def test_what_a_missing_token_means_is_told_where_something_is_due(
    observatory: Observatory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="pyf.aggregator.jobs.enrich.forges.source")
    await fill(observatory, 2)
    await observatory.enrich()
    observatory.token = None
    await observatory.enrich()
    assert caplog.records == []
    observatory.clock.pass_by(DAY)
    await observatory.enrich()
    assert [record.getMessage() for record in caplog.records] == [
        "GITHUB_TOKEN is not set, so GitHub answers for 60 repositories an hour at most; 2 are due."
    ]


async def test_without_a_token_an_empty_budget_is_told(observatory: Observatory) -> None:
    observatory.token = None
    await fill(observatory)
    observatory.github.rest.remaining = 0
    summary = await observatory.enrich()
    assert (summary.asked, summary.left, summary.requests, summary.exit_code) == (0, 3, 1, 0)


async def test_what_did_not_change_is_confirmed_by_its_etag(observatory: Observatory) -> None:
    observatory.token = None
    await fill(observatory, 2)
    await observatory.enrich()
    observatory.hub.get("owner/r0001").stars = 50
    observatory.clock.pass_by(DAY)
    observatory.github.clear_requests()
    summary = await observatory.enrich()
    assert all("If-None-Match" in record.headers for record in observatory.github.requests)
    assert (summary.asked, summary.points) == (2, 1)
    checked = {said["github_checked"] for said in observatory.get_figures().values()}
    assert checked == {int(observatory.clock.now.timestamp())}
    assert observatory.get_stars() == {"p0000": 0, "p0001": 50}


async def test_without_a_token_a_rename_is_followed_once(observatory: Observatory) -> None:
    observatory.token = None
    await fill(observatory, 1)
    observatory.hub.rename("owner/r0000", "other/thing")
    assert (await observatory.enrich()).requests == 2
    assert observatory.get_figures()["p0000"]["github_url"] == "https://github.com/other/thing"
    observatory.clock.pass_by(DAY)
    observatory.github.clear_requests()
    assert (await observatory.enrich()).requests == 1
    assert urlsplit(observatory.github.requests[0].path).path == "/repos/other/thing"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Status(status=404, body=b'{"message": "Not Found"}'), "missing"),
        (Status(status=451, body=b'{"message": "Repository access blocked"}'), "blocked"),
        (Status(status=403, body=b'{"message": "Repository access blocked"}'), "blocked"),
    ],
    ids=["404", "451", "403"],
)
async def test_without_a_token_what_is_not_available_is_no_failure(
    observatory: Observatory, fault: Fault, reason: str
) -> None:
    observatory.token = None
    await fill(observatory, 2)
    observatory.github.fail("/repos/owner/r0000", fault)
    summary = await observatory.enrich()
    assert [(trouble.name, trouble.reason) for trouble in summary.unavailable] == [("owner/r0000", reason)]
    assert (summary.exit_code, observatory.get_stars()) == (0, {"p0001": 1})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>Blocked by your organisation</html>", "HTTP 403"),
        (b'{"message": "Request forbidden"}', "HTTP 403: Request forbidden"),
    ],
)
async def test_without_a_token_a_refusal_of_somebody_else_says_nothing_of_the_repository(
    observatory: Observatory, body: bytes, reason: str
) -> None:
    observatory.token = None
    stars = await fill(observatory, 2)
    await observatory.enrich()
    observatory.clock.pass_by(2 * DAY)
    observatory.github.fail("*", Status(status=403, body=body))
    summary = await observatory.enrich()
    assert (observatory.get_stars(), summary.exit_code, summary.unavailable) == (stars, 1, [])
    assert f"({reason})" in summary.failed[0].reason


@pytest.mark.parametrize("status", [403, 429])
async def test_without_a_token_a_secondary_limit_is_waited_for(observatory: Observatory, status: int) -> None:
    observatory.token = None
    stars = await fill(observatory)
    fault = Status(status=status, body=SECONDARY, headers={"Retry-After": "7"})
    observatory.github.fail("/repos/*", fault, times=1)
    summary = await observatory.enrich()
    assert (observatory.clock.slept, observatory.get_stars(), summary.exit_code) == ([8], stars, 0)


async def test_without_a_token_one_that_fails_is_listed_and_the_others_go_on(
    observatory: Observatory,
) -> None:
    observatory.token = None
    await fill(observatory)
    observatory.github.fail("/repos/owner/r0001", Status(status=500))
    summary = await observatory.enrich()
    assert [trouble.name for trouble in summary.failed] == ["owner/r0001"]
    assert (summary.exit_code, summary.asked, summary.stopped) == (1, 2, None)
    observatory.github.mend()
    summary = await observatory.enrich()
    assert (summary.asked, summary.exit_code) == (1, 0)


@pytest.mark.parametrize(
    ("answers", "left"),
    [("bbbbgbbbbg", 0), ("gbbbbgbbbb", 0), ("bbbbbggggg", 5), ("gbbbbbgggg", 4)],
)
async def test_without_a_token_five_failures_in_a_row_are_an_outage(
    observatory: Observatory, answers: str, left: int
) -> None:
    observatory.token = None
    await fill(observatory, len(answers))
    for number, answer in enumerate(reversed(answers)):
        if answer == "b":
            observatory.github.fail(f"/repos/owner/r{number:04}", Status(status=500))
    summary = await observatory.enrich()
    assert (summary.stopped is None) is (left == 0)
    assert (summary.asked, summary.left) == (answers[: len(answers) - left].count("g"), left)


# Typesense


async def test_a_refused_document_is_listed_and_the_others_arrive(
    observatory: Observatory, proxy: TypesenseProxy
) -> None:
    await fill(observatory, 2)
    answer = (
        b'{"success":true}\n{"success":false,"error":"Field `github_stars` must be an int64.","code":400}'
    )
    proxy.fail("/collections/*/documents/import", Body(body=answer), times=1)
    summary = await observatory.enrich()
    assert [trouble.reason for trouble in summary.rejected] == ["Field `github_stars` must be an int64."]
    assert (summary.written, summary.exit_code) == (1, 1)


@pytest.mark.parametrize("fault", [CloseConnection(), CutBody(), Status(status=503)], ids=repr)
async def test_an_update_whose_answer_is_lost_is_said_again(
    observatory: Observatory, proxy: TypesenseProxy, fault: Fault
) -> None:
    stars = await fill(observatory)
    proxy.fail("/collections/*/documents/import", fault, times=1)
    summary = await observatory.enrich()
    assert (summary.written, summary.exit_code, observatory.get_stars()) == (3, 0, stars)


async def test_what_typesense_did_not_take_is_written_next_time_without_asking(
    observatory: Observatory, proxy: TypesenseProxy
) -> None:
    stars = await fill(observatory)
    proxy.fail("/collections/*/documents/import", Status(status=503))
    summary = await observatory.enrich()
    assert summary.stopped is not None
    assert "Typesense" in summary.stopped
    assert observatory.get_stars() == {}
    proxy.mend()
    observatory.github.clear_requests()
    summary = await observatory.enrich()
    assert (summary.requests, summary.written, observatory.get_stars()) == (0, 3, stars)
