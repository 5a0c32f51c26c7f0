"""The doors: whatever comes through, a value of ours or one error of ours, in bounded time."""

import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from xmlrpc import client as xmlrpc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyf.aggregator.documents.project import encode_document
from pyf.aggregator.errors.root import AggregatorError
from pyf.aggregator.errors.sources import MalformedResponse, RateLimited, SourceUnavailable
from pyf.aggregator.metadata.model import NormalizedName
from pyf.aggregator.sources.downloads import read_downloads
from pyf.aggregator.sources.end_of_life import parse_product
from pyf.aggregator.sources.forges.github.graph import GraphAnswer
from pyf.aggregator.sources.forges.github.outcomes import Wanted, read_message
from pyf.aggregator.sources.forges.github.rest import parse_repository
from pyf.aggregator.sources.forges.limits import read_budget
from pyf.aggregator.sources.forges.outcomes import Found, Unanswered
from pyf.aggregator.sources.http import Answer
from pyf.aggregator.sources.parsing import MAX_NUMBER, at_door, read_etag, read_number
from pyf.aggregator.sources.pypi.client import parse_browse
from pyf.aggregator.sources.pypi.feeds import MAX_ENTRIES, parse_feed
from pyf.aggregator.sources.pypi.integrity import build_provenance_url, parse_provenance
from pyf.aggregator.sources.pypi.project_json import parse_project, read_page
from pyf.aggregator.sources.pypi.project_list import ProjectListPage, parse_project_list
from pyf.aggregator.sources.pypi.project_page import find_attested_files, parse_index_page
from tests.made_up import build_whole_document
from tests.servers.clickhouse import build_answer as build_counts
from tests.servers.end_of_life import build_cycle

URL = "https://source.invalid/x"
NAME = NormalizedName("a")
SECONDS = 5.0
LONG = "9" * 5000


def build_answer(body: bytes) -> Answer:
    return Answer(url=URL, status=200, headers={}, body=body)


def read_project(body: bytes) -> object:
    project = parse_project(read_page(body, URL, NAME))
    return encode_document(build_whole_document(project), content_hash="x", replaces=False)


def read_index_page(body: bytes) -> object:
    page = parse_index_page(body, URL, NAME)
    return page, [build_provenance_url(URL, NAME, file) for file in find_attested_files(page)]


def read_graph(body: bytes) -> object:
    answer = GraphAnswer(body, URL)
    return answer.budget, answer.general_error, answer.rate_limited, answer.read_outcomes(WANTED)


