"""What is remembered of project pages, on one machine and for many."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pyf.aggregator.metadata.model import NormalizedName, Serial
from pyf.aggregator.state.catalogue import KnownProject, open_catalogue
from pyf.aggregator.state.cycles import open_cycles
from pyf.aggregator.state.project_pages import KnownPage, ProjectPages, open_project_pages
from pyf.aggregator.state.redis.project_pages import RedisProjectPages
from pyf.aggregator.state.redis.store import open_store
from pyf.aggregator.state.repositories import open_repositories
from tests.servers.redis import RedisServer

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ORIGIN = "https://pypi.example"
A, B, C = (NormalizedName(name) for name in "abc")
WHOLE = KnownPage(
    name=A, checked_at=NOON, status="archived", attested_by=("github.com/o/a", "gitlab.com/g/h/a"), etag='"1"'
)
ABSENT = KnownPage(name=B, checked_at=NOON, absent_at=Serial(7))


@pytest.fixture(params=["local", "redis"])
def pages(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ProjectPages]:
    if request.param == "local":
        opened = open_project_pages(tmp_path / "catalogue.sqlite")
        yield opened
        opened.close()
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    server.client.flushall()
    store = open_store(server.url)
    yield RedisProjectPages(store, ORIGIN)
    store.close()


def test_what_is_learnt_comes_back_whole_and_a_later_answer_replaces_it(pages: ProjectPages) -> None:
    pages.save(WHOLE)
    pages.save(ABSENT)
    assert pages.load([A, B, C]) == {A: WHOLE, B: ABSENT}
    later = KnownPage(name=A, checked_at=NOON + timedelta(days=7), status="active")
    pages.save(later)
    assert (pages.load([A]), pages.load([])) == ({A: later}, {})


def test_who_published_a_file_is_known_for_good_be_it_nobody(pages: ProjectPages) -> None:
    pages.save_provenance("a-1.whl", ("github.com/o/a",))
    pages.save_provenance("a-1.tar.gz", ())
    assert pages.load_provenances(["a-1.whl", "a-1.tar.gz", "a-2.whl"]) == {
        "a-1.whl": ("github.com/o/a",),
        "a-1.tar.gz": (),
    }
    assert pages.load_provenances([]) == {}


def test_thousands_are_found_at_once(pages: ProjectPages) -> None:
    names = [NormalizedName(f"p{number:04}") for number in range(2500)]
    for name in names[::100]:
        pages.save(KnownPage(name=name, checked_at=NOON))
    assert list(pages.load(names)) == names[::100]


def test_one_file_holds_all_that_is_remembered(tmp_path: Path) -> None:
    """Commands of every kind run side by side, whichever was first."""
    path = tmp_path / "catalogue.sqlite"
    with closing(open_project_pages(path)) as pages, closing(open_catalogue(path)) as catalogue:
        with closing(open_cycles(path)), closing(open_repositories(path, origin=ORIGIN)):
            pages.save(WHOLE)
            catalogue.save_projects([KnownProject(name=A, serial=Serial(1), classifiers=())])
        assert (pages.load([A]), len(list(catalogue.load_projects([A])))) == ({A: WHOLE}, 1)


OF_ANOTHER = '{"name":"b","checked_at":"2026-11-26T12:00:00Z"}'
GARBAGE = ["", "{", b"\xff\xfe", "[1, 2]", "{}", "[" * 100_000, OF_ANOTHER]
WITHOUT_A_ZONE = '{"name":"a","checked_at":"2026-11-26T12:00:00"}'


@pytest.mark.parametrize("garbage", [*GARBAGE, WITHOUT_A_ZONE], ids=lambda value: repr(value)[:30])
def test_what_in_redis_is_no_page_of_the_project_is_asked_for_again(
    redis_server: RedisServer, garbage: str | bytes
) -> None:
    redis_server.client.flushall()
    store = open_store(redis_server.url)
    pages = RedisProjectPages(store, ORIGIN)
    store.client.hset(f"pyf:project-pages:{ORIGIN}", A, garbage)
    store.client.hset(f"pyf:provenances:{ORIGIN}", "a-1.whl", "7")
    pages.save(ABSENT)
    assert pages.load([A, B]) == {B: ABSENT}
    assert pages.load_provenances(["a-1.whl"]) == {}
    pages.save(WHOLE)
    pages.save_provenance("a-1.whl", ())
    assert (pages.load([A]), pages.load_provenances(["a-1.whl"])) == ({A: WHOLE}, {"a-1.whl": ()})
    # Another index says nothing of ours.
    assert RedisProjectPages(store, "http://127.0.0.1:1").load([A]) == {}
    store.close()
