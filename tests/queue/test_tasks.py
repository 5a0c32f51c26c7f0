"""The queue at work: a real Redis, real workers, feeds, profiles and GitHub."""

import asyncio
import itertools
import json
from datetime import datetime, timedelta

from pyf.aggregator.queue.configuration import KEY_PREFIX
from tests.laboratory import PLONE
from tests.servers.faults import Status
from tests.servers.forgejo import ForgejoServer
from tests.servers.github import GitHubServer
from tests.servers.gitlab import GitLabServer
from tests.servers.stand_in import Record
from tests.workshop import Workshop

DJANGO, FLASK = "Framework :: Django", "Framework :: Flask"
FEEDS = ("read_rss_new_releases_and_queue", "read_rss_new_projects_and_queue")


# Feeds


def test_a_release_in_the_feed_is_searchable_and_every_entry_costs_one_request(filled: Workshop) -> None:
    world = filled.laboratory.world
    world.release("p3", "2.0")
    world.add_project("brand-new", classifiers=[PLONE])
    world.add_project("unwanted", classifiers=[DJANGO])
    world.release("p4", "2.0", classifiers=[DJANGO])
    filled.start_workers()
    for _ in range(3):
        for feed in FEEDS:
            filled.send(feed)
    filled.wait(lambda: filled.find_versions() == filled.find_wanted(), "it is")
    for entry in ("unwanted:1.0.0", "unwanted:", "p4:2.0"):
        filled.wait(filled.is_done(entry), f"{entry} is remembered")
    filled.wait(lambda: filled.is_idle, "all is done")
    # One look serves the new project and its release, however often the feeds are read.
    assert (filled.count_asked("unwanted"), filled.count_asked("p4")) == (1, 1)
    feeds = [record for record in filled.laboratory.pypi.requests if record.path.startswith("/rss/")]
    assert len(feeds) == 6
    assert [bool(record.headers.get("If-None-Match")) for record in feeds].count(True) == 4
    recorded = [(record["project"], record["kind"]) for record in filled.laboratory.get_records()]
    assert sorted(recorded) == [("brand-new", "added"), ("p3", "released"), ("p4", "left")]


def test_unchanged_feeds_are_two_conditional_requests_and_nothing_else(filled: Workshop) -> None:
    filled.start_workers()
    for feed in FEEDS:
        filled.send(feed)
    filled.wait(filled.is_done("p9:1.0.0"), "the entries are done")
    filled.wait(lambda: filled.is_idle, "all is done")
    answered = filled.laboratory.pypi.statuses.copy()
    filled.laboratory.pypi.clear_requests()
    for feed in FEEDS:
        filled.send(feed)
    filled.wait(lambda: len(filled.laboratory.pypi.requests) == 2, "the feeds are read")
    filled.wait(lambda: filled.is_idle, "all is done")
    paths = sorted(record.path for record in filled.laboratory.pypi.requests)
    assert paths == ["/rss/packages.xml", "/rss/updates.xml"]
    assert (filled.laboratory.pypi.statuses - answered) == {304: 2}


def test_a_feed_without_an_etag_is_read_all_the_same(filled: Workshop) -> None:
    filled.laboratory.world.release("p1", "2.0")
    filled.laboratory.pypi.bare = True
    filled.start_workers()
    for _ in range(2):
        filled.send(FEEDS[0])
    filled.wait(filled.is_done("p1:2.0"), "its entry is done")
    filled.wait(lambda: filled.is_idle, "all is done")
    feeds = [record for record in filled.laboratory.pypi.requests if record.path.startswith("/rss/")]
    assert ["If-None-Match" in record.headers for record in feeds] == [False, False]


