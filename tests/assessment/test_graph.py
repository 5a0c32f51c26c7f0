"""The graph of requirements, and what it blocks."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pyf.aggregator.assessment.compatibility import Verdict
from pyf.aggregator.assessment.graph import list_requiring
from pyf.aggregator.documents.assessment import AssessmentInput
from pyf.aggregator.metadata.model import NormalizedName
from tests.assessment.made import FLASK, PLONE, assess, find_judgement, make, make_release, name

OLD = "Products.CMFPlone<6.2"
"""What excludes Plone 6.2."""


def test_only_hard_requirements_within_the_collection_count() -> None:
    found = assess(
        make(
            "a",
            requires=[
                "B>=1",
                "c; extra == 'test'",
                "elsewhere",
                "a[more]",
                "d; python_version < '3'",
                "B; extra == 'x'",
            ],
            python=">=3.10",
        ),
        make("b", requires=["d ; sys_platform == 'win32'", "c"]),
        make("c"),
        make("d"),
    )
    assert dict(found.graph.requires) == {"a": ("b",), "b": ("c",), "c": (), "d": ()}
    assert dict(found.graph.required_by) == {"b": ("a",), "c": ("b",)}
    assert [found.graph.count_requiring(name(other)) for other in "abcd"] == [0, 1, 1, 0]


def test_a_requirement_for_some_python_that_is_possible_is_hard() -> None:
    marked = "b; python_version < '3'"
    assert dict(assess(make("a", requires=[marked]), make("b")).graph.requires)[name("a")] == ("b",)
    none = assess(make("a", requires=[marked], python=">=3"), make("b")).graph
    assert none.requires[name("a")] == ()


def test_cycles_are_fine() -> None:
    found = assess(make("a", requires=["b"]), make("b", requires=["c"]), make("c", requires=["a", OLD]))
    assert dict(found.graph.requires) == {"a": ("b",), "b": ("c",), "c": ("a",)}
    assert find_judgement(found, "a", "6.2").path == ("b", "c")
    assert find_judgement(found, "b", "6.2").path == ("c",)
    assert find_judgement(found, "c", "6.2").verdict is Verdict.EXCLUDED


def test_those_who_require_it_are_listed_by_use_and_not_without_end() -> None:
    count = 150
    found = assess(make("b"), *(make(f"a{number:03}", requires=["b"]) for number in range(count)))
    use = {NormalizedName(f"a{number:03}"): float(number % 7) for number in range(count)}
    listed = list_requiring(found.graph, name("b"), use)
    assert found.graph.count_requiring(name("b")) == count
    assert len(listed) == 100
    assert listed[:3] == ["a006", "a013", "a020"]


# Blocked


def test_what_requires_a_package_that_excludes_a_cycle_is_blocked_with_the_path() -> None:
    found = assess(
        make("Tidy.Top", requires=["tidy.middle"], classifiers=["Plone :: 6.2"]),
        make("Tidy.Middle", requires=["tidy.bottom>=1"]),
        make("Tidy.Bottom", requires=[OLD]),
    )
    top = find_judgement(found, "tidy.top", "6.2")
    assert (top.verdict, top.path, top.blocked_by) == (
        Verdict.BLOCKED,
        ("tidy-middle", "tidy-bottom"),
        ("tidy-middle",),
    )
    assert top.evidence == (
        "needs Tidy.Middle, which needs Tidy.Bottom, which excludes Plone 6.2"
        " (requires Products.CMFPlone<6.2; the newest Plone 6.2 is 6.2.2)"
    )
    assert find_judgement(found, "tidy.top", "6.1").verdict is Verdict.UNKNOWN


def test_the_shortest_path_is_the_evidence_and_all_that_block_are_named() -> None:
    found = assess(
        make("a", requires=["far1", "z.near"]),
        make("far1", requires=["far2"]),
        make("far2", requires=["b.bad"]),
        make("z.near", requires=["z.bad"]),
        make("b.bad", requires=[OLD]),
        make("z.bad", requires=[OLD]),
    )
    judgement = find_judgement(found, "a", "6.2")
    assert judgement.path == ("z-near", "z-bad")
    assert judgement.blocked_by == ("far1", "z-near")


def test_of_paths_of_one_length_the_first_by_name_is_the_evidence() -> None:
    found = assess(
        make("top", requires=["y.middle", "x.middle"]),
        make("x.middle", requires=["z.bad"]),
        make("y.middle", requires=["a.bad"]),
        make("a.bad", requires=[OLD]),
        make("z.bad", requires=[OLD]),
    )
    assert find_judgement(found, "top", "6.2").path == ("x-middle", "z-bad")


def test_who_does_not_admit_the_latest_release_is_not_blocked_by_it() -> None:
    found = assess(
        make("bad", version="3.0", requires=[OLD]),
        make("earlier", requires=["bad<3"]),
        make("direct", requires=["bad @ https://example.org/bad.zip"]),
        make("both", requires=["bad>=1", "bad<3"]),
    )
    for name_ in ("earlier", "direct", "both"):
        assert find_judgement(found, name_, "6.2").verdict is Verdict.UNKNOWN


def test_who_excludes_a_cycle_itself_is_not_blocked() -> None:
    found = assess(make("a", requires=["b", OLD]), make("b", requires=[OLD]))
    judgement = find_judgement(found, "a", "6.2")
    assert (judgement.verdict, judgement.path) == (Verdict.EXCLUDED, ())


def test_a_contradiction_blocks_and_an_extra_does_not() -> None:
    bad = make("bad", requires=[OLD], classifiers=["Plone :: 6.2"])
    found = assess(make("a", requires=["bad"]), make("b", requires=["bad; extra == 'test'"]), bad)
    assert find_judgement(found, "bad", "6.2").verdict is Verdict.CONTRADICTED
    assert find_judgement(found, "a", "6.2").verdict is Verdict.BLOCKED
    assert find_judgement(found, "b", "6.2").verdict is Verdict.UNKNOWN


def test_the_framework_blocks_nobody_and_is_not_blocked() -> None:
    found = assess(
        make("Products.CMFPlone", version="6.1.4", requires=["bad"]),
        make("a", requires=["Products.CMFPlone"]),
        make("bad", requires=[OLD]),
    )
    assert find_judgement(found, "a", "6.2").verdict is Verdict.ALLOWED
    assert find_judgement(found, "products.cmfplone", "6.1").verdict is Verdict.DECLARED


def test_what_only_its_classifiers_keep_back_does_not_block() -> None:
    found = assess(make("a", requires=["b"]), make("b", classifiers=["Plone", "Python :: 2.7"]))
    assert find_judgement(found, "b", "6.2").verdict is Verdict.EXCLUDED
    assert find_judgement(found, "a", "6.2").verdict is Verdict.UNKNOWN


def test_an_earlier_release_that_works_there_frees_who_admits_it() -> None:
    bottom = make(
        "bottom",
        version="3.0",
        python=">=3.10",
        releases=(
            make_release("3.0", python=">=3.10", labels=["Plone 6.2"]),
            make_release("2.0", python=">=2.7", labels=["Plone 5.2"]),
            make_release("1.0", released="2015-01-01", labels=["Plone 4.3"]),
        ),
    )
    found = assess(
        bottom,
        make("any", requires=["bottom"], classifiers=["Plone :: 5.2"]),
        make("older", requires=["bottom<3"], classifiers=["Plone :: 5.2"]),
        make("newest", requires=["bottom>=3"], classifiers=["Plone :: 5.2"]),
    )
    assert find_judgement(found, "bottom", "5.2").verdict is Verdict.EXCLUDED
    assert find_judgement(found, "any", "5.2").verdict is Verdict.DECLARED
    assert find_judgement(found, "older", "5.2").verdict is Verdict.DECLARED
    assert find_judgement(found, "newest", "5.2").verdict is Verdict.BLOCKED


def test_where_nobody_knows_the_pythons_of_a_cycle_no_release_is_refused_for_its_own() -> None:
    releases = (make_release("3.0"), make_release("2.0", python=">=3.8", labels=["Flask 3.1"]))
    found = assess(
        make("bottom", version="3.0", requires=["Flask<3"], releases=releases),
        make("top", requires=["bottom"]),
        world=FLASK,
    )
    assert find_judgement(found, "bottom", "3.1").verdict is Verdict.EXCLUDED
    assert find_judgement(found, "top", "3.1").verdict is Verdict.UNKNOWN


def make_bottom(*earlier: tuple[str, str | None, bool], requires: str = OLD) -> AssessmentInput:
    """Return a package that excludes Plone 6.2, with silent earlier releases: version, day, yanked."""
    older = (make_release(version, released=day, yanked=yanked) for version, day, yanked in earlier)
    return make("bottom", version="3.0", requires=[requires], releases=(make_release("3.0"), *older))


def test_a_package_whose_releases_are_not_known_blocks_nobody() -> None:
    found = assess(make("top", requires=["bottom"]), make("bottom", requires=[OLD], releases=()))
    assert find_judgement(found, "bottom", "6.2").verdict is Verdict.EXCLUDED
    assert find_judgement(found, "top", "6.2").verdict is Verdict.UNKNOWN


def test_a_silent_release_from_before_a_cycle_is_no_way_round_a_cap() -> None:
    top = make("top", requires=["bottom"])
    before, after = ("2.0", "2026-05-18", False), ("2.0", "2026-05-19", False)
    for earlier, verdict in (
        ([before], Verdict.BLOCKED),
        ([after], Verdict.UNKNOWN),
        ([("2.0", "2026-06-01", True)], Verdict.BLOCKED),
        ([("2.0", None, False)], Verdict.UNKNOWN),
        ([("final", "2026-06-01", False)], Verdict.BLOCKED),
    ):
        assert find_judgement(assess(top, make_bottom(*earlier)), "top", "6.2").verdict is verdict


def test_a_prerelease_is_no_way_round() -> None:
    releases = (make_release("3.0"), make_release("2.0a1", labels=["Plone 6.2"], prerelease=True))
    bottom = make("bottom", version="3.0", requires=[OLD], releases=releases)
    judgement = find_judgement(assess(make("top", requires=["bottom"]), bottom), "top", "6.2")
    assert judgement.verdict is Verdict.BLOCKED


def test_a_package_whose_version_nobody_can_read_blocks_nobody() -> None:
    found = assess(make("top", requires=["bad"]), make("bad", version="final", requires=[OLD]))
    assert find_judgement(found, "bad", "6.2").verdict is Verdict.EXCLUDED
    assert find_judgement(found, "top", "6.2").verdict is Verdict.UNKNOWN


def test_a_silent_release_is_a_way_back_to_a_cycle_that_was_left_behind() -> None:
    found = assess(
        make("top", requires=["bottom"]),
        make_bottom(("2.0", "2014-01-01", False), requires="Products.CMFPlone>=6"),
    )
    assert find_judgement(found, "bottom", "5.2").verdict is Verdict.EXCLUDED
    assert find_judgement(found, "top", "5.2").verdict is Verdict.UNKNOWN


def test_a_requirement_that_holds_on_some_pythons_alone_does_not_block() -> None:
    bad = make("bad", requires=[OLD])
    found = assess(
        bad,
        make("some", requires=["bad; python_version < '3.11'"]),
        make("all", requires=["bad; python_version >= '3.10'"]),
        make("cut", requires=["bad; python_version < '3.11'"], python="<3.11"),
        make("split", requires=["bad<9; python_version < '3.12'", "bad; python_version >= '3.12'"]),
    )
    assert find_judgement(found, "some", "6.2").verdict is Verdict.UNKNOWN
    assert find_judgement(found, "all", "6.2").verdict is Verdict.BLOCKED
    assert find_judgement(found, "cut", "6.2").verdict is Verdict.BLOCKED
    assert find_judgement(found, "split", "6.2").verdict is Verdict.BLOCKED


def test_a_long_path_is_told_short() -> None:
    chain = [make(f"p{number}", requires=[f"p{number + 1}"]) for number in range(9)]
    judgement = find_judgement(assess(*chain, make("p9", requires=[OLD])), "p0", "6.2")
    assert judgement.path == tuple(f"p{number}" for number in range(1, 10))
    assert judgement.evidence.startswith(
        "needs p1, which needs p2, which needs p3, which needs p4, which needs p5, which needs 3 more,"
        " which needs p9, which excludes Plone 6.2 ("
    )
    shorter = find_judgement(assess(*chain, make("p9", requires=[OLD])), "p3", "6.2")
    assert shorter.evidence.startswith(
        "needs p4, which needs p5, which needs p6, which needs p7, which needs p8, which needs p9,"
        " which excludes Plone 6.2 ("
    )


EDGES = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(edges=EDGES, bad=st.sets(st.integers(0, 9), max_size=3))
def test_paths_are_shortest_and_end_in_any_graph(edges: set[tuple[int, int]], bad: set[int]) -> None:
    documents = [
        make(
            f"p{node}",
            requires=[
                *(f"p{to}" for start, to in sorted(edges) if start == node),
                *([OLD] if node in bad else []),
            ],
        )
        for node in range(10)
    ]
    found = assess(*documents)
    distances = dict.fromkeys(bad, 0)
    for distance in range(1, 11):
        near = {start for start, to in edges if distances.get(to) == distance - 1}
        distances |= {node: distance for node in near if node not in distances}
    for node in range(10):
        judgement = find_judgement(found, f"p{node}", "6.2")
        assert len(judgement.path) == distances.get(node, 0)
        assert (judgement.verdict is Verdict.BLOCKED) is (node in distances and node not in bad)
        steps = [node, *(int(step.removeprefix("p")) for step in judgement.path)]
        assert all(step in edges for step in pairwise(steps))
        assert not judgement.path or steps[-1] in bad


@settings(max_examples=30, deadline=None)
@given(edges=EDGES, order=st.permutations(range(10)))
def test_the_order_of_documents_does_not_matter(edges: set[tuple[int, int]], order: list[int]) -> None:
    documents = [
        make(
            f"p{node}",
            requires=[f"p{to}" for start, to in sorted(edges) if start == node] + [OLD] * (node == 0),
        )
        for node in range(10)
    ]
    assert assess(*documents) == assess(*(documents[node] for node in order))
    assert PLONE.newest is not None
