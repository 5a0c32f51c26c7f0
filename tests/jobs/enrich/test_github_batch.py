"""GitHub in batches, as workers ask: who looks at the collections, and who at a few documents alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from pyf.aggregator.documents.references import DocumentRef, Showing
from pyf.aggregator.errors.typesense import SchemaMismatch
from pyf.aggregator.jobs.enrich.forges.batch import Due, find_due, update
from pyf.aggregator.jobs.progress import EnrichSummary
from pyf.aggregator.metadata.model import GITHUB_HOST, NormalizedName, Repository, Slug
from pyf.aggregator.metadata.repositories.choice import Evidence
from tests.observatory import DAY, Observatory
from tests.servers.faults import Status
from tests.servers.gitlab import GitLabServer
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

A, B = Slug("o/a"), Slug("o/b")


@pytest.fixture
def proxy(observatory: Observatory) -> Iterator[TypesenseProxy]:
    with TypesenseProxy(behind=observatory.laboratory.typesense.url) as server:
        observatory.laboratory.typesense_url = server.url
        yield server


async def fill(observatory: Observatory) -> None:
    """Add a project of repository ``o/a`` and two of ``o/b``."""
    for name, slug in {"a": "o/a", "b": "o/b", "b-more": "o/b"}.items():
        observatory.add_project(name, slug)
    for stars, slug in enumerate(("o/a", "o/b"), start=4):
        observatory.hub.add(slug, stars=stars)
    await observatory.fill()


async def find(observatory: Observatory) -> Due:
    async with observatory.open_resources() as resources:
        return await find_due([observatory.laboratory.collection, "nowhere"], resources, DAY)


async def ask(observatory: Observatory, due: Due, *slugs: Slug) -> EnrichSummary:
    async with observatory.open_resources() as resources:
        return await update(GITHUB_HOST, slugs, due.shown_by, resources, DAY)


def list_imports(proxy: TypesenseProxy) -> list[int]:
    """Return how many lines each import had, and forget all requests."""
    sent = [record.body.splitlines() for record in proxy.requests if record.path.endswith("/import")]
    proxy.clear_requests()
    return [len(lines) for lines in sent]


async def test_what_is_due_comes_with_the_documents_that_show_it(observatory: Observatory) -> None:
    await fill(observatory)

    def refer(name: str) -> Showing:
        reference = DocumentRef(target=observatory.laboratory.collection, name=NormalizedName(name))
        return Showing(document=reference, evidence=Evidence.OWNER)

    due = await find(observatory)
    assert due.list_by_host().keys() == {GITHUB_HOST}
    assert sorted(due.list_by_host()[GITHUB_HOST]) == [A, B]
    assert {slug: set(documents) for slug, documents in due.shown_by.items()} == {
        Repository(GITHUB_HOST, A): {refer("a")},
        Repository(GITHUB_HOST, B): {refer("b"), refer("b-more")},
    }
    assert observatory.github.requests == []


async def test_a_collection_of_another_schema_is_told_with_the_profile_that_fills_it(
    observatory: Observatory,
) -> None:
    name = observatory.laboratory.collection
    schema = {"name": name, "fields": [{"name": "repository_stars", "type": "string"}]}
    observatory.laboratory.ask("POST", "/collections", schema)
    with pytest.raises(SchemaMismatch, match=f"run pyfaggregator -f -p {name} --rebuild to fill it again"):
        await find(observatory)


async def test_a_repository_of_two_collections_is_due_once(observatory: Observatory) -> None:
    await fill(observatory)
    collection = observatory.laboratory.collection
    observatory.laboratory.ask("PUT", f"/aliases/{collection}-web", {"collection_name": collection})
    async with observatory.open_resources() as resources:
        due = await find_due([collection, f"{collection}-web"], resources, DAY)
    assert sorted(repository.path for repository in due.repositories) == [A, B]


async def test_a_batch_reads_and_writes_its_own_documents_alone(
    observatory: Observatory, proxy: TypesenseProxy
) -> None:
    await fill(observatory)
    due = await find(observatory)
    proxy.clear_requests()
    assert (await ask(observatory, due, B)).written == 2
    assert not any(record.path.endswith("/export") for record in proxy.requests)
    assert observatory.get_stars() == {"b": 5, "b-more": 5}
    assert list_imports(proxy) == [2]
    # What is known still stands, and all documents say so.
    assert (await ask(observatory, due, B)).written == 0
    assert list_imports(proxy) == []
    path = f"/collections/{observatory.laboratory.collection}/documents/b"
    observatory.laboratory.ask("PATCH", path, {"github_stars": 0, "github_license": "MIT-0"})
    assert (await ask(observatory, due, A, B)).written == 2
    assert observatory.get_stars() == {"a": 4, "b": 5, "b-more": 5}
    assert observatory.get_figures()["b"] == observatory.get_figures()["b-more"]


async def test_a_repository_that_is_gone_takes_its_stars_along(observatory: Observatory) -> None:
    await fill(observatory)
    due = await find(observatory)
    await ask(observatory, due, A, B)
    observatory.hub.remove("o/a")
    for expected in ({"a": 4, "b": 5, "b-more": 5}, {"b": 5, "b-more": 5}):
        observatory.clock.pass_by(DAY)
        await ask(observatory, due, A, B)
        assert observatory.get_stars() == expected
    assert observatory.get_figures()["a"] == {}
    document = observatory.laboratory.get_documents()["a"]
    assert document["repository_missing_reason"] == "GitHub shows nothing of o/a"
    assert "repository_url" not in document
    # When it is back, the document says again why it is the project's own.
    observatory.hub.add("o/a", stars=9)
    observatory.clock.pass_by(7 * DAY)
    await ask(observatory, due, A)
    document = observatory.laboratory.get_documents()["a"]
    assert (document["repository_stars"], document["repository_evidence"]) == (9, "owner")
    assert "repository_missing" not in document


async def test_a_batch_waits_for_no_limit_however_near(observatory: Observatory) -> None:
    await fill(observatory)
    due = await find(observatory)
    grant = observatory.github.graph
    grant.remaining, grant.resets_at = 0, (observatory.clock.now + timedelta(seconds=40)).timestamp()
    summary = await ask(observatory, due, A, B)
    assert (summary.left, summary.written, observatory.clock.slept) == (2, 0, [])
    assert summary.resume_at == datetime.fromtimestamp(int(grant.resets_at), UTC)


async def test_what_is_known_is_written_even_where_a_limit_leaves_the_rest(observatory: Observatory) -> None:
    await fill(observatory)
    due = await find(observatory)
    await ask(observatory, due, A)
    collection = observatory.laboratory.collection
    observatory.laboratory.ask("PATCH", f"/collections/{collection}/documents/a", {"github_stars": 1})
    observatory.github.fail("/graphql", Status(status=403, headers={"Retry-After": "60"}))
    summary = await ask(observatory, due, A, B)
    assert (summary.asked, summary.written, observatory.get_stars()) == (0, 1, {"a": 4})


async def test_the_documents_of_a_renamed_repository_show_its_present_name(observatory: Observatory) -> None:
    await fill(observatory)
    due = await find(observatory)
    observatory.hub.rename("o/b", "o/new")
    await ask(observatory, due, B)
    documents = observatory.laboratory.get_documents()
    assert {documents[name]["repository_url"] for name in ("b", "b-more")} == {"https://github.com/o/new"}


async def test_what_is_gone_by_its_present_name_is_looked_for_by_the_one_that_is_given(
    observatory: Observatory,
) -> None:
    # With a token it is asked for by its id.
    observatory.token = None
    await fill(observatory)
    due = await find(observatory)
    observatory.hub.rename("o/a", "o/new")
    await ask(observatory, due, A)
    observatory.hub.remove("o/new")
    observatory.hub.add("o/a", stars=9)
    observatory.clock.pass_by(DAY)
    assert (await ask(observatory, due, A)).requests == 2
    assert observatory.get_stars() == {"a": 9}


async def test_a_batch_of_another_forge_writes_the_documents_of_that_forge(observatory: Observatory) -> None:
    with GitLabServer() as gitlab:
        observatory.others.append(gitlab)
        gitlab.yard.add("o/a", stars=8)
        await fill(observatory)
        observatory.add_project("lab", project_urls={"Source": "https://gitlab.com/o/a"})
        observatory.let_own("lab", "o")
        await observatory.fill()
        due = await find(observatory)
        # Which repository it is, is told before anybody asks.
        document = observatory.laboratory.get_documents()["lab"]
        assert (document["repository_url"], "repository_stars" in document) == (
            "https://gitlab.com/o/a",
            False,
        )
        assert due.list_by_host()["gitlab.com"] == [A]
        async with observatory.open_resources() as resources:
            summary = await update("gitlab.com", [A], due.shown_by, resources, DAY)
        assert (summary.written, summary.asked, summary.requests) == (1, 1, 1)
        stars = {
            name: it.get("repository_stars") for name, it in observatory.laboratory.get_documents().items()
        }
        assert stars == {"a": None, "b": None, "b-more": None, "lab": 8}
        assert observatory.github.requests == []
