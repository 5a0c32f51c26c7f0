"""Who and what is found by people's names, and in which order equal matches come, on a real Typesense."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pyf.aggregator.jobs.search import SearchOrder, find_packages
from pyf.aggregator.metadata.model import Distribution, Project, Release
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.clients import Client, filled_collection, filled_with_documents, make_project
from tests.laboratory import Laboratory
from tests.made_up import build_whole_document

NAME = "people-of-all-names"
PEOPLE = (
    make_project("one", author="Zdeněk Hořák", author_email="xyzzy@plugh.example"),
    make_project("two", author_email='"Lind, Åse" <frobnicate@quux.example>', owners=("aselind",)),
    make_project("three", maintainer="Nguyễn Thị Hà", maintainer_email="Иван Петров <grault@waldo.example>"),
    make_project("four", author="Bo Großmann, Łucja Żak", organization="Example Guild"),
    make_project("five", author="Ana María Kern", description="With thanks to Bo Zappa"),
    make_project("six", author="Bo Zappa", author_email="bo@fred.example"),
    make_project("seven", author="Carl Kern; Dora Elm", description="Option -a, or A as in Alpha"),
    make_project("zappa-tools", summary="Deploys"),
)


@pytest.fixture(scope="module")
def client(typesense: EmbeddedServer) -> Iterator[Client]:
    with filled_collection(typesense, NAME, PEOPLE) as opened:
        yield opened


# People


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Zdeněk Hořák", ["one"]),
        ("zdenek horak", ["one"]),
        ("HOŘÁK", ["one"]),
        ("Hořák, Zdeněk", ["one"]),
        ("Horak Z", ["one"]),
        ("Z. Hořák", ["one"]),
        ("ase lind", ["two"]),
        ("Åse Lind", ["two"]),
        ("aselind", ["two"]),
        ("Nguyen Thi Ha", ["three"]),
        ("nguyễn", ["three"]),
        ("иван петров", ["three"]),
        ("ПЕТРОВ", ["three"]),
        ("grossmann", ["four"]),
        ("Grosmann", ["four"]),
        ("lucja zak", ["four"]),
        ("example guild", ["four"]),
        ("ana maria kern", ["five"]),
        ("Kern Ana", ["five"]),
        ("A. Kern", ["five"]),
        ("A. M. Kern", ["five"]),
        ("C. Kern", ["seven"]),
        ("И. Петров", ["three"]),
        ("L. Zak", ["four"]),
        ("bo zappa", ["six", "five"]),
    ],
)
def test_a_person_finds_what_is_theirs(client: Client, query: str, found: list[str]) -> None:
    assert client.find(NAME, query)[: len(found)] == found


@pytest.mark.parametrize(
    "part", ["xyzzy", "plugh", "frobnicate", "quux", "grault", "waldo", "fred", "xyzzy@plugh.example"]
)
def test_no_part_of_an_address_finds_anything(client: Client, part: str) -> None:
    assert client.find(NAME, part, num_typos=0, drop_tokens_threshold=0) == []


def test_a_person_weighs_less_than_anything_else(client: Client) -> None:
    assert client.find(NAME, "zappa") == ["zappa-tools", "six", "five"]


# Order


def build_released(name: str, year: int) -> Project:
    """Return a project that differs from its neighbours in nothing but the time of its release."""
    file = Distribution(
        filename=f"{name}.whl",
        upload_time=datetime(year, 1, 1, tzinfo=UTC),
        requires_python=None,
        yanked=False,
        yanked_reason=None,
    )
    return make_project(name, summary="Forms", releases=(Release(version="1.0", distributions=(file,)),))


EQUALS = (("form-a", 2026, None), ("form-b", 2025, None), ("form-c", 2020, 900), ("form-d", 2024, 20))
BY_RANK = ["form-c", "form-d", "form-a", "form-b"]
BY_TIME = ["form-a", "form-b", "form-d", "form-c"]


@pytest.mark.parametrize(
    ("lacking", "order"),
    [((), BY_RANK), (("rank", "people_alt"), BY_TIME), (("rank", "words", "description_words"), BY_TIME)],
)
def test_equal_matches_come_by_rank_where_it_is_known_and_then_by_time(
    laboratory: Laboratory, lacking: tuple[str, ...], order: list[str]
) -> None:
    documents = [
        {**build_whole_document(build_released(name, year)), **({} if rank is None else {"rank": rank})}
        for name, year, rank in EQUALS
    ]
    collection = laboratory.collection
    client = Client(laboratory.typesense.url, laboratory.typesense.api_key)

    async def find() -> list[object]:
        async with laboratory.open_search() as search:
            findings = await find_packages(SearchOrder(target=collection, limit=9, words="form"), search)
        return [document["id"] for document in findings.documents]

    with filled_with_documents(client, collection, documents, without=lacking):
        assert client.find(collection, "form") == client.find(collection, "*") == order
        assert asyncio.run(find()) == order
        client.ask("DELETE", f"/presets/{collection}")
        assert asyncio.run(find()) == order