def test_a_release_that_the_page_does_not_show_yet_is_asked_for_again(filled: Workshop) -> None:
    filled.laboratory.world.release("p1", "2.0")
    filled.laboratory.pypi.fail("/pypi/p1/json", Status(status=404, body=b"{}"), times=1)
    filled.start_workers()
    filled.send("inspect_project", "p1", "2.0")
    filled.wait(filled.is_done("p1:2.0"), "it is there at last")
    assert filled.find_versions()["p1"] == "2.0"
    assert "p1 2.0 was announced, but PyPI does not show it yet" in filled.read_logs()


def test_a_known_project_is_indexed_anew(filled: Workshop) -> None:
    path = f"/collections/{filled.profile}/documents/p1"
    filled.laboratory.ask("PATCH", path, {"summary": "spoilt"})
    filled.start_workers()
    filled.send("update_project", "P1")
    filled.wait(lambda: "summary" not in filled.laboratory.get_documents()["p1"], "it is")


def test_a_task_may_be_queued_by_the_names_of_its_arguments_and_tells_what_it_did(filled: Workshop) -> None:
    filled.laboratory.world.release("p1", "2.0")
    filled.start_workers(PYF_RESULT_SECONDS="60")
    backend = filled.redis.client
    task = filled.send("inspect_project", kwargs={"name": "p1", "version": "2.0"})
    key = f"{KEY_PREFIX}celery-task-meta-{task}"
    filled.wait(lambda: bool(backend.exists(key)), "there is a result")
    assert f'"result": {{"written": ["{filled.profile}"]}}' in str(backend.get(key))
    assert 0 < backend.ttl(key) <= 60


def test_results_are_not_kept_unless_asked_for(filled: Workshop) -> None:
    filled.start_workers()
    filled.send("inspect_project", "p1", "1.0.0")
    filled.wait(filled.is_done("p1:1.0.0"), "it is done")
    assert filled.redis.client.keys("*task-meta*") == []


# Profiles


def test_a_world_that_changes_while_two_workers_run_ends_equal(filled: Workshop) -> None:
    world = filled.laboratory.world
    filled.start_workers(2, concurrency=2)
    for number in range(10):
        world.release(f"p{number}", "2.0", classifiers=[PLONE if number % 3 else DJANGO])
        world.add_project(f"new{number}", classifiers=[PLONE])
        filled.send(FEEDS[0])
        if number % 4 == 0:
            filled.send("queue_all_reconciles")
    # No feed tells of these.
    world.remove_project("p1")
    world.yank("p2", "2.0", "broken")
    filled.wait(lambda: filled.checkpoint is not None, "it was reconciled")
    filled.wait(lambda: not filled.redis.client.exists(f"pyf:lock:reconcile {filled.profile}"), "it ended")
    filled.send("queue_all_reconciles")
    filled.wait_until_equal(seconds=90)
    assert filled.failures.load() == []


def test_two_workers_never_reconcile_one_collection_at_once(filled: Workshop) -> None:
    filled.laboratory.pypi.latency_seconds = 0.3
    for number in range(6):
        filled.laboratory.world.release(f"p{number}", "2.0")
    filled.start_workers(2)
    for _ in range(2):
        filled.send("reconcile_profile", filled.profile)
    filled.wait_until_equal()
    filled.wait_for_log(f"Another worker holds the lease of reconcile {filled.profile}.")
    assert [filled.count_asked(f"p{number}") for number in range(6)] == [1] * 6


def test_three_profiles_at_once(filled: Workshop) -> None:
    world, laboratory = filled.laboratory.world, filled.laboratory
    home = laboratory.collection
    more = {f"{home}-django": DJANGO, f"{home}-flask": FLASK}
    filled.write_profiles(**more)
    for name, classifier in more.items():
        world.add_project(f"in-{name}", classifiers=[classifier])
        laboratory.collection = name
        asyncio.run(laboratory.run_full(classifiers=[classifier]))
    laboratory.pypi.clear_requests()
    world.release("p1", "2.0", classifiers=[PLONE, *more.values()])
    filled.start_workers(concurrency=2)
    filled.send("inspect_project", "p1", "2.0")
    filled.wait(filled.is_done("p1:2.0"), "one fetch serves three")
    assert filled.count_asked("p1") == 1
    for laboratory.collection in (home, *more):
        assert laboratory.get_documents()["p1"]["version"] == "2.0"
    laboratory.collection = home
    filled.send("queue_all_reconciles")
    filled.wait(
        lambda: all(filled.load_checkpoint(name) for name in (home, *more)), "all three are reconciled"
    )
    assert filled.heartbeats.load_served() == [home, *more]


