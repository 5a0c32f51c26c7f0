"""Use and rank."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.assessment.life import LIVING, Life
from pyf.aggregator.assessment.rank import CAPS, LEAST, SCALE, build_rank
from pyf.aggregator.assessment.use import STEPS, Percentiles, UseFound
from tests.assessment.made import assess, make, name


def test_a_percentile_is_the_share_of_the_others_with_less() -> None:
    percentiles = Percentiles([0, 10, 100, 1_000, None, 10_000])
    assert [percentiles.find(figure) for figure in (0, 10, 100, 1_000, 10_000)] == [0, 25, 50, 75, 100]
    assert percentiles.find(None) is None


def test_equal_figures_share_their_places_and_nothing_stays_nothing() -> None:
    percentiles = Percentiles([0, 0, 0, 7, 7])
    assert [percentiles.find(figure) for figure in (0, 7)] == [0, 87.5]
    assert Percentiles([3, 3, 3]).find(3) == 50


def test_figures_are_compared_on_a_log_scale() -> None:
    assert round(2 ** (1 / STEPS), 2) == 1.09
    percentiles = Percentiles([1_000, 1_005, 2_000])
    assert percentiles.find(1_000) == percentiles.find(1_005) == 25
    assert percentiles.find(2_000) == 100


@pytest.mark.parametrize(("figure", "percentile"), [(0, 0), (1, 50), (10**12, 50)])
def test_alone_nobody_is_there_to_compare(figure: int, percentile: float) -> None:
    assert Percentiles([figure]).find(figure) == percentile


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=30))
def test_more_is_never_less(figures: list[int]) -> None:
    percentiles = Percentiles(figures)
    found = [percentiles.find(figure) or 0 for figure in sorted(figures)]
    assert found == sorted(found)
    assert all(0 <= value <= 100 for value in found)


@pytest.mark.parametrize(
    ("use", "mean"),
    [
        (UseFound(), None),
        (UseFound(downloads=80), 80),
        (UseFound(downloads=80, dependents=20), 50),
        (UseFound(downloads=80, dependents=20, stars=50), 50),
        (UseFound(stars=0, dependents=40), 20),
    ],
)
def test_use_is_the_mean_of_what_is_known(use: UseFound, mean: float | None) -> None:
    assert use.mean == mean


def test_what_is_unknown_is_not_nothing() -> None:
    found = assess(
        make("a", downloads_month=10, requires=["b"]),
        make("b", downloads_month=None),
        make("c", downloads_month=0),
        make("d", downloads_month=1_000),
    )
    use = {str(key): value.use for key, value in found.projects.items()}
    assert (use["b"].downloads, use["b"].stars, use["b"].mean) == (None, None, 100)
    assert [use[key].downloads for key in "acd"] == [50, 0, 100]


def test_stars_count_where_the_repository_is_its_own() -> None:
    found = assess(
        make("own", repository_stars=50, repository_evidence="owner"),
        make("borrowed", repository_stars=90_000),
        make("granted", github_stars=5),
        make("better", github_stars=5, repository_stars=500, repository_evidence="attested"),
    )
    stars = {str(key): value.use.stars for key, value in found.projects.items()}
    assert stars == {"granted": 0, "own": 50, "better": 100, "borrowed": None}


def test_percentiles_are_taken_within_the_collection() -> None:
    small = assess(make("a", downloads_month=3), make("b", downloads_month=30))
    large = assess(make("a", downloads_month=3_000), make("b", downloads_month=30_000))
    for collection in (small, large):
        assert collection.projects[name("b")].use.downloads == 100


# Rank

PARTS = [None, 0, 1, 25, 50, 99, 100]


@pytest.mark.parametrize(
    ("life", "use", "quality", "share"),
    [
        (Life.ALIVE, 100, 100, 1.0),
        (Life.ALIVE, 0, 0, 0.4),
        (Life.ALIVE, 50, 25, 0.7),
        (Life.ALIVE, None, 25, 0.7),
        (Life.ALIVE, 50, None, 0.7),
        (Life.ALIVE, None, None, 0.4),
        (Life.UNKNOWN, 50, 25, 0.7),
        (Life.OUTDATED, 100, 100, 0.39),
        (Life.ARCHIVED, 100, 100, 0.3),
        (Life.QUARANTINED, 100, 100, 0.0),
    ],
)
def test_rank_is_use_and_the_root_of_quality_capped_by_life(
    life: Life, use: float | None, quality: float | None, share: float
) -> None:
    assert build_rank(life, use, quality) == round(SCALE * share)


def test_what_does_not_live_never_stands_above_what_does() -> None:
    values = list(product(PARTS, PARTS))
    lowest = min(build_rank(life, *parts) for life in LIVING for parts in values)
    highest = max(build_rank(life, *parts) for life in set(Life) - LIVING for parts in values)
    assert highest < lowest == SCALE * LEAST
    assert set(CAPS) == set(Life)


@given(
    life=st.sampled_from(Life),
    use=st.tuples(st.floats(0, 100), st.floats(0, 100)).map(sorted),
    quality=st.tuples(st.floats(0, 100), st.floats(0, 100)).map(sorted),
)
def test_more_use_and_more_quality_never_lower_the_rank(
    life: Life, use: list[float], quality: list[float]
) -> None:
    assert build_rank(life, use[0], quality[0]) <= build_rank(life, use[1], quality[1])