WANTED = [Wanted(slug=NormalizedName("o/n")), Wanted(slug=NormalizedName("o/m"), node_id="R_1")]  # type: ignore[arg-type]
FIGURES = {
    "id": "R_1",
    "nameWithOwner": "o/n",
    "url": "https://github.com/o/n",
    "stargazerCount": 1,
    "forkCount": 1,
    "isArchived": False,
    "isDisabled": False,
    "isPrivate": False,
    "updatedAt": "2026-01-01T00:00:00Z",
    "pushedAt": None,
    "watchers": {"totalCount": 1},
    "issues": {"totalCount": 1},
    "pullRequests": {"totalCount": 1},
    "repositoryTopics": {"nodes": [{"topic": {"name": "x"}}]},
    "licenseInfo": {"spdxId": "MIT"},
}
GRAPH = {
    "data": {
        "rateLimit": {"cost": 1, "remaining": 5, "resetAt": "2026-01-01T00:00:00Z"},
        "r0": FIGURES,
        "nodes": [FIGURES],
    },
    "errors": [{"type": "NOT_FOUND", "path": ["r1"], "message": "no"}],
}
REST = {
    "node_id": "R_1",
    "full_name": "o/n",
    "html_url": "https://github.com/o/n",
    "stargazers_count": 1,
    "subscribers_count": 1,
    "forks_count": 1,
    "open_issues_count": 0,
    "archived": False,
    "updated_at": "2026-01-01T00:00:00Z",
    "license": {"spdx_id": "MIT"},
    "topics": ["x"],
}
PROJECT = {
    "info": {
        "name": "a",
        "version": "1.0",
        "summary": "s",
        "description": "d",
        "keywords": "a,b",
        "classifiers": ["A :: B"],
        "project_urls": {"Source": "https://github.com/o/n"},
        "requires_dist": ["b>=1"],
        "author_email": "A <a@example.org>",
    },
    "last_serial": 7,
    "releases": {
        "1.0": [{"filename": "a.whl", "upload_time_iso_8601": "2026-01-02T03:04:05Z", "yanked": False}]
    },
    "urls": [],
    "ownership": {"roles": [{"role": "Owner", "user": "x"}], "organization": None},
    "vulnerabilities": [{"id": "V", "aliases": [], "link": "https://x.example", "fixed_in": ["2"]}],
}
LIST = {
    "meta": {"_last-serial": 9, "api-version": "1.4"},
    "projects": [{"name": "A.b", "_last-serial": 3}, {"name": "c", "_last-serial": 9}],
}
PAGE = {
    "meta": {"api-version": "1.4"},
    "name": "a",
    "project-status": {"status": "archived"},
    "versions": ["1.0", "2.0"],
    "files": [
        {
            "filename": "a-2.0-py3-none-any.whl",
            "upload-time": "2026-01-02T03:04:05Z",
            "yanked": False,
            "provenance": "https://x.invalid",
        },
        {"filename": "a-2.0.tar.gz", "yanked": "broken", "provenance": None},
    ],
}
PROVENANCE = {
    "version": 1,
    "attestation_bundles": [
        {"publisher": {"kind": "GitHub", "repository": "o/n", "claims": None}, "attestations": []},
        {"publisher": {"kind": "GitLab", "repository": "g/s/n"}, "attestations": []},
    ],
}
TODAY = date(2026, 11, 23)
COUNTS = build_counts([["pip", "7", "2026-11-22"], ["a", 5, "2026-11-20"]])
CYCLES = {
    "schema_version": "1.2.0",
    "result": {"name": "plone", "releases": [build_cycle("6.1", "2025-02-07", None)]},
}
FEED = (
    b'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>t</title>'
    b"<item><title>a 1</title><link>https://pypi.org/project/a/1.0/</link>"
    b"<pubDate>Wed, 25 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>"
)
BROWSE = xmlrpc.dumps(([["a", "1.0"], ["B.c", "2"]],), methodresponse=True).encode()
FAULT = xmlrpc.dumps(xmlrpc.Fault(-1, "no"), methodresponse=True).encode()

type Door = Callable[[bytes], object]
DOORS: dict[str, tuple[Door, list[bytes]]] = {
    "project JSON": (read_project, [json.dumps(PROJECT).encode()]),
    "project list": (
        lambda body: parse_project_list(ProjectListPage(etag="", body=body), URL),
        [json.dumps(LIST).encode()],
    ),
    "project page": (read_index_page, [json.dumps(PAGE).encode()]),
    "provenance": (
        lambda body: parse_provenance(body, URL).repositories,
        [json.dumps(PROVENANCE).encode()],
    ),
    "downloads": (
        lambda body: read_downloads(build_answer(body), [NAME], TODAY),
        [json.dumps(COUNTS).encode()],
    ),
    "cycles": (lambda body: parse_product(build_answer(body), "plone"), [json.dumps(CYCLES).encode()]),
    "feed": (lambda body: parse_feed(body, None), [FEED]),
    "browse": (lambda body: parse_browse(build_answer(body)), [BROWSE, FAULT]),
    "GraphQL": (read_graph, [json.dumps(GRAPH).encode()]),
    "REST": (lambda body: parse_repository(body, URL, etag=None), [json.dumps(REST).encode()]),
    "a refusal of GitHub's": (read_message, [b'{"message": "no"}']),
}
EACH_DOOR = pytest.mark.parametrize("door", DOORS)