def test_a_profile_that_is_named_is_made_and_no_other(workshop: Workshop) -> None:
    world = workshop.laboratory.world
    world.add_project("a", classifiers=[PLONE])
    world.add_project("b", classifiers=[DJANGO])
    workshop.write_profiles(**{f"{workshop.profile}-django": DJANGO})
    workshop.start_workers(PYF_QUEUE_PROFILES=workshop.profile)
    workshop.send("queue_all_reconciles")
    workshop.wait_until_equal()
    assert workshop.find_versions() == {"a": "1.0.0"}
    assert workshop.heartbeats.load_served() == [workshop.profile]
    assert [preset["name"] for preset in workshop.laboratory.get_presets()] == [workshop.profile]


def test_without_names_every_profile_with_a_collection_is_served(filled: Workshop) -> None:
    filled.write_profiles(**{f"{filled.profile}-django": DJANGO})
    filled.laboratory.world.release("p1", "2.0")
    filled.start_workers(PYF_QUEUE_PROFILES="")
    filled.send("queue_all_reconciles")
    filled.wait_until_equal()
    assert filled.heartbeats.load_served() == [filled.profile]
    filled.wait_for_log("1 written, 0 removed, 9 unchanged; requests: project list 1, project 1.")
    # One that somebody queues by hand all the same is left alone.
    filled.send("reconcile_profile", f"{filled.profile}-django")
    filled.wait_for_log("-django has no collection, so it is left alone.")


def test_what_one_machine_has_looked_at_another_does_not_ask_for(filled: Workshop) -> None:
    world = filled.laboratory.world
    filled.start_workers(PYF_DATA_DIR=str(filled.folder / "one"))
    filled.send("queue_all_reconciles")
    filled.wait_until_equal()
    world.add_project("unwanted", classifiers=[DJANGO])
    filled.send("inspect_project", "unwanted", "1.0.0")
    filled.wait(filled.is_done("unwanted:1.0.0"), "one machine has looked")
    filled.processes[0].kill()
    filled.start_workers(PYF_DATA_DIR=str(filled.folder / "another"))
    filled.send("queue_all_reconciles")
    filled.wait_until_equal()
    assert filled.count_asked("unwanted") == 1
    assert filled.laboratory.pypi.counts.browse == 0


def test_two_looks_at_one_project_do_not_overlap(filled: Workshop) -> None:
    filled.laboratory.world.release("p1", "2.0")
    begun, filled.laboratory.pypi.latency_seconds = itertools.count(), 0.5
    overlapping: list[int] = []

    def watch(record: Record) -> None:
        if record.path == "/pypi/p1/json":
            overlapping.append(next(begun))

    filled.laboratory.pypi.on_request = watch
    filled.start_workers(concurrency=2)
    for _ in range(2):
        filled.send("inspect_project", "p1", "2.0")
    filled.wait_for_log("Another worker holds the lease of inspect p1.")
    filled.wait(lambda: filled.is_idle, "all is done")
    # By its turn the second one finds it done.
    assert overlapping == [0]


# GitHub


