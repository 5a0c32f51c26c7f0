"""The main job between the stand-in for PyPI and a real Typesense."""

import asyncio
import json
from dataclasses import replace

import pytest
from trove_classifiers import all_classifiers

from pyf.aggregator.documents.preset import build_preset
from pyf.aggregator.errors.jobs import RemovalRefused
from pyf.aggregator.errors.root import UsageError
from pyf.aggregator.jobs.crawl.aggregate import aggregate
from pyf.aggregator.jobs.crawl.methods import DiscoveryMethod, Mode
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.metadata.classifiers import Selection, find_covered
from pyf.aggregator.state.checkpoints import SinceFile
from tests.laboratory import PLONE, Laboratory
from tests.rendering.bombs import BOMB
from tests.servers.faults import CloseConnection, Status
from tests.servers.pypi import read_call
from tests.servers.typesense_proxy import TypesenseProxy

pytestmark = pytest.mark.asyncio

DJANGO = "Framework :: Django"


async def test_a_full_run_makes_the_collection_equal_to_pypi(laboratory: Laboratory) -> None:
    world = laboratory.world
    world.add_project("collective.easyform", classifiers=[PLONE, f"{PLONE} :: 6.1"])
    world.add_project("Plone_Theme", classifiers=[f"{PLONE} :: Theme"])
    world.add_project("django-thing", classifiers=[DJANGO])
    summary = await laboratory.run_full()
    documents = laboratory.get_documents()
    assert {name: document["name"] for name, document in documents.items()} == {
        "collective-easyform": "collective.easyform",
        "plone-theme": "Plone_Theme",
    }
    assert documents["collective-easyform"]["framework_versions"] == ["Plone 6.1"]
    assert (summary.matched, summary.written, summary.removed, summary.listed) == (2, 2, 0, 3)
    assert summary.exit_code == 0
    assert laboratory.checkpoint == summary.checkpoint == world.serial
    assert laboratory.pypi.counts.redirects == 0


async def test_an_incremental_run_brings_what_changed_and_nothing_else(laboratory: Laboratory) -> None:
    world = laboratory.world
    for name in ("a", "b", "c", "d"):
        world.add_project(name, classifiers=[PLONE])
    await laboratory.run_full()
    world.release("b", "2.0")
    world.remove_project("c")
    world.release("d", "2.0", classifiers=[DJANGO])
    world.add_project("e", classifiers=[PLONE])
    world.add_project("other", classifiers=[DJANGO])
    laboratory.pypi.clear_requests()
    summary = await laboratory.run_incremental()
    assert {name: document["version"] for name, document in laboratory.get_documents().items()} == {
        "a": "1.0.0",
        "b": "2.0",
        "e": "1.0.0",
    }
    assert (summary.written, summary.removed, summary.unchanged) == (2, 2, 1)
    assert summary.exit_code == 0
    assert laboratory.checkpoint == world.serial
    # Four changed names are fewer than Plone's classifiers: one list, one JSON each, no browsing.
    assert (laboratory.pypi.counts.project_list, laboratory.pypi.counts.project_json) == (1, 4)
    assert laboratory.pypi.counts.browse == 0


