"""Typesense away, slow, loading or refusing: a page that says so, soon, and mends itself afterwards."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.gallery.served import Visitor, serve_gallery
from tests.gallery.test_machines import read_searches
from tests.gallery.wares import build_profile
from tests.servers.faults import Body, CloseConnection, Hang, RefuseConnection, Status
from tests.servers.typesense_proxy import TypesenseProxy

WITHIN_SECONDS = 3.0
PATIENCE_SECONDS = 0.4
"""Shorter than the product's, so that the tests need not wait; the last of them waits for the real one."""

FAULTS = {
    "away": RefuseConnection(),
    "cut": CloseConnection(),
    "loading": Status(status=503, body=b'{"message": "Not Ready or Lagging"}'),
    "of another make": Status(status=200, body=b"<html>Hello</html>"),
    "out of its mind": Body(body=b'{"results": 5}'),
    "refusing the key": Status(status=401, body=b'{"message": "Forbidden"}'),
    "slow": Hang(),
}


@pytest.fixture(scope="module")
def proxy(typesense: EmbeddedServer) -> Iterator[TypesenseProxy]:
    with TypesenseProxy(behind=typesense.url) as served:
        yield served


@pytest.fixture(scope="module")
def distant(typesense: EmbeddedServer, wares: Profile, proxy: TypesenseProxy) -> Iterator[Visitor]:
    """A visitor of a gallery whose Typesense can be taken away."""
    with serve_gallery(typesense, [wares], nodes=[proxy.url], patience_seconds=PATIENCE_SECONDS) as served:
        yield served


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_page_says_so_and_the_next_is_whole_again(
    distant: Visitor, proxy: TypesenseProxy, fault: object
) -> None:
    proxy.fail("*", fault)  # type: ignore[arg-type]
    for path in ("/wares/?q=calendar", "/wares/packages/collective-calendar/", "/"):
        began = time.monotonic()
        page = distant.get(path, follow_redirects=True)
        assert time.monotonic() - began < WITHIN_SECONDS
        assert page.status_code == 503
        assert page.headers["retry-after"] == "10"
        assert page.headers["cache-control"] == "no-store"
        assert "<h1>The search does not answer</h1>" in page.text
        assert "Traceback" not in page.text
        assert "127.0.0.1" not in page.text.partition("<main")[2]
    feed = distant.get("/wares.atom")
    assert (feed.status_code, feed.headers["retry-after"]) == (503, "10")
    assert feed.text == "The server that holds the packages does not answer; try again soon.\n"
    refused = distant.get("/api/v1/profiles/wares/packages")
    assert refused.status_code == 503
    assert refused.json()["error"].startswith("The server that holds the packages does not answer")
    told = distant.get("/readyz")
    assert (told.status_code, told.json()["status"]) == (503, "unavailable")
    assert distant.get("/healthz").status_code == 200
    assert distant.get("/wares/nothing").status_code == 404
    proxy.mend()
    assert distant.get("/wares/?q=calendar").status_code == 200
    assert distant.get("/readyz").json() == {"status": "ok", "collections": {"wares": "ok"}}


def test_the_patience_of_the_product_is_less_than_three_seconds(
    typesense: EmbeddedServer, wares: Profile, proxy: TypesenseProxy
) -> None:
    proxy.fail("*", Hang())
    try:
        with serve_gallery(typesense, [wares], nodes=[proxy.url]) as visitor:
            began = time.monotonic()
            assert visitor.get("/wares/?q=x").status_code == 503
            assert time.monotonic() - began < WITHIN_SECONDS
    finally:
        proxy.mend()


def test_nobody_waits_for_the_others(
    typesense: EmbeddedServer, wares: Profile, proxy: TypesenseProxy
) -> None:
    """What a page needs is learnt once for all; those who come meanwhile share that nothing was learnt."""
    visitors = 8
    proxy.fail("*", Hang())
    try:
        with (
            serve_gallery(
                typesense, [wares], nodes=[proxy.url], patience_seconds=PATIENCE_SECONDS
            ) as visitor,
            ThreadPoolExecutor(visitors) as pool,
        ):
            began = time.monotonic()
            pages = pool.map(visitor.get, ["/wares/?q=calendar"] * visitors)
            assert [page.status_code for page in pages] == [503] * visitors
            assert time.monotonic() - began < visitors / 2 * PATIENCE_SECONDS
    finally:
        proxy.mend()


def test_readiness_of_many_takes_the_patience_for_one(
    typesense: EmbeddedServer, proxy: TypesenseProxy
) -> None:
    names = ["one", "two", "three", "four"]
    proxy.fail("*", Hang())
    try:
        with serve_gallery(
            typesense,
            [build_profile(name) for name in names],
            nodes=[proxy.url],
            patience_seconds=PATIENCE_SECONDS,
        ) as visitor:
            began = time.monotonic()
            told = visitor.get("/readyz")
            assert time.monotonic() - began < len(names) * PATIENCE_SECONDS
            assert told.status_code == 503
            assert told.json()["collections"] == dict.fromkeys(names, "SearchUnavailable")
            assert read_searches(visitor) == {"SearchUnavailable": len(names)}
    finally:
        proxy.mend()


def test_the_other_node_answers(typesense: EmbeddedServer, wares: Profile) -> None:
    nodes = ["http://127.0.0.1:9", typesense.url]
    with serve_gallery(typesense, [wares], nodes=nodes) as visitor:
        assert visitor.get("/wares/?q=calendar").status_code == 200


def test_a_collection_that_is_not_there_yet(typesense: EmbeddedServer) -> None:
    with serve_gallery(typesense, [build_profile("not-collected")]) as visitor:
        page = visitor.get("/not-collected/")
        assert page.status_code == 503
        assert "<h1>Nothing has been collected yet</h1>" in page.text


def test_a_key_that_may_not_search_here(typesense: EmbeddedServer, wares: Profile) -> None:
    with serve_gallery(typesense, [wares], api_key="wrong") as visitor:
        assert visitor.get("/wares/").status_code == 503