def test_github_is_asked_in_batches_and_known_to_all(filled: Workshop) -> None:
    with GitHubServer() as github:
        filled.show_on_github(github, 120)
        filled.start_workers(2)
        filled.send("queue_all_github_updates")
        filled.wait(lambda: count_stars(filled) == 120, "all are enriched")
        assert max(github.asked.values()) == 1
        filled.send("queue_all_github_updates")
        filled.wait(lambda: filled.read_logs().count("queue_all_github_updates[") >= 4, "it ran again")
        filled.wait(lambda: filled.is_idle, "all is done")
        assert max(github.asked.values()) == 1
        # By hand, in the owner's spelling; what is known already costs nothing.
        path = f"/collections/{filled.profile}/documents/g1"
        filled.laboratory.ask("PATCH", path, {"github_stars": 0})
        url = filled.laboratory.get_documents()["g1"]["github_url"]
        filled.send("update_github", [url.removeprefix("https://github.com/").upper()])
        filled.wait(lambda: filled.laboratory.get_documents()["g1"]["github_stars"] > 0, "it is put right")
        assert max(github.asked.values()) == 1


def test_an_odd_name_is_given_up_and_costs_no_other_its_figures(filled: Workshop) -> None:
    with GitHubServer() as github:
        filled.show_on_github(github, 1)
        github.hub.add("person_company/thing", stars=7)
        urls = {"Source": "https://github.com/person_company/thing"}
        filled.laboratory.world.add_project("thing", classifiers=[PLONE], project_urls=urls).roles = []
        # What a borrower showed goes, whoever looks: a command or a worker.
        urls = {"Source": f"https://github.com/{github.hub.add('ana/kit', stars=9).slug}"}
        filled.laboratory.world.add_project("shiny", classifiers=[PLONE], project_urls=urls)
        asyncio.run(filled.laboratory.run_full())
        path = f"/collections/{filled.profile}/documents/shiny"
        filled.laboratory.ask("PATCH", path, {"github_stars": 9})
        filled.start_workers()
        filled.send("queue_all_github_updates")
        filled.wait(lambda: count_stars(filled) == 2, "they are enriched")
        filled.wait(lambda: filled.is_idle, "all is done")
        assert set(github.asked) == {"owner/r0000", "person_company/thing"}
        assert "github_stars" not in filled.laboratory.get_documents()["shiny"]
        path = f"/collections/{filled.profile}/documents/thing"
        filled.laboratory.ask("PATCH", path, {"github_stars": 0})
        filled.send("update_github", ["volto", "Person_Company/thing", "a/b/c"])
        filled.wait(lambda: filled.failures.count() == 1, "it is given up")
        assert filled.laboratory.get_documents()["thing"]["github_stars"] == 7
        (failure,) = filled.failures.load()
        assert failure.reason == (
            "update_github cannot be called like this: 'volto' and 1 more are not repositories, such as"
            " 'plone/volto'."
        )


def test_one_look_serves_all_forges_and_each_is_asked_by_tasks_of_its_own(filled: Workshop) -> None:
    world = filled.laboratory.world
    with GitHubServer() as github, GitLabServer() as gitlab, ForgejoServer() as forgejo:
        for server, path in ((gitlab, "band/tools/lab"), (forgejo, "ana/berg")):
            server.yard.add(path, stars=7)
            owner, _, name = path.partition("/")
            urls = {"Source": f"https://{server.host}/{path}"}
            project = world.add_project(name.rpartition("/")[2], classifiers=[PLONE], project_urls=urls)
            project.roles = [{"role": "Owner", "user": owner}]
        filled.show_on_github(github, 1)
        named = f"gitlab:gitlab.com={gitlab.url}, forgejo:codeberg.org={forgejo.url}"
        filled.start_workers(2, PYF_FORGES=named)
        for _ in range(2):
            filled.send("queue_all_github_updates")
            filled.wait(lambda: count_stars(filled, "repository_stars") == 3, "all are enriched")
            filled.wait(lambda: filled.is_idle, "all is done")
        assert [len(server.requests) for server in (github, gitlab, forgejo)] == [1, 1, 1]
        documents = filled.laboratory.get_documents()
        assert documents["lab"]["repository_url"] == "https://gitlab.com/band/tools/lab"
        assert documents["lab"]["repository_evidence"] == "owner"
        assert documents["p1"]["repository_missing"] == "no URL"
        # By hand; what is known costs no request.
        path = f"/collections/{filled.profile}/documents/lab"
        filled.laboratory.ask("PATCH", path, {"repository_stars": 0})
        filled.send("update_repositories", "gitlab.com", ["Band/tools/Lab", "groups/band/-"])
        filled.wait(lambda: filled.failures.count() == 1, "the odd one is given up")
        (failure,) = filled.failures.load()
        assert failure.reason == (
            "update_repositories cannot be called like this: 'groups/band/-' is not a repository, such as"
            " 'group/project'."
        )
        assert filled.laboratory.get_documents()["lab"]["repository_stars"] == 7
        assert [len(server.requests) for server in (github, gitlab, forgejo)] == [1, 1, 1]