async def test_a_run_without_changes_asks_one_conditional_question(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    laboratory.pypi.clear_requests()
    summary = await laboratory.run_incremental()
    assert summary.requests == {"project list": 1}
    assert "If-None-Match" in laboratory.pypi.requests[0].headers
    assert (summary.written, summary.unchanged, summary.checkpoint) == (0, 1, laboratory.world.serial)


async def test_each_run_counts_its_own_requests(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    order = AggregateOrder(
        target=laboratory.collection,
        selection=Selection((PLONE,)),
        mode=Mode.FULL,
        checkpoints=SinceFile(laboratory.since_file),
        discovery=DiscoveryMethod.INDEX,
    )
    async with laboratory.open_resources() as resources:
        first, second = [await aggregate(order, resources) for _ in range(2)]
    assert first.requests == {"project list": 1, "project": 1}
    assert second.requests["project list"] == 1
    assert (first.discovery, second.discovery) == (DiscoveryMethod.INDEX, DiscoveryMethod.INDEX)


async def test_django_does_not_take_django_cms(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[f"{DJANGO} :: 5.2"])
    laboratory.world.add_project("b", classifiers=["Framework :: Django CMS :: 3.4"])
    for discover in (laboratory.run_full, laboratory.run_index):
        await discover(classifiers=[DJANGO])
        assert laboratory.get_names() == {"a"}


# Discovery


async def test_a_full_run_browses_each_classifier_once_and_fetches_each_match_once(
    laboratory: Laboratory,
) -> None:
    for number in range(12):
        laboratory.world.add_project(f"p{number}", classifiers=[PLONE, f"{PLONE} :: 6.0"])
    summary = await laboratory.run_full()
    classifiers = find_covered([PLONE], all_classifiers)
    assert summary.requests == {"project list": 1, "browse": len(classifiers), "project": 12}
    calls = [call for record in laboratory.pypi.requests if (call := read_call(record))]
    assert calls == [("browse", ([classifier],)) for classifier in classifiers]
    # However little is unknown: what older releases declare is learnt by browsing alone.
    assert (await laboratory.run_full()).discovery == DiscoveryMethod.BROWSE


async def test_an_incremental_run_browses_when_more_changed_than_there_are_classifiers(
    laboratory: Laboratory,
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    for number in range(40):
        laboratory.world.add_project(f"other{number}", classifiers=[DJANGO])
    laboratory.world.add_project("b", classifiers=[PLONE])
    laboratory.pypi.clear_requests()
    summary = await laboratory.run_incremental()
    assert summary.discovery == DiscoveryMethod.BROWSE
    assert (laboratory.pypi.counts.browse, laboratory.pypi.counts.project_json) == (19, 1)
    assert laboratory.get_names() == {"a", "b"}


async def test_documents_are_imported_250_at_once(laboratory: Laboratory) -> None:
    for number in range(260):
        laboratory.world.add_project(f"p{number:03}", classifiers=[PLONE])
    with TypesenseProxy(behind=laboratory.typesense.url) as proxy:
        laboratory.typesense_url = proxy.url
        summary = await laboratory.run_index()
    imports = [record.body for record in proxy.requests if record.path.endswith("/documents/import")]
    assert ([len(body.splitlines()) for body in imports], summary.written) == ([250, 10], 260)


async def test_what_was_written_though_the_answer_was_lost_is_not_sent_again(laboratory: Laboratory) -> None:
    for name in "ab":
        laboratory.world.add_project(name, classifiers=[PLONE])
    with TypesenseProxy(behind=laboratory.typesense.url) as proxy:
        proxy.fail("*/documents/import", CloseConnection(), times=1)
        laboratory.typesense_url = proxy.url
        summary = await laboratory.run_full()
    imports = [record for record in proxy.requests if record.path.endswith("/documents/import")]
    assert (len(imports), summary.written, laboratory.get_names()) == (1, 2, {"a", "b"})


async def test_the_index_fetches_every_project_once_and_a_second_profile_costs_nothing(
    laboratory: Laboratory,
) -> None:
    for number in range(30):
        laboratory.world.add_project(f"p{number}", classifiers=[DJANGO if number % 3 else PLONE])
    summary = await laboratory.run_index()
    assert (summary.discovery, summary.looked_at, summary.written) == (DiscoveryMethod.INDEX, 30, 10)
    laboratory.pypi.clear_requests()
    again = await laboratory.run_index(Mode.INCREMENTAL)
    assert again.requests == {"project list": 1}
    second = replace(laboratory, collection=f"{laboratory.collection}-django")
    summary = await second.run_index(classifiers=[DJANGO])
    # Nothing to find out: only what is written is fetched.
    assert summary.requests == {"project list": 1, "project": 20}
    assert len(second.get_documents()) == 20
    second.ask("DELETE", f"/collections/{second.collection}")


async def test_an_older_release_with_the_classifier_does_not_make_a_match_and_is_not_fetched_twice(
    laboratory: Laboratory,
) -> None:
    laboratory.world.add_project("dropped", version="2.0", classifiers=["Topic :: Utilities"])
    laboratory.world.add_older_release("dropped", "1.0", [PLONE])
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    assert laboratory.get_names() == {"a"}
    laboratory.pypi.clear_requests()
    await laboratory.run_incremental(discovery=DiscoveryMethod.BROWSE)
    assert laboratory.pypi.counts.project_json == 0


async def test_what_older_releases_declared_is_known_from_browsing_and_survives_incremental_runs(
    laboratory: Laboratory,
) -> None:
    world = laboratory.world
    world.add_project("a", version="2.0", classifiers=[PLONE, f"{PLONE} :: 6.0"])
    world.add_older_release("a", "1.0", [PLONE, f"{PLONE} :: 5.2"])
    await laboratory.run_full()
    world.release("a", "3.0", classifiers=[PLONE, f"{PLONE} :: 6.1"])
    await laboratory.run_incremental()
    assert laboratory.pypi.counts.browse == 19
    releases = laboratory.get_documents()["a"]["releases"]
    assert [(release["version"], release["framework_versions"]) for release in releases] == [
        ("3.0", ["Plone 6.1"]),
        ("2.0", ["Plone 6.0"]),
        ("1.0", ["Plone 5.2"]),
    ]


async def test_what_older_releases_declared_is_learnt_without_browsing_too(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", version="1.0", classifiers=[PLONE, f"{PLONE} :: 5.2"])
    await laboratory.run_index()
    laboratory.world.release("a", "2.0", classifiers=[PLONE, f"{PLONE} :: 6.1"])
    await laboratory.run_index(Mode.INCREMENTAL)
    releases = laboratory.get_documents()["a"]["releases"]
    assert [release["framework_versions"] for release in releases] == [["Plone 6.1"], ["Plone 5.2"]]
    assert laboratory.pypi.counts.browse == 0


@pytest.mark.parametrize("discovery", [DiscoveryMethod.BROWSE, DiscoveryMethod.INDEX])
async def test_a_project_that_takes_up_the_classifier_is_found(
    laboratory: Laboratory, discovery: DiscoveryMethod
) -> None:
    laboratory.world.add_project("a", classifiers=[DJANGO])
    await laboratory.run_index()
    laboratory.world.release("a", "2.0", classifiers=[PLONE])
    await laboratory.run_incremental(discovery=discovery)
    assert laboratory.get_names() == {"a"}


@pytest.mark.parametrize("rebuild", [False, True])
async def test_what_gave_up_the_classifier_is_not_asked_for_again(
    laboratory: Laboratory, *, rebuild: bool
) -> None:
    for name in "ab":
        laboratory.world.add_project(name, classifiers=[PLONE])
    await laboratory.run_index()
    laboratory.world.release("a", "2.0", classifiers=[DJANGO])
    assert (await laboratory.run_index(rebuild=rebuild)).removed == 1
    laboratory.pypi.clear_requests()
    await laboratory.run_index()
    assert laboratory.list_asked() == ["/pypi/b/json"]


async def test_a_document_goes_even_if_another_profile_saw_first_that_it_has_to(
    laboratory: Laboratory,
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    laboratory.world.release("a", "2.0", classifiers=[DJANGO])
    other = replace(laboratory, collection=f"{laboratory.collection}-django")
    await other.run_index(classifiers=[DJANGO])
    assert other.get_names() == {"a"}
    other.ask("DELETE", f"/collections/{other.collection}")
    summary = await laboratory.run_incremental()
    assert (laboratory.get_names(), summary.removed) == (set(), 1)


async def test_a_classifier_younger_than_the_installed_list_is_browsed_once_a_document_carries_it(
    laboratory: Laboratory,
) -> None:
    young = f"{PLONE} :: 99.0"
    laboratory.world.add_project("both", classifiers=[PLONE, young])
    laboratory.world.add_project("young", classifiers=[young])
    await laboratory.run_full()
    assert laboratory.get_names() == {"both"}
    await laboratory.run_full()
    assert laboratory.get_names() == {"both", "young"}


# Names, limits, selections


async def test_a_project_has_one_document_however_its_name_is_spelt(laboratory: Laboratory) -> None:
    laboratory.world.add_project("Collective_Easy.Form", classifiers=[PLONE])
    await laboratory.run_full()
    laboratory.world.release("collective-easy-form", "2.0")
    await laboratory.run_incremental()
    documents = laboratory.get_documents()
    assert {name: (d["name"], d["version"]) for name, d in documents.items()} == {
        "collective-easy-form": ("Collective_Easy.Form", "2.0")
    }
    assert laboratory.pypi.counts.redirects == 0


@pytest.mark.parametrize("limit", [1, 3, 7])
async def test_a_limit_counts_matching_projects_exactly_and_moves_nothing(
    laboratory: Laboratory, limit: int
) -> None:
    laboratory.world.add_project("gone", classifiers=[PLONE])
    await laboratory.run_full()
    before = laboratory.checkpoint
    laboratory.world.remove_project("gone")
    for number in range(30):
        laboratory.world.add_project(f"p{number:02}", classifiers=[DJANGO if number % 2 else PLONE])
    summary = await laboratory.run_full(limit=limit)
    assert (summary.matched, summary.written, summary.removed) == (limit, limit, 0)
    assert len(laboratory.get_documents()) == limit + 1
    assert (summary.checkpoint, laboratory.checkpoint) == (None, before)
    # No more is asked for than may still be needed.
    assert summary.requests["project"] == limit


async def test_what_does_not_match_takes_no_place_of_a_limit(laboratory: Laboratory) -> None:
    for kind in ("absent", "failing", "unwanted", "wanted"):
        for number in range(3):
            name, carried = f"{kind}-{number}", [] if kind == "unwanted" else [PLONE]
            laboratory.world.add_project(name, classifiers=carried)
    laboratory.pypi.fail("/pypi/failing-*/json", Status(status=403))
    laboratory.pypi.fail("*/absent-*", Status(status=404))
    async with asyncio.timeout(60):
        summary = await laboratory.run_index(limit=2)
    assert laboratory.get_names() == {"wanted-0", "wanted-1"}
    assert (summary.matched, summary.absent, len(summary.failed)) == (2, 3, 3)


async def test_a_limit_above_what_there_is_takes_all(laboratory: Laboratory) -> None:
    for name in ("a", "b"):
        laboratory.world.add_project(name, classifiers=[PLONE])
    assert (await laboratory.run_full(limit=100)).written == 2


async def test_a_name_filter_asks_only_for_what_passes_and_moves_nothing(laboratory: Laboratory) -> None:
    for name in ("collective.easyform", "collective.z3cform", "plone.api"):
        laboratory.world.add_project(name, classifiers=[PLONE])
    summary = await laboratory.run_full(name_filter="collective-")
    assert laboratory.get_names() == {"collective-easyform", "collective-z3cform"}
    assert (summary.requests["project"], summary.checkpoint) == (2, None)


async def test_included_names_come_without_a_classifier_and_excluded_ones_never(
    laboratory: Laboratory,
) -> None:
    laboratory.world.add_project("bare")
    laboratory.world.add_project("carrying", classifiers=[PLONE])
    laboratory.world.add_project("unwanted", classifiers=[PLONE])
    await laboratory.run_full()
    summary = await laboratory.run_incremental(include=["bare", "not-on-pypi"], exclude=["unwanted"])
    assert laboratory.get_names() == {"bare", "carrying"}
    assert (summary.written, summary.removed, summary.exit_code) == (1, 1, 0)


async def test_a_name_that_is_no_longer_excluded_comes_with_the_next_incremental_run(
    laboratory: Laboratory,
) -> None:
    for name in ("a", "b"):
        laboratory.world.add_project(name, classifiers=[PLONE])
    await laboratory.run_full(exclude=["b"])
    assert laboratory.get_names() == {"a"}
    await laboratory.run_incremental()
    assert laboratory.get_names() == {"a", "b"}


async def test_a_changed_profile_is_discovered_anew_by_an_incremental_run(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    laboratory.world.add_project("b", classifiers=[DJANGO])
    await laboratory.run_full()
    # What changed since the last run is not all that is looked for.
    both = [PLONE, DJANGO]
    assert (await laboratory.run_index(Mode.INCREMENTAL, classifiers=both)).discovery == DiscoveryMethod.INDEX
    assert laboratory.get_names() == {"a", "b"}
    summary = await laboratory.run_index(Mode.INCREMENTAL, classifiers=both)
    assert summary.discovery == DiscoveryMethod.CHANGES
    summary = await laboratory.run_incremental(classifiers=[DJANGO])
    assert laboratory.get_names() == {"b"}
    assert (summary.removed, summary.requests.get("project", 0)) == (1, 0)


# Removal


async def test_a_project_without_releases_goes_when_pypi_says_so_positively(laboratory: Laboratory) -> None:
    for name in ("a", "b"):
        laboratory.world.add_project(name, classifiers=[PLONE])
    await laboratory.run_full()
    laboratory.world.remove_releases("a")
    summary = await laboratory.run_incremental()
    assert (laboratory.get_names(), summary.removed, summary.exit_code) == ({"b"}, 1, 0)
    assert summary.requests["versions"] == 1


async def test_an_absent_project_is_asked_for_again_until_it_is_there(laboratory: Laboratory) -> None:
    laboratory.world.add_project("late", classifiers=[PLONE])
    laboratory.pypi.fail("*/late/*", Status(status=404))
    summary = await laboratory.run_index()
    assert (summary.absent, summary.exit_code, laboratory.get_names()) == (1, 0, set())
    laboratory.pypi.mend()
    # Its serial has not moved since, and is below the checkpoint.
    await laboratory.run_incremental()
    assert laboratory.get_names() == {"late"}


@pytest.mark.parametrize("mode", list(Mode))
async def test_a_run_that_would_remove_suspiciously_much_removes_nothing_until_forced(
    laboratory: Laboratory, mode: Mode
) -> None:
    for number in range(30):
        laboratory.world.add_project(f"p{number:02}", classifiers=[PLONE])
    await laboratory.run_full()
    before = laboratory.checkpoint
    for number in range(21):
        laboratory.world.remove_project(f"p{number:02}")
    laboratory.world.add_project("new", classifiers=[PLONE])
    summary = await laboratory.run(mode)
    assert summary.stopped == str(RemovalRefused(laboratory.collection, 21, 30))
    assert (summary.exit_code, summary.removed, laboratory.checkpoint) == (1, 0, before)
    assert len(laboratory.get_documents()) == 31
    forced = await laboratory.run(mode, force=True)
    assert (forced.exit_code, forced.removed, len(laboratory.get_documents())) == (0, 21, 10)


async def test_projects_that_drop_the_classifier_count_for_the_guard_too(laboratory: Laboratory) -> None:
    for number in range(21):
        laboratory.world.add_project(f"p{number:02}", classifiers=[PLONE])
    await laboratory.run_full()
    for number in range(21):
        laboratory.world.release(f"p{number:02}", "2.0", classifiers=[DJANGO])
    summary = await laboratory.run_incremental()
    assert (summary.removed, summary.exit_code, len(laboratory.get_documents())) == (0, 1, 21)
    # The catalogue must not have remembered them as dealt with.
    assert (await laboratory.run_incremental(force=True)).removed == 21
    assert laboratory.get_documents() == {}


# Documents


async def test_what_others_added_stays_and_what_pypi_no_longer_says_goes(laboratory: Laboratory) -> None:
    laboratory.world.add_project(
        "a", classifiers=[PLONE], summary="Old", keywords="x", project_urls={"Old": "https://old.example"}
    )
    await laboratory.run_full()
    path = f"/collections/{laboratory.collection}/documents/a"
    laboratory.ask("PATCH", path, {"github_stars": 7, "github_url": "https://github.com/x/a"})
    laboratory.world.release("a", "2.0", summary="", keywords="", project_urls={"New": "https://new.example"})
    await laboratory.run_incremental()
    document = laboratory.get_documents()["a"]
    assert (document["github_stars"], document["github_url"]) == (7, "https://github.com/x/a")
    assert document["project_urls"] == {"New": "https://new.example"}
    assert not {"summary", "keywords"} & document.keys()


async def test_a_refused_document_is_listed_with_its_reason_and_the_others_arrive(
    laboratory: Laboratory,
) -> None:
    laboratory.world.add_project("good", classifiers=[PLONE])
    await laboratory.run_full()
    before = laboratory.checkpoint
    # Somebody wants numbers in a field that we fill with words.
    odd = {"name": "yanked_reason", "type": "int64", "optional": True}
    laboratory.ask("PATCH", f"/collections/{laboratory.collection}", {"fields": [odd]})
    laboratory.world.add_project("bad", classifiers=[PLONE])
    laboratory.world.yank("bad", "1.0.0", "it does not start")
    laboratory.world.release("good", "2.0.0")
    summary = await laboratory.run_full()
    assert [trouble.name for trouble in summary.rejected] == ["bad"]
    assert "yanked_reason" in summary.rejected[0].reason
    assert (summary.written, summary.exit_code, laboratory.checkpoint) == (1, 1, before)
    assert laboratory.get_names() == {"good"}


async def test_a_preset_makes_the_collection_searchable_with_nothing_but_a_word(
    laboratory: Laboratory,
) -> None:
    world = laboratory.world
    world.add_project("collective.easyform", classifiers=[PLONE], summary="Forms through the web")
    world.add_project(
        "plone.mention", classifiers=[PLONE], summary="Not easyform", description="easyform " * 9
    )
    await laboratory.run_full()

    def search(query: str) -> list[str]:
        path = f"/collections/{laboratory.collection}/documents/search"
        hits = json.loads(laboratory.ask("GET", path, q=query, preset=laboratory.collection))["hits"]
        return [hit["document"]["name"] for hit in hits]

    for query in ("easyform", "easy form", "collectiveeasyform", "collective.easyform", "easyf", "eazyform"):
        assert search(query)[0] == "collective.easyform", query
    assert search("easyform") == ["collective.easyform", "plone.mention"]


async def test_a_preset_tuned_by_hand_is_left_alone_by_incremental_runs(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    path = f"/presets/{laboratory.collection}"
    laboratory.ask("PUT", path, {"value": {"query_by": "name"}})
    await laboratory.run_incremental()
    assert {"name": laboratory.collection, "value": {"query_by": "name"}} in laboratory.get_presets()
    await laboratory.run_full()
    assert {"name": laboratory.collection, "value": build_preset()} in laboratory.get_presets()


async def test_a_preset_of_an_earlier_version_is_brought_up_to_date_by_any_run(
    laboratory: Laboratory,
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    path = f"/presets/{laboratory.collection}"
    before = "description,description_html,releases,words,description_words,people_alt"
    earlier = {**build_preset(), "exclude_fields": before}
    for stored, expected in (
        (earlier, build_preset()),
        # Somebody has changed these.
        ({**earlier, "query_by": "name"}, {**earlier, "query_by": "name"}),
        ({**earlier, "exclude_fields": "releases"}, {**earlier, "exclude_fields": "releases"}),
    ):
        laboratory.ask("PUT", path, {"value": stored})
        await laboratory.run_incremental()
        assert {"name": laboratory.collection, "value": expected} in laboratory.get_presets()


async def test_a_collection_of_an_older_schema_gets_the_fields_it_lacks(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    path = f"/collections/{laboratory.collection}"
    laboratory.ask("PATCH", path, {"fields": [{"name": "owners", "drop": True}]})
    laboratory.world.release("a", "2.0")
    assert (await laboratory.run_incremental()).exit_code == 0
    fields = {field["name"] for field in json.loads(laboratory.ask("GET", path))["fields"]}
    assert "owners" in fields


async def test_a_collection_of_something_else_is_refused_field_by_field(laboratory: Laboratory) -> None:
    schema = {"name": laboratory.collection, "fields": [{"name": "name", "type": "int32"}]}
    laboratory.ask("POST", "/collections", schema)
    laboratory.world.add_project("a", classifiers=[PLONE])
    before = laboratory.ask("GET", "/collections")
    summary = await laboratory.run_full()
    assert laboratory.ask("GET", "/collections") == before
    assert summary.stopped is not None
    assert "name: has type int32" in summary.stopped
    remedy = f"run pyfaggregator -f -t {laboratory.collection} --rebuild to fill it again"
    assert remedy in summary.stopped
    summary = await laboratory.run_full(options="-p mine")
    assert "run pyfaggregator -f -p mine --rebuild to fill it again" in str(summary.stopped)
    assert summary.exit_code == 1


async def test_a_run_into_an_alias_fills_the_collection_behind_it(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    behind = replace(laboratory, collection=f"{laboratory.collection}-1")
    await behind.run_full()
    laboratory.ask("PUT", f"/aliases/{laboratory.collection}", {"collection_name": behind.collection})
    laboratory.world.add_project("b", classifiers=[PLONE])
    assert (await laboratory.run_full()).exit_code == 0
    assert behind.get_names() == {"a", "b"}
    behind.ask("DELETE", f"/collections/{behind.collection}")
    summary = await laboratory.run_full()
    assert summary.stopped is not None
    assert behind.collection in summary.stopped
    laboratory.ask("DELETE", f"/aliases/{laboratory.collection}")


async def test_two_runs_at_once_end_as_one_does(laboratory: Laboratory) -> None:
    for number in range(20):
        laboratory.world.add_project(f"p{number}", classifiers=[PLONE])
    summaries = await asyncio.gather(laboratory.run_full(), laboratory.run_full(), laboratory.run_index())
    assert [summary.exit_code for summary in summaries] == [0, 0, 0]
    assert len(laboratory.get_documents()) == 20
    assert laboratory.checkpoint == laboratory.world.serial


# The since-file


async def test_an_incremental_run_needs_a_run_before_it(laboratory: Laboratory) -> None:
    sentence = (
        f"^No complete run of '{laboratory.collection}' is on record to continue from; run with -f first.$"
    )
    with pytest.raises(UsageError, match=sentence):
        await laboratory.run_incremental()
    laboratory.since_file.write_text("1763884800")
    with pytest.raises(UsageError, match="run with -f first"):
        await laboratory.run_incremental()
    assert laboratory.pypi.requests == []


async def test_one_that_adopts_needs_neither_checkpoint_nor_collection(laboratory: Laboratory) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    assert (await laboratory.run_incremental(adopt=True)).complete
    assert laboratory.get_names() == {"a"}
    laboratory.pypi.clear_requests()
    laboratory.ask("DELETE", f"/collections/{laboratory.collection}")
    with pytest.raises(UsageError, match="run with -f first"):
        await laboratory.run_incremental()
    assert (await laboratory.run_incremental(adopt=True)).complete
    assert laboratory.get_names() == {"a"}
    laboratory.since_file.unlink()
    laboratory.pypi.clear_requests()
    with pytest.raises(UsageError, match="run with -f first"):
        await laboratory.run_incremental()
    assert laboratory.pypi.requests == []


async def test_after_a_since_file_of_an_older_version_everything_is_considered(
    laboratory: Laboratory,
) -> None:
    laboratory.world.add_project("a", classifiers=[PLONE])
    await laboratory.run_full()
    laboratory.since_file.write_text("1763884800")
    laboratory.world.add_project("b", classifiers=[PLONE])
    assert (await laboratory.run_incremental()).exit_code == 0
    assert (laboratory.get_names(), laboratory.checkpoint) == ({"a", "b"}, laboratory.world.serial)


async def test_a_collection_that_lost_documents_is_discovered_anew(laboratory: Laboratory) -> None:
    """As when the server's volume was lost, and a trial run created the collection again."""
    for name in ("a", "b", "c"):
        laboratory.world.add_project(name, classifiers=[PLONE])
    await laboratory.run_full()
    laboratory.ask("DELETE", f"/collections/{laboratory.collection}")
    await laboratory.run_full(limit=1)
    assert laboratory.get_names() == {"a"}
    assert (await laboratory.run_incremental()).exit_code == 0
    assert laboratory.get_names() == {"a", "b", "c"}


@pytest.mark.asyncio
async def test_one_bomb_costs_a_profile_nothing_but_that_page(
    laboratory: Laboratory, caplog: pytest.LogCaptureFixture
) -> None:
    laboratory.world.add_project("plone.good", classifiers=[PLONE], description="**good**")
    laboratory.world.add_project("plone.bomb", classifiers=[PLONE], description=BOMB)
    laboratory.world.add_project(
        "plone.sphinx", classifiers=[PLONE], description="See :class:`Foo`, **bold**."
    )
    summary = await laboratory.run_full()
    assert summary.complete
    documents = laboratory.get_documents()
    assert "<strong>good</strong>" in documents["plone-good"]["description_html"]
    assert "description_problem" not in documents["plone-good"]
    assert documents["plone-bomb"]["description_html"].startswith(".. |a| replace:: |b| |b|<br>")
    problem = documents["plone-bomb"]["description_problem"]
    assert problem == "Rendering it takes longer than 1 s."
    assert caplog.messages.count(f"The README of plone-bomb is shown as plain text: {problem}") == 1
    assert "<strong>bold</strong>" in documents["plone-sphinx"]["description_html"]
    assert documents["plone-sphinx"]["description_problem"] == (
        'PyPI cannot render it as reStructuredText; line 1: Unknown interpreted text role "class".'
    )
    assert laboratory.search(q="bold", query_by="description") == ["plone-sphinx"]
