"""What is remembered of repositories, and when it still stands."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pyf.aggregator.metadata.model import RepositoryStats, Slug
from pyf.aggregator.sources.forges.outcomes import Found, Unavailable
from pyf.aggregator.sources.parsing import NotModified
from pyf.aggregator.state.repositories import (
    KnownRepository,
    LocalRepositories,
    State,
    open_repositories,
    update_knowledge,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
A, B, C = (Slug(f"o/{name}") for name in "abc")


def build_stats(full_name: str, node_id: str = "node") -> RepositoryStats:
    return RepositoryStats(
        node_id=node_id,
        full_name=full_name,
        url=f"https://github.com/{full_name}",
        stars=1,
        watchers=2,
        forks=3,
        open_issues=None,
        open_pull_requests=4,
        updated=NOON,
        pushed=None,
        archived=False,
        license="MIT",
        topics=("x", "y"),
    )


def find(full_name: str, node_id: str = "node", time: datetime = NOON) -> KnownRepository:
    return update_knowledge(Slug("?"), None, Found(stats=build_stats(full_name, node_id), etag='"1"'), time)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.sqlite"


@pytest.fixture
def repositories(path: Path) -> Iterator[LocalRepositories]:
    opened = open_repositories(path, origin="https://api.example")
    yield opened
    opened.close()


def count_rows(path: Path) -> int:
    connection = sqlite3.connect(path)
    (count,) = connection.execute("SELECT count(*) FROM repositories").fetchone()
    connection.close()
    return int(count)


def test_what_is_learnt_comes_back_whole(repositories: LocalRepositories) -> None:
    missing = update_knowledge(B, None, Unavailable.MISSING, NOON)
    learnt = {A: find("o/A"), B: missing}
    repositories.save(learnt)
    assert repositories.load([A, B, C]) == learnt


def test_what_was_kept_before_other_forges_were_asked_is_githubs(
    repositories: LocalRepositories, path: Path
) -> None:
    repositories.save({A: find("o/A")})
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE repositories SET figures = json_remove(figures, '$.host')")
    (figures,) = connection.execute("SELECT figures FROM repositories").fetchone()
    connection.close()
    assert "host" not in figures
    assert repositories.load([A]) == {A: find("o/A")}
    assert str(build_stats("o/A").repository) == "github.com/o/a"


def test_figures_of_another_forge_come_back_whole(repositories: LocalRepositories) -> None:
    stats = replace(build_stats("Band/web/Kit"), host="gitlab.com", watchers=None)
    known = update_knowledge(Slug("band/web/kit"), None, Found(stats=stats), NOON)
    repositories.save({Slug("band/web/kit"): known})
    assert repositories.load([Slug("band/web/kit")]) == {Slug("band/web/kit"): known}


def test_many_are_looked_up_at_once(repositories: LocalRepositories) -> None:
    learnt = {Slug(f"o/r{number}"): find(f"o/r{number}", f"n{number}") for number in range(1203)}
    repositories.save(learnt)
    assert repositories.load(learnt) == learnt


def test_a_renamed_repository_has_one_row_and_every_name_leads_to_it(
    repositories: LocalRepositories, path: Path
) -> None:
    repositories.save({A: find("o/a")})
    repositories.save({A: find("o/b", time=NOON + DAY)})
    repositories.save({A: find("o/c", time=NOON + 2 * DAY)})
    last = find("o/c", time=NOON + 2 * DAY)
    assert repositories.load([A, B, C]) == {A: last, B: last, C: last}
    assert count_rows(path) == 1


def test_a_name_that_another_repository_took_leads_to_that_one(
    repositories: LocalRepositories, path: Path
) -> None:
    repositories.save({A: find("o/a")})
    repositories.save({A: find("o/b")})
    repositories.save({A: find("o/a", "another")})
    assert repositories.load([A, B]) == {A: find("o/a", "another"), B: find("o/b")}
    assert count_rows(path) == 2


def test_two_origins_do_not_mix(repositories: LocalRepositories, path: Path) -> None:
    repositories.save({A: find("o/a")})
    other = open_repositories(path, origin="http://127.0.0.1:8091")
    assert other.load([A]) == {}
    other.save({A: find("o/a", "another")})
    assert repositories.load([A]) == {A: find("o/a")}
    other.close()


@pytest.mark.parametrize(
    ("state", "figures", "age", "fresh"),
    [
        (State.AVAILABLE, True, timedelta(hours=23), True),
        (State.AVAILABLE, True, timedelta(hours=24), False),
        (State.AVAILABLE, True, timedelta(hours=-1), False),
        (State.MISSING, True, timedelta(hours=23), True),
        (State.MISSING, True, timedelta(hours=24), False),
        (State.BLOCKED, False, timedelta(days=6, hours=23), True),
        (State.PRIVATE, False, timedelta(days=7), False),
    ],
)
def test_how_long_an_answer_stands(state: State, figures: bool, age: timedelta, fresh: bool) -> None:
    stats = build_stats("o/a") if figures else None
    known = KnownRepository(slug=A, state=state, checked_at=NOON, stats=stats)
    assert known.is_fresh(NOON + age, DAY) is fresh


def test_a_missing_repository_keeps_its_figures_for_a_day(repositories: LocalRepositories) -> None:
    known = find("o/a")
    first = update_knowledge(A, known, Unavailable.MISSING, NOON + DAY)
    assert (first.state, first.stats, first.gone, first.absent_since) == (
        State.MISSING,
        known.stats,
        False,
        NOON + DAY,
    )
    soon = update_knowledge(A, first, Unavailable.MISSING, NOON + DAY + timedelta(hours=23))
    assert (soon.stats, soon.gone) == (known.stats, False)
    late = update_knowledge(A, soon, Unavailable.BLOCKED, NOON + 2 * DAY)
    assert (late.state, late.stats, late.gone, late.node_id) == (State.BLOCKED, None, True, None)
    assert update_knowledge(A, late, Found(stats=build_stats("o/a")), NOON).absent_since is None


def test_an_unchanged_repository_is_confirmed() -> None:
    known = find("o/a")
    confirmed = update_knowledge(A, known, NotModified(), NOON + DAY)
    assert (confirmed.confirmed_at, confirmed.checked_at, confirmed.stats) == (
        NOON + DAY,
        NOON + DAY,
        known.stats,
    )