def knock(door: str, body: bytes) -> object:
    """Let a body in; only errors of ours may come out, and in time."""
    started = time.monotonic()
    said: object
    try:
        said = DOORS[door][0](body)
    except AggregatorError as error:
        said = str(error)
    assert time.monotonic() - started < SECONDS
    if isinstance(said, str):
        assert "\x1b" not in said
        assert len(said) < 1000
    return said


MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, 2000),
        st.integers(0, 30),
        st.sampled_from(
            [
                *(b"", b"[", b"{", b"]", b"}", b'"', b"<", b">", b"&", b"\x00", b"\xff", b"\xed\xa0\x80"),
                *(b"null", b"NaN", b"-1", b"1e999", b"9" * 400, b"9" * 5000, b"9223372036854775808", b"true"),
                *(b'"\\ud800"', b"[" * 3000, b'{"a":' * 3000, b"<value>", b"</value>", b"<array>", b"<nil/>"),
                *(b"<boolean>7</boolean>", b"<struct><member></member></struct>", b"<![CDATA[", b"]]>"),
                *(b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"http://[::1", b"&#0;"),
            ]
        )
        | st.binary(max_size=8),
    ),
    min_size=1,
    max_size=4,
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(2**62, 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", "9" * 5000, "\ud800", "9999-12-31T23:59:59-23:00", "http://[::1", "a" * 3000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
MODEST = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@EACH_DOOR
@MODEST
@given(body=st.binary(max_size=200))
def test_any_bytes_make_a_value_or_one_error_of_ours(door: str, body: bytes) -> None:
    knock(door, body)


@EACH_DOOR
@MODEST
@given(data=st.data(), mutations=MUTATIONS)
def test_a_valid_answer_gone_wrong_makes_a_value_or_one_error_of_ours(
    door: str, data: st.DataObject, mutations: list[tuple[int, int, bytes]]
) -> None:
    body = data.draw(st.sampled_from(DOORS[door][1]))
    for position, length, inserted in mutations:
        start = position % (len(body) + 1)
        body = body[:start] + inserted + body[start + length :]
    knock(door, body)


@pytest.mark.parametrize(
    ("door", "example"),
    [
        ("project JSON", PROJECT),
        ("project list", LIST),
        ("project page", PAGE),
        ("provenance", PROVENANCE),
        ("downloads", COUNTS),
        ("cycles", CYCLES),
        ("GraphQL", GRAPH),
        ("REST", REST),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@MODEST
@given(data=st.data(), value=ANYTHING)
def test_any_value_in_any_place_makes_a_value_or_one_error_of_ours(
    door: str, example: dict[str, object], data: st.DataObject, value: object
) -> None:
    changed = json.loads(json.dumps(example))
    place = changed
    while True:
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
            place = place[key]
        else:
            break
    place[key] = value
    knock(door, json.dumps(changed).encode("utf-8", "surrogatepass"))


# A body is never the name of a file


@EACH_DOOR
def test_a_body_that_is_the_name_of_a_file_is_not_read_from_there(door: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(FEED.replace(b"/a/1.0/", b"/stolen/1.0/"))
    for body in (str(file).encode(), file.as_uri().encode()):
        assert "stolen" not in repr(knock(door, body))


ENTITIES = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "' + b"ha" * 50 + b'">' + ENTITIES + b"]>"


@pytest.mark.parametrize("door", ["feed", "browse"])
def test_xml_entities_neither_explode_nor_read_files(door: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("https://pypi.org/project/stolen/1.0/")
    outside = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a11 SYSTEM "%s">]>' % file.as_uri().encode()
    bodies = {"feed": FEED, "browse": BROWSE}
    for head in (BOMB, outside):
        body = (
            bodies[door]
            .replace(b'<?xml version="1.0" encoding="UTF-8"?>', b"")
            .replace(b"<?xml version='1.0'?>\n", b"")
        )
        body = body.replace(b"<link>", b"<link>&a11;").replace(b"<string>a<", b"<string>&a11;<")
        assert b"&a11;" in body
        assert "stolen" not in repr(knock(door, head + body))


# Named instances


@pytest.mark.parametrize(
    "body",
    [
        b'{"info": {}, "last_serial": 9223372036854775808}',
        b'{"info": {}, "last_serial": ' + LONG.encode() + b"}",
        b'{"info": {}, "last_serial": -1}',
        b'{"info": {"version": ' + b"[" * 50_000 + b'}, "last_serial": 7}',
        b'{"x": "\xed\xa0\x80", "info": {"version": ' + b"[" * 50_000,
    ],
    ids=["2**63", "5,000 digits", "negative", "deep", "deep and no UTF-8"],
)
def test_a_serial_or_a_depth_that_nothing_can_hold_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedResponse):
        read_page(body, URL, NAME)


@pytest.mark.parametrize("header", [LONG, "²", "-7", "1e3", str(2**63), "\u0667", ""])
def test_a_header_that_is_no_serial_is_passed_over(header: str) -> None:
    page = read_page(b'{"info": {}, "last_serial": 7}', URL, NAME, serial=header)
    assert page.serial == 7


@pytest.mark.parametrize(
    "value",
    [
        "<params><param><value>a</value></param><param><value>b</value></param></params>",
        "<params></params>",
        "<params><param><value><string>a</string></value></param></params>",
        "<params><param><value><struct><member><value>x</value></member></struct></value></param></params>",
        "<params><param><value><struct><member><name>a</name></member></struct></value></param></params>",
        "<params><param><value><boolean>7</boolean></value></param></params>",
        "<params><param><value><bigdecimal>odd</bigdecimal></value></param></params>",
        "<params><param><value><int>" + LONG + "</int></value></param></params>",
        "<params><param><value><double>x</double></value></param></params>",
        "<params><param><value><base64>=</base64></value></param></params>",
        "<params><param><value><dateTime.iso8601>x</dateTime.iso8601></value></param></params>",
        "<fault><value><struct></struct></value></fault>",
        "<fault><value><string>x</string></value></fault>",
        "<fault></fault>",
        "<fault/>",
        "</data>",
        "<value></array>",
        "",
    ],
    ids=lambda value: value[:70],
)
def test_xml_rpc_of_an_odd_shape_is_malformed(value: str) -> None:
    body = f"<?xml version='1.0'?><methodResponse>{value}</methodResponse>".encode()
    with pytest.raises(MalformedResponse):
        parse_browse(build_answer(body))


def build_fault(text: str, *, before: str = "") -> Answer:
    body = xmlrpc.dumps(xmlrpc.Fault(-1, text), methodresponse=True)
    return build_answer(body.replace("<fault>", f"{before}<fault>").encode())


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (build_fault("limit may reset in 99999999999999999 seconds"), RateLimited),
        (build_fault(f"limit may reset in {LONG} seconds"), RateLimited),
        (build_fault("limit may reset in 5 seconds"), SourceUnavailable),
        (build_fault("limit may reset in ² seconds"), SourceUnavailable),
        (build_fault("gone \x1b[2J"), SourceUnavailable),
        (build_fault("late", before="<!--" + "x" * 3000 + "-->"), SourceUnavailable),
    ],
    ids=["far", "further", "near", "no number", "escapes", "late"],
)
def test_a_fault_is_a_limit_or_a_refusal_whatever_it_says(answer: Answer, kind: type[Exception]) -> None:
    if answer.body.find(b"\x1b") >= 0:
        answer = build_answer(answer.body.replace(b"\x1b", b""))
    with pytest.raises(kind):
        parse_browse(answer)


def test_rows_of_browse_that_cannot_be_read_leave_the_others_good() -> None:
    rows = [["a", "1"], ["B.c", "2"], ["../x", "1"], ["", "1"], ["d", ""], ["e", 1], 7, ["f"], ["g", "3"]]
    rows += [[f"p{n}", "1"] for n in range(9)]
    body = xmlrpc.dumps((rows,), methodresponse=True).encode()
    found = parse_browse(build_answer(body))
    assert found[:3] == [("a", "1"), ("b-c", "2"), ("g", "3")]
    assert len(found) == 12
    with pytest.raises(MalformedResponse, match="2 of 3 rows"):
        parse_browse(build_answer(xmlrpc.dumps(([["a", "1"], 7, 8],), methodresponse=True).encode()))


def build_feed(*links: str) -> bytes:
    items = "".join(f"<item><link>{link}</link></item>" for link in links)
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'.encode()


@pytest.mark.parametrize(
    "link",
    [
        "http://[::1/project/x/1/",
        "http://]/project/x/1/",
        "https://pypi.org/project/%2e%2e/1/",
        "https://pypi.org/project/a%2Fb/1/",
        "https://pypi.org/project/-/1/",
        "https://pypi.org/project/x/" + "1" * 300 + "/",
        "https://pypi.org/project/x/1%00/",
        "https://pypi.org/project/x%0ay/1/",
    ],
)
def test_one_link_that_leads_nowhere_leaves_the_other_entries_good(link: str) -> None:
    page = parse_feed(
        build_feed("https://pypi.org/project/a/1/", link, "https://pypi.org/project/b/2/"), None
    )
    assert page is not None
    assert [entry.name for entry in page.entries] == ["b", "a"]


def test_a_feed_without_end_is_read_so_far() -> None:
    links = [f"https://pypi.org/project/p{n}/1/" for n in range(MAX_ENTRIES + 50)]
    page = parse_feed(build_feed(*links), None)
    assert page is not None
    assert len(page.entries) == MAX_ENTRIES


ROWS = [{"name": f"p{n}", "_last-serial": n + 1} for n in range(200)]


def read_list(rows: list[object], serial: object = 200, header: int | None = None) -> tuple[int, int, int]:
    body = json.dumps({"meta": {"_last-serial": serial}, "projects": rows}).encode("utf-8", "surrogatepass")
    found = parse_project_list(ProjectListPage(etag="", body=body, serial=header), URL)
    assert set(found.serials) <= {f"p{n}" for n in range(200)}
    return found.serial, len(found.serials), found.unreadable


@pytest.mark.parametrize(
    "row",
    [
        {"name": "x"},
        {"_last-serial": 7},
        {"name": "x", "_last-serial": "7"},
        {"name": "x", "_last-serial": None},
        {"name": "x", "_last-serial": -7},
        {"name": "x", "_last-serial": 2**63},
        {"name": "x", "_last-serial": 10**30},
        {"name": "x", "_last-serial": 10**9},
        {"name": "", "_last-serial": 7},
        {"name": "-", "_last-serial": 7},
        {"name": "../etc", "_last-serial": 7},
        {"name": "a b", "_last-serial": 7},
        {"name": 7, "_last-serial": 7},
        {"name": ["x"], "_last-serial": 7},
        "x",
        None,
        [],
    ],
    ids=repr,
)
def test_a_row_that_cannot_be_read_is_counted_and_leaves_the_others_good(row: object) -> None:
    assert read_list([*ROWS[:100], row, *ROWS[100:]]) == (200, 200, 1)


@pytest.mark.parametrize(
    ("serial", "header", "expected"),
    [
        (200, None, 200),
        (250, None, 250),
        (100_200, None, 100_200),
        (100_201, None, 200),
        (10**30, None, 200),
        (2**63, None, 200),
        (-1, None, 200),
        ("x", None, 200),
        (None, None, 200),
        (True, None, 200),
        (1.5, None, 200),
        (250, 240, 240),
        (240, 250, 240),
        (10**30, 240, 240),
        (240, MAX_NUMBER, 240),
        (150, None, 150),
    ],
)
def test_the_serial_of_a_list_is_one_that_its_rows_and_its_header_bear_out(
    serial: object, header: int | None, expected: int
) -> None:
    assert read_list(list(ROWS), serial, header) == (expected, 200, 0)


def test_rows_in_numbers_are_believed_more_than_a_claim() -> None:
    rows = [{"name": f"p{n}", "_last-serial": 10**6 + n} for n in range(200)]
    assert read_list(list(rows), serial=5) == (10**6 + 199, 200, 0)


def test_a_list_with_many_rows_that_cannot_be_read_is_none() -> None:
    with pytest.raises(MalformedResponse, match="3 rows have no name or no serial"):
        read_list([*ROWS, {}, {}, {}])


# GitHub


@pytest.mark.parametrize(
    "reset", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "x", 7, None]
)
def test_a_reset_that_is_no_time_costs_no_figures(reset: object) -> None:
    limit = {"cost": 1, "remaining": 5, "resetAt": reset}
    answer = GraphAnswer(json.dumps({"data": {"rateLimit": limit, "r0": FIGURES}}).encode(), URL)
    assert isinstance(answer.read_outcomes(WANTED[:1])[WANTED[0]], Found)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stargazerCount", 2**63),
        ("stargazerCount", -1),
        ("stargazerCount", 10**30),
        ("watchers", {"totalCount": 2**53}),
        ("updatedAt", "2026-01-01T00:00:00"),
        ("updatedAt", "yesterday"),
        ("repositoryTopics", None),
        ("licenseInfo", []),
    ],
)
def test_figures_that_cannot_be_leave_the_other_repositories_good(field: str, value: object) -> None:
    data = {"r0": {**FIGURES, field: value}, "nodes": [FIGURES]}
    outcomes = GraphAnswer(json.dumps({"data": data}).encode(), URL).read_outcomes(WANTED)
    assert isinstance(outcomes[WANTED[0]], Unanswered)
    assert isinstance(outcomes[WANTED[1]], Found)


