"""The stand-ins for signals keep the manners that the product relies on."""

import json
import subprocess
import sys

import pytest

from pyf.aggregator.sources.downloads import build_form
from pyf.aggregator.sources.http import Answer, HttpClient, Request, open_session
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from tests.laboratory import AT_ONCE
from tests.servers.clickhouse import ClickHouseServer, parse_array
from tests.servers.pypi import INDEX_JSON, INTEGRITY_JSON, PyPIServer
from tests.servers.test_pypi import get
from tests.servers.world import GITHUB_PUBLISHER


async def post(server: ClickHouseServer, form: dict[str, str]) -> Answer:
    async with open_session(user_agent="x", connections=1) as session:
        client = HttpClient(session, pace=LocalRateLimiter(0), policy=AT_ONCE)
        request = Request(url=server.url, kind="x", max_bytes=1_000_000, form=form, expected=frozenset({400}))
        return await client.fetch(request, lambda answer: answer)


@pytest.mark.asyncio
async def test_clickhouse_refuses_what_it_cannot_read_and_cuts_what_is_long() -> None:
    form = dict(build_form(["a"]))  # type: ignore[list-item]
    with ClickHouseServer(invented=True) as server:
        for wrong, code in (({"query": "DROP TABLE x"}, 62), ({**form, "param_names": "['a"}, 457)):
            answer = await post(server, wrong)
            assert (answer.status, f"Code: {code}." in answer.body.decode()) == (400, True)
        many = ",".join(f"'p{number}'" for number in range(1200))
        answer = await post(server, {**form, "param_names": f"[{many}]"})
    content = json.loads(answer.body)
    assert (content["rows"], len(content["data"])) == (1000, 1000)


@pytest.mark.parametrize(
    ("text", "strings"),
    [
        ("[]", []),
        ("['a','b c']", ["a", "b c"]),
        (r"['a\'b','c\\','d\n','e,f',']']", ["a'b", "c\\", "d\n", "e,f", "]"]),
    ],
)
def test_an_array_is_read_as_clickhouse_spells_it(text: str, strings: list[str]) -> None:
    assert parse_array(text) == strings


@pytest.mark.parametrize("text", ["", "'a'", "[a]", "['a'", "['a''b']", "['a' OR 1=1]", r"['a\']"])
def test_what_is_no_array_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be parsed"):
        parse_array(text)


def test_a_status_changes_the_page_and_quarantine_also_the_list_and_the_serial(pypi: PyPIServer) -> None:
    pypi.world.add_project("a")
    serial = pypi.world.serial
    etags = []
    for status in ("active", "archived", "quarantined"):
        pypi.world.set_status("a", status)
        _, headers, body = get(pypi, "/simple/a/", Accept=INDEX_JSON)
        etags.append(headers["ETag"])
        assert json.loads(body)["project-status"] == {"status": status}
        listed = json.loads(get(pypi, "/simple/", Accept=INDEX_JSON)[2])["projects"]
        gone = status == "quarantined"
        assert (len(listed), pypi.world.serial, get(pypi, "/pypi/a/json")[0]) == (
            (0, serial + 1, 404) if gone else (1, serial, 200)
        )
    assert json.loads(body)["files"] == []
    assert len(set(etags)) == 3
    pypi.world.set_status("a", "active")
    assert pypi.world.serial == serial + 2


def test_a_file_that_is_attested_says_so_and_by_whom(pypi: PyPIServer) -> None:
    pypi.world.add_project("a")
    path = "/integrity/a/1.0.0/a-1.0.0-py3-none-any.whl/provenance"
    page = json.loads(get(pypi, "/simple/a/", Accept=INDEX_JSON)[2])
    assert [file["provenance"] for file in page["files"]] == [None]
    assert get(pypi, path, Accept=INTEGRITY_JSON)[0] == 404
    pypi.world.attest("a", "1.0.0", GITHUB_PUBLISHER)
    page = json.loads(get(pypi, "/simple/a/", Accept=INDEX_JSON)[2])
    assert [file["provenance"] for file in page["files"]] == [f"https://pypi.invalid{path}"]
    assert get(pypi, path)[0] == 406
    status, _, body = get(pypi, path, Accept=INTEGRITY_JSON)
    assert (status, json.loads(body)["attestation_bundles"][0]["publisher"]) == (200, dict(GITHUB_PUBLISHER))
    assert (pypi.counts.versions, pypi.counts.provenance) == (2, 3)


@pytest.mark.parametrize(
    ("name", "variable"), [("clickhouse", "DOWNLOADS_URL"), ("endoflife", "END_OF_LIFE_URL")]
)
def test_they_are_started_by_hand_and_say_how_to_use_them(name: str, variable: str) -> None:
    command = [sys.executable, "-m", "tests.servers", name, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
    assert line.startswith(f"{variable}=http://127.0.0.1:")
