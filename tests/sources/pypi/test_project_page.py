"""One project's page: what it says, which files are worth a question, and when it is read again."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from pyf.aggregator.errors.sources import MalformedResponse
from pyf.aggregator.metadata.model import DistributionKind, NormalizedName
from pyf.aggregator.sources.http import HttpClient, open_session
from pyf.aggregator.sources.parsing import NotModified
from pyf.aggregator.sources.pypi.client import PyPI
from pyf.aggregator.sources.pypi.project_page import (
    IndexFile,
    IndexPage,
    ProjectStatus,
    find_attested_files,
    parse_index_page,
)
from pyf.aggregator.sources.rate_limit import LocalRateLimiter
from tests.laboratory import AT_ONCE
from tests.servers.faults import Body, Status
from tests.servers.pypi import PyPIServer
from tests.servers.world import GITHUB_PUBLISHER

NAME = NormalizedName("plone-api")
URL = "https://pypi.example/simple/plone-api/"


def parse(**page: Any) -> IndexPage:
    content = {"meta": {"api-version": "1.4"}, "name": "plone-api", "versions": [], "files": []} | page
    content = {key.replace("_", "-"): value for key, value in content.items()}
    return parse_index_page(json.dumps(content).encode(), URL, NAME, etag='"x"')


def make_file(filename: str, **said: Any) -> dict[str, Any]:
    return {"filename": filename, "provenance": f"https://elsewhere.example/{filename}", **said}


def choose(versions: list[str], *files: dict[str, Any]) -> list[str]:
    return [file.filename for file in find_attested_files(parse(versions=versions, files=list(files)))]


@asynccontextmanager
async def asking(pypi: PyPIServer) -> AsyncIterator[PyPI]:
    async with open_session(user_agent="x", connections=1) as session:
        client = HttpClient(session, pace=LocalRateLimiter(0), policy=AT_ONCE)
        yield PyPI(client, url=pypi.url, browse_pace=LocalRateLimiter(0))


@pytest.mark.parametrize(
    ("said", "status"),
    [
        *(({"project_status": {"status": word}}, ProjectStatus(word)) for word in ProjectStatus),
        ({}, ProjectStatus.ACTIVE),
        ({"project_status": {}}, ProjectStatus.ACTIVE),
        ({"project_status": {"status": "abandoned"}}, None),
        ({"project_status": {"status": "ACTIVE"}}, None),
        ({"project_status": {"status": ["active"]}}, None),
        ({"project_status": {"status": None}}, None),
        ({"project_status": "archived"}, None),
        ({"project_status": None}, None),
    ],
    ids=repr,
)
def test_a_status_is_one_of_four_words_and_active_unless_said(
    said: Mapping[str, Any], status: ProjectStatus | None
) -> None:
    assert parse(**said).status is status


def test_a_file_is_read_with_its_release_as_pypi_spells_it() -> None:
    page = parse(
        versions=["1.0.0"],
        files=[
            make_file("plone_api-1.0-py3-none-any.whl", **{"upload-time": "2026-01-02T03:04:05.5Z"}),
            {"filename": "plone.api-1.0.zip", "yanked": "does not start"},
        ],
    )
    assert page.files == (
        IndexFile(
            filename="plone_api-1.0-py3-none-any.whl",
            kind=DistributionKind.WHEEL,
            version="1.0.0",
            upload_time=datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC),
            provenance="https://elsewhere.example/plone_api-1.0-py3-none-any.whl",
        ),
        IndexFile(filename="plone.api-1.0.zip", kind=DistributionKind.SDIST, version="1.0.0", yanked=True),
    )
    assert page.etag == '"x"'


@pytest.mark.parametrize(
    "file",
    [
        None,
        7,
        [],
        {},
        {"filename": None},
        {"filename": 7},
        {"filename": ""},
        {"filename": "a" * 300},
        {"filename": "a\nb"},
    ],
    ids=repr,
)
def test_a_file_without_a_name_leaves_the_others_good(file: object) -> None:
    good = make_file("plone.api-1.0.tar.gz")
    assert [f.filename for f in parse(versions=["1.0"], files=[file, good]).files] == [good["filename"]]


@pytest.mark.parametrize(
    "filename",
    [
        "plone.api-1.0-py2.7.egg",
        "plone.api-1.0.win32.exe",
        "other-1.0.tar.gz",
        "other-1.0-py3-none-any.whl",
        "plone.api-9.tar.gz",
        "plone.api-x.tar.gz",
        "plone_api-1.0-py3.whl",
        "plone.api-" + "9" * 200 + ".tar.gz",
        "plone.api.tar.gz",
        "..",
    ],
)
def test_a_file_whose_name_tells_no_release_of_the_page_is_not_asked_about(filename: str) -> None:
    assert choose(["1.0"], make_file(filename)) == []


def test_the_newest_wheel_and_sdist_of_the_latest_release_are_chosen() -> None:
    old, new = {"upload-time": "2026-01-01T00:00:00Z"}, {"upload-time": "2026-01-02T00:00:00Z"}
    files = [
        make_file("plone.api-1.9.tar.gz", **new),
        make_file("plone.api-1.10.tar.gz", **old),
        make_file("plone_api-1.10-cp311-cp311-win32.whl", yanked=True, **{"upload-time": "2026-02-01"}),
        make_file("plone_api-1.10-cp312-cp312-win32.whl", **new),
        make_file("plone_api-1.10-cp313-cp313-win32.whl", **old),
        make_file("plone.api-2.0b1.tar.gz", **new),
    ]
    chosen = choose(["2.0b1", "1.9", "1.10"], *files)
    assert chosen == ["plone_api-1.10-cp312-cp312-win32.whl", "plone.api-1.10.tar.gz"]


def test_only_what_has_a_provenance_is_chosen_and_never_from_an_older_release() -> None:
    versions = ["1.0", "2.0"]
    older = make_file("plone.api-1.0.tar.gz")
    nothings: tuple[object, ...] = (None, "", 7, [], "x" * 3000)
    for nothing in nothings:
        assert choose(versions, older, make_file("plone.api-2.0.tar.gz", provenance=nothing)) == []
    wheel = make_file("plone_api-2.0-py3-none-any.whl")
    assert choose(versions, older, make_file("plone.api-2.0.tar.gz", provenance=None), wheel) == [
        wheel["filename"]
    ]
    assert choose([*versions, "3.0"], older, wheel) == []


def test_the_latest_is_yanked_or_a_prerelease_only_where_nothing_else_is() -> None:
    one, two = make_file("plone.api-1.0.tar.gz"), make_file("plone.api-2.0.tar.gz")
    pre = make_file("plone.api-3.0rc1.tar.gz")
    assert choose(["1.0", "2.0"], one, {**two, "yanked": True}) == [one["filename"]]
    assert choose(["1.0", "2.0"], {**one, "yanked": True}, {**two, "yanked": "bad"}) == [two["filename"]]
    assert choose(["1.0", "3.0rc1"], {**one, "yanked": True}, pre) == [pre["filename"]]
    assert choose(["3.0rc1", "odd"], pre, make_file("plone.api-odd.tar.gz")) == []


@pytest.mark.parametrize(
    "page",
    [
        {"name": "other"},
        {"name": 7},
        {"meta": {"api-version": "2.0"}},
        {"versions": None},
        {"versions": [7]},
        {"versions": "1.0"},
    ],
    ids=repr,
)
def test_what_is_no_page_of_this_project_is_malformed(page: Mapping[str, Any]) -> None:
    with pytest.raises(MalformedResponse):
        parse(**page)


@pytest.mark.parametrize(
    "page", [{"files": None}, {"files": {}}, {"meta": 7}, {"meta": {"api-version": 1}}, {"name": None}]
)
def test_what_a_page_need_not_say_leaves_the_rest_good(page: Mapping[str, Any]) -> None:
    found = parse(versions=["1.0"], **page)
    assert (found.versions, found.status, found.files) == (("1.0",), ProjectStatus.ACTIVE, ())


# At the socket


@pytest.mark.asyncio
async def test_a_page_is_sent_again_only_when_it_changed_and_archiving_moves_no_serial(
    pypi: PyPIServer,
) -> None:
    pypi.world.add_project("a")
    serial = pypi.world.serial
    async with asking(pypi) as source:
        page = await source.fetch_index_page(NormalizedName("a"))
        assert isinstance(page, IndexPage)
        again = await source.fetch_index_page(NormalizedName("a"), etag=page.etag)
        pypi.world.set_status("a", "archived")
        archived = await source.fetch_index_page(NormalizedName("a"), etag=page.etag)
        kinds = source.requests
    assert (page.status, page.versions) == (ProjectStatus.ACTIVE, ("1.0.0",))
    assert again == NotModified()
    assert isinstance(archived, IndexPage)
    assert (archived.status, archived.etag == page.etag) == (ProjectStatus.ARCHIVED, False)
    assert (pypi.world.serial, pypi.statuses, kinds) == (serial, {200: 2, 304: 1}, {"project page": 3})


@pytest.mark.asyncio
async def test_the_question_after_versions_reads_the_same_page(pypi: PyPIServer) -> None:
    pypi.world.add_project("a")
    async with asking(pypi) as source:
        assert await source.fetch_versions(NormalizedName("a")) == ("1.0.0",)
        pypi.world.remove_releases("a")
        assert await source.fetch_versions(NormalizedName("a")) == ()
        assert await source.fetch_versions(NormalizedName("b")) is None
        assert await source.fetch_index_page(NormalizedName("b")) is None
        assert source.requests == {"versions": 3, "project page": 1}
    assert {record.headers["Accept"] for record in pypi.requests} == {"application/vnd.pypi.simple.v1+json"}


@pytest.mark.asyncio
async def test_an_etag_that_would_break_a_header_is_not_sent(pypi: PyPIServer) -> None:
    pypi.world.add_project("a")
    async with asking(pypi) as source:
        page = await source.fetch_index_page(NormalizedName("a"), etag='"a"\r\nX-Evil: 1')
        pypi.fail("/simple/*", Status(status=304, body=b""))
        with pytest.raises(MalformedResponse, match="nothing was cached"):
            await source.fetch_index_page(NormalizedName("a"))
    assert isinstance(page, IndexPage)
    assert "If-None-Match" not in pypi.requests[0].headers


@pytest.mark.asyncio
async def test_the_page_of_another_project_is_not_taken(pypi: PyPIServer) -> None:
    pypi.fail("/simple/a/", Body(body=b'{"name": "b", "versions": []}'))
    pypi.world.add_project("a")
    async with asking(pypi) as source:
        with pytest.raises(MalformedResponse, match="it speaks of 'b'"):
            await source.fetch_index_page(NormalizedName("a"))


@pytest.mark.asyncio
async def test_who_published_is_asked_of_our_own_pypi_under_quoted_names(pypi: PyPIServer) -> None:
    """What the page names as the address is another host, which nobody asks."""
    pypi.world.add_project("a", version="1.0+x")
    pypi.world.attest("a", "1.0+x", GITHUB_PUBLISHER)
    async with asking(pypi) as source:
        page = await source.fetch_index_page(NormalizedName("a"))
        assert isinstance(page, IndexPage)
        (file,) = find_attested_files(page)
        provenance = await source.fetch_provenance(NormalizedName("a"), file)
        assert provenance is not None
        assert provenance.repositories == ("github.com/collective/collective.easyform",)
        unsaid = IndexFile(filename="a-1.0+x.tar.gz", version="1.0+x")
        assert await source.fetch_provenance(NormalizedName("a"), unsaid) is None
        odd = IndexFile(filename="../../x?y#z%2F .whl", version="..%2e/..")
        assert await source.fetch_provenance(NormalizedName("a"), odd) is None
        pypi.fail("/integrity/*", Status(status=403))
        assert await source.fetch_provenance(NormalizedName("a"), file) is None
        assert source.requests["provenance"] == 4
    assert file.provenance is not None
    assert file.provenance.startswith("https://pypi.invalid/")
    assert [record.path for record in pypi.requests[1:3]] == [
        "/integrity/a/1.0+x/a-1.0+x-py3-none-any.whl/provenance",
        "/integrity/a/1.0+x/a-1.0+x.tar.gz/provenance",
    ]
    assert pypi.requests[3].path.startswith("/integrity/a/")