def test_a_forge_that_is_away_or_limits_us_puts_its_own_tasks_back_alone(filled: Workshop) -> None:
    world = filled.laboratory.world
    with GitLabServer() as gitlab, ForgejoServer() as forgejo:
        for server in (gitlab, forgejo):
            server.yard.add(f"o/{server.host[:3]}", stars=7)
            urls = {"Source": f"https://{server.host}/o/{server.host[:3]}"}
            project = world.add_project(server.host[:3], classifiers=[PLONE], project_urls=urls)
            project.roles = [{"role": "Owner", "user": "o"}]
        asyncio.run(filled.laboratory.run_full())
        gitlab.fail("/api/*", Status(status=429, body=b"Retry later", headers={"Retry-After": "1800"}))
        named = f"gitlab:gitlab.com={gitlab.url}, forgejo:codeberg.org={forgejo.url}"
        filled.start_workers(2, PYF_FORGES=named)
        filled.send("queue_all_github_updates")
        filled.wait_for_log("update_repositories is put back for 1")
        filled.wait(lambda: count_stars(filled, "repository_stars") == 1, "the other is enriched")
        # The limit holds for all workers: nobody asks again before it ends.
        filled.send("update_repositories", "gitlab.com", ["o/git"])
        filled.wait_for_log("update_repositories is put back for 1", 2)
        assert len(gitlab.requests) == 1
        assert filled.failures.load() == []
        # Which repository it is, its document says all the same.
        assert filled.laboratory.get_documents()["git"]["repository_url"] == "https://gitlab.com/o/git"


def test_figures_of_yesterday_are_asked_for_today_though_the_day_is_not_over(filled: Workshop) -> None:
    with GitHubServer() as github:
        filled.show_on_github(github, 2)
        filled.start_workers()
        filled.send("queue_all_github_updates")
        filled.wait(lambda: count_stars(filled) == 2, "both are known")
        filled.wait(lambda: filled.is_idle, "all is done")
        first, second = sorted(github.asked)
        rows = f"pyf:repositories:{github.url}"
        for slug, hours in ((first, 20), (second, 16)):
            row = json.loads(str(filled.redis.client.hget(rows, slug)))
            for name in ("checked_at", "confirmed_at"):
                then = datetime.fromisoformat(row[name]) - timedelta(hours=hours)
                row[name] = then.isoformat()
            filled.redis.client.hset(rows, slug, json.dumps(row))
            # The document says the same.
            documents = filled.laboratory.get_documents().items()
            (name,) = (name for name, said in documents if str(said.get("github_url")).endswith(f"/{slug}"))
            path = f"/collections/{filled.profile}/documents/{name}"
            filled.laboratory.ask("PATCH", path, {"repository_checked": int(then.timestamp())})
        filled.send("queue_all_github_updates")
        filled.wait(lambda: github.asked[first] == 2, "one of them is due")
        filled.wait(lambda: filled.is_idle, "all is done")
        assert github.asked[second] == 1


def count_stars(workshop: Workshop, field: str = "github_stars") -> int:
    documents = workshop.laboratory.get_documents().values()
    return sum(document.get(field) is not None for document in documents)
