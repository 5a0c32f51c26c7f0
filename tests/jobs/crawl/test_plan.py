from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyf.aggregator.jobs.crawl.methods import Mode
from pyf.aggregator.jobs.crawl.plan import (
    AggregateOrder,
    Plan,
    RunStart,
    RunState,
    build_plan,
    find_changed,
    is_suspicious,
)
from pyf.aggregator.metadata.classifiers import Selection
from pyf.aggregator.metadata.model import NormalizedName, ProjectList, Serial
from pyf.aggregator.state.checkpoints import SinceFile
from pyf.aggregator.typesense.documents import IndexedProject

PLONE = "Framework :: Plone"


def build_state(
    listed: Mapping[str, int],
    indexed: Mapping[str, int],
    *,
    mode: Mode = Mode.INCREMENTAL,
    serial: int = 100,
    since: int | None = None,
    unwanted: Iterable[str] = (),
    exclude: Iterable[str] = (),
    limit: int | None = None,
    name_filter: str | None = None,
    force: bool = False,
) -> RunState:
    order = AggregateOrder(
        target="plone",
        selection=Selection((PLONE,), exclude=frozenset(map(NormalizedName, exclude))),
        mode=mode,
        checkpoints=SinceFile(Path("since")),
        limit=limit,
        name_filter=name_filter,
        force=force,
    )
    return RunState(
        start=RunStart(
            order=order,
            checkpoint=None,
            live="plone",
            project_list=ProjectList(
                serial=Serial(serial), serials={NormalizedName(n): Serial(s) for n, s in listed.items()}
            ),
            listed_at=datetime(2026, 1, 1, tzinfo=UTC),
        ),
        collection="plone",
        indexed={
            NormalizedName(name): IndexedProject(
                id=NormalizedName(name),
                serial=Serial(number),
                classifiers=() if name in unwanted else (PLONE,),
            )
            for name, number in indexed.items()
        },
        since=None if since is None else Serial(since),
    )


def plan(state: RunState, *scope: str) -> Plan:
    return build_plan(state, set(map(NormalizedName, scope)))


def names(*names: str) -> tuple[NormalizedName, ...]:
    return tuple(map(NormalizedName, names))


def test_an_incremental_run_looks_at_what_is_new_or_moved_and_removes_what_left_the_list() -> None:
    state = build_state({"new": 5, "moved": 9, "same": 3, "other": 4}, {"moved": 8, "same": 3, "gone": 2})
    assert plan(state, "new", "moved", "same", "unlisted") == Plan(
        look=names("moved", "new"), remove=names("gone"), unchanged=1
    )


def test_a_full_run_looks_at_everything_wanted_and_everything_indexed() -> None:
    state = build_state({"new": 5, "same": 3, "unfound": 4}, {"same": 3, "unfound": 4}, mode=Mode.FULL)
    assert plan(state, "new", "same") == Plan(look=names("new", "same", "unfound"), remove=(), unchanged=0)


def test_an_indexed_project_that_moved_is_looked_at_even_if_discovery_does_not_name_it() -> None:
    assert plan(build_state({"moved": 9}, {"moved": 8})) == Plan(look=names("moved"), remove=(), unchanged=0)


def test_a_document_that_the_selection_does_not_want_any_more_goes_without_a_request() -> None:
    state = build_state({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}, unwanted=["b"], exclude=["c"])
    assert plan(state) == Plan(look=(), remove=names("b", "c"), unchanged=1)


def test_a_document_whose_project_moved_is_looked_at_and_not_removed_for_what_it_says() -> None:
    state = build_state({"a": 9}, {"a": 8}, unwanted=["a"])
    assert plan(state) == Plan(look=names("a"), remove=(), unchanged=0)


@pytest.mark.parametrize("mode", Mode)
def test_an_excluded_project_is_never_looked_at(mode: Mode) -> None:
    state = build_state({"a": 9, "b": 9}, {"a": 8}, exclude=["a", "b"], mode=mode)
    assert plan(state, "a", "b") == Plan(look=(), remove=names("a"), unchanged=0)


def test_a_document_newer_than_the_list_is_not_removed_for_missing_in_it() -> None:
    indexed = {"newer": 101, "older": 100}
    assert plan(build_state({}, indexed)).remove == names("older")
    assert plan(build_state({}, indexed, force=True)).remove == names("newer", "older")


@pytest.mark.parametrize("partly", [{"limit": 3}, {"name_filter": "o"}])
def test_partial_runs_never_remove(partly: dict[str, object]) -> None:
    state = build_state({"one": 1, "two": 2}, {"gone": 1}, **partly)  # type: ignore[arg-type]
    assert plan(state, "one", "two").remove == ()


def test_a_name_filter_narrows_what_is_looked_at() -> None:
    state = build_state({"collective-easyform": 1, "plone-api": 1}, {}, name_filter="easy")
    assert plan(state, "collective-easyform", "plone-api").look == names("collective-easyform")


def test_changed_is_what_the_serial_does_not_account_for() -> None:
    listed = {"old": 5, "new": 6, "dealt-with": 8, "moved": 9}
    indexed = {"dealt-with": 8, "moved": 8}
    assert find_changed(build_state(listed, indexed, since=5)) == set(names("new", "moved"))
    every = set(names("new", "moved", "old"))
    assert find_changed(build_state(listed, indexed)) == every
    assert find_changed(build_state(listed, indexed, since=5, mode=Mode.FULL)) == every


@pytest.mark.parametrize(
    ("removals", "indexed", "suspicious"),
    [(0, 0, False), (20, 20, False), (21, 21, True), (21, 209, True), (21, 210, False), (100, 1000, False)],
)
def test_the_guard_needs_more_than_twenty_and_more_than_a_tenth(
    removals: int, indexed: int, suspicious: bool
) -> None:
    assert is_suspicious(removals, indexed) is suspicious


world = st.dictionaries(st.sampled_from([f"p{n}" for n in range(12)]), st.integers(1, 20))


@given(listed=world, indexed=world, scope=st.sets(st.sampled_from([f"p{n}" for n in range(12)])))
def test_every_document_is_looked_at_removed_or_unchanged_and_never_two_of_these(
    listed: dict[str, int], indexed: dict[str, int], scope: set[str]
) -> None:
    made = plan(build_state(listed, indexed), *scope)
    assert not set(made.look) & set(made.remove)
    assert set(made.look) <= listed.keys()
    assert set(made.remove) == indexed.keys() - listed.keys()
    stay = {name for name in indexed if name in listed and indexed[name] >= listed[name]}
    assert made.unchanged == len(stay)
    assert {name for name in listed if name in indexed and indexed[name] < listed[name]} <= set(made.look)
