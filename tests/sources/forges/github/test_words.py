"""What GitHub, or a proxy before it, says reaches nobody with our token or with escapes in it."""

import json
from datetime import timedelta

import pytest

from pyf.aggregator.jobs.progress import EnrichSummary
from tests.observatory import Observatory
from tests.servers.faults import Body, Fault, Status
from tests.servers.github import TOKEN

pytestmark = pytest.mark.asyncio

ECHO = f"you sent Bearer {TOKEN} \x1b[2J" + "x" * 5000


def answer(**content: object) -> Body:
    return Body(body=json.dumps(content).encode(), content_type="application/json")


async def enrich_one(observatory: Observatory, path: str, fault: Fault) -> EnrichSummary:
    (slug,) = observatory.hub.add_many(1)
    observatory.add_project("p", slug)
    await observatory.fill()
    observatory.github.fail(path, fault)
    return await observatory.enrich()


FAULTS = {
    "of one repository": answer(data={"r0": None}, errors=[{"message": ECHO, "path": ["r0"]}]),
    "its kind": answer(data={"r0": None}, errors=[{"type": ECHO, "path": ["r0"]}]),
    "of the whole": answer(data=None, errors=[{"message": ECHO}]),
    "in the wrong place": answer(data={"r0": {"id": [TOKEN]}}),
    "in a key": answer(data={TOKEN: {}}, errors={TOKEN: 7}),
    "a refusal": Status(status=401, body=json.dumps({"message": ECHO}).encode()),
    "no JSON": Body(body=ECHO.encode()),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_an_answer_that_echoes_the_token_is_repeated_without_it(
    observatory: Observatory, fault: Fault
) -> None:
    summary = await enrich_one(observatory, "/graphql", fault)
    said = repr(summary) + str(summary.stopped) + "".join(item.reason for item in summary.failed)
    assert summary.exit_code == 1
    assert TOKEN not in said
    assert "\x1b" not in said
    assert all(len(item.reason) < 700 for item in summary.failed)


@pytest.mark.parametrize(
    "reset", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z"]
)
async def test_a_reset_at_the_end_of_time_is_an_hour_or_two_off(observatory: Observatory, reset: str) -> None:
    limit = {"cost": 1, "remaining": 0, "resetAt": reset}
    summary = await enrich_one(
        observatory, "/graphql", answer(data={"rateLimit": limit, "r0": None}, errors=[{"message": "no"}])
    )
    assert summary.stopped is None or "no" in summary.stopped
    if summary.resume_at is not None:
        assert summary.resume_at - observatory.clock.now <= timedelta(hours=2)


async def test_a_redirect_to_what_is_no_address_fails_alone(observatory: Observatory) -> None:
    observatory.token = None
    fault = Status(status=301, headers={"Location": "http://[::1"})
    summary = await enrich_one(observatory, "/repos/owner/r0000", fault)
    assert summary.stopped is None
    assert "not followed" in summary.failed[0].reason