@pytest.mark.parametrize("error", [None, 7, [], {"message": 7}, {"message": "no", "path": [[]]}, {"path": 7}])
def test_an_error_that_cannot_be_read_leaves_the_figures_good(error: object) -> None:
    body = json.dumps({"data": {"r0": FIGURES}, "errors": [error]}).encode()
    outcomes = GraphAnswer(body, URL).read_outcomes(WANTED)
    assert isinstance(outcomes[WANTED[0]], Found)
    assert isinstance(outcomes[WANTED[1]], Unanswered)


@pytest.mark.parametrize(
    ("remaining", "reset", "known"),
    [
        ("5", "1763884800", True),
        ("5", "9" * 14, True),
        ("5", LONG, False),
        (LONG, "1763884800", False),
        ("-1", "1763884800", False),
        ("²", "1763884800", False),
        ("5", "", False),
    ],
)
def test_a_budget_is_read_from_numbers_that_can_be(remaining: str, reset: str, known: bool) -> None:
    budget = read_budget({"x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset})
    assert (budget is not None) is known


# What doors are made of


def test_a_door_lets_out_only_errors_of_ours_and_what_is_nobodys_fault() -> None:
    for error in (
        RecursionError(),
        KeyError("x"),
        OverflowError("x"),
        UnicodeDecodeError("a", b"", 0, 1, ""),
    ):
        with pytest.raises(MalformedResponse), at_door(URL):
            raise error
    for passing in (MemoryError(), KeyboardInterrupt(), RateLimited(URL, None), StopIteration()):  # type: ignore[arg-type]
        expected = MalformedResponse if isinstance(passing, StopIteration) else type(passing)
        with pytest.raises(expected), at_door(URL):
            raise passing


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("7", 7), (" 7 ", 7), ("007", 7), (str(2**53 - 1), 2**53 - 1), (str(2**53), None), (LONG, None)),
        *((None, None), ("", None), ("-7", None), ("+7", None), ("7.0", None), ("1_0", None)),
        *(("²", None), ("\u0667", None)),
    ],
)
def test_a_number_is_ascii_digits_that_all_can_hold(text: str | None, number: int | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("value", "sent_back"),
    [
        ('"abc"', True),
        ('W/"abc"', True),
        ('""', True),
        (None, False),
        ("", False),
        ("abc", False),
        ('"a\r\nX-Evil: 1"', False),
        ('"a\x00"', False),
        ('"\udcff"', False),
        ('"' + "a" * 5000 + '"', False),
    ],
)
def test_an_etag_is_sent_back_only_as_one(value: str | None, sent_back: bool) -> None:
    assert read_etag(value) == (value if sent_back else None)
