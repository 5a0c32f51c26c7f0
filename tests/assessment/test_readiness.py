"""Readiness of a collection for a cycle."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from pyf.aggregator.assessment.assess import build_assessment_fields
from pyf.aggregator.assessment.compatibility import Verdict
from pyf.aggregator.assessment.readiness import Readiness, build_readiness
from pyf.aggregator.documents.assessment import AssessmentInput, ReadinessInput
from tests.assessment.made import assess, make

OLD = "Products.CMFPlone<6.2"


def find(*documents: AssessmentInput, version: str = "Plone 6.2") -> Readiness:
    """Assess, and ask what the documents say then."""
    fields = build_assessment_fields(assess(*documents))
    said = [{"id": item.id, "name": item.name, **fields[item.id]} for item in documents]
    return build_readiness([msgspec.convert(document, ReadinessInput) for document in said], version)


def test_every_verdict_is_counted() -> None:
    found = find(
        make("declared", classifiers=["Plone :: 6.2"]),
        make("allowed", requires=["Plone>=6"]),
        make("untested", requires=["Plone>=6"], released="2024-01-01"),
        make("contradicted", requires=[OLD], classifiers=["Plone :: 6.2"]),
        make("excluded", requires=[OLD]),
        make("blocked", requires=["excluded"]),
        make("blocked.too", requires=["contradicted"]),
        make("unknown"),
    )
    assert (found.version, found.total) == ("Plone 6.2", 8)
    assert found.counts == {verdict: 2 if verdict is Verdict.BLOCKED else 1 for verdict in Verdict}


def test_blockers_stand_in_the_order_of_how_many_and_how_much_used_wait_for_them() -> None:
    found = find(
        make("few", requires=[OLD]),
        make("many", requires=[OLD]),
        make("loved", requires=[OLD]),
        make("alone", requires=[OLD]),
        make("a", requires=["many"], downloads_month=1),
        make("b", requires=["a"], downloads_month=5_000),
        make("c", requires=["few"], downloads_month=2),
        make("d", requires=["loved"], downloads_month=90_000),
    )
    assert [(item.name, item.waiting) for item in found.blockers] == [
        ("many", ("a", "b")),
        ("loved", ("d",)),
        ("few", ("c",)),
    ]
    assert found.blockers[1].use > found.blockers[2].use
    assert found.blockers[0].evidence == "requires Products.CMFPlone<6.2; the newest Plone 6.2 is 6.2.2"


def test_a_blocker_has_the_name_that_readers_know_or_else_its_id() -> None:
    top, bad = make("top", requires=["tidy.bad"]), make("Tidy.Bad", requires=[OLD])
    (blocker,) = find(top, bad).blockers
    assert (blocker.name, blocker.display_name) == ("tidy-bad", "Tidy.Bad")
    (nameless,) = find(top, msgspec.structs.replace(bad, name="")).blockers
    assert nameless.display_name == "tidy-bad"


def test_those_who_wait_stand_in_the_order_of_their_use_as_far_as_it_is_known() -> None:
    def build(key: str, verdict: str, use: int | None, *blocked_by: str) -> ReadinessInput:
        judgement = {"version": "Plone 6.2", "verdict": verdict, "blocked_by": blocked_by}
        return msgspec.convert({"id": key, "use": use, "compatibility": [judgement]}, ReadinessInput)

    documents = [
        build("bad", "excluded", 50),
        build("unknown", "blocked", None, "bad"),
        build("less", "blocked", 5, "bad"),
        build("more", "blocked", 9, "less"),
        build("waits for what has left", "blocked", 9, "gone"),
    ]
    (blocker,) = build_readiness(documents, "Plone 6.2").blockers
    assert (blocker.waiting, blocker.use) == (("more", "less", "unknown"), 14)


def test_who_waits_for_two_waits_for_each() -> None:
    found = find(make("x", requires=[OLD]), make("y", requires=[OLD]), make("top", requires=["x", "y"]))
    assert [(item.name, item.waiting) for item in found.blockers] == [("x", ("top",)), ("y", ("top",))]


def test_a_cycle_that_was_never_judged_is_unknown_for_all() -> None:
    found = find(make("a", classifiers=["Plone :: 6.2"]), version="Plone 7.0")
    assert found.counts[Verdict.UNKNOWN] == found.total == 1
    assert found.blockers == ()


def test_documents_that_were_never_assessed_are_unknown() -> None:
    found = build_readiness([ReadinessInput(id=make().id)], "Plone 6.2")
    assert found.counts[Verdict.UNKNOWN] == 1


@settings(max_examples=30, deadline=None)
@given(
    edges=st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20),
    bad=st.sets(st.integers(0, 7), max_size=3),
)
def test_who_is_blocked_waits_for_somebody_and_counts_add_up(
    edges: set[tuple[int, int]], bad: set[int]
) -> None:
    found = find(
        *(
            make(
                f"p{node}",
                requires=[f"p{to}" for start, to in edges if start == node] + [OLD] * (node in bad),
            )
            for node in range(8)
        )
    )
    waiting = {name for blocker in found.blockers for name in blocker.waiting}
    assert sum(found.counts.values()) == 8
    assert len(waiting - {f"p{node}" for node in bad}) == found.counts[Verdict.BLOCKED]
    assert not waiting & {f"p{node}" for node in bad}
