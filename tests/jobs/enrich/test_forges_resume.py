"""An enrichment from all forges, killed anywhere and run again: nothing asked twice, and nothing missing."""

import asyncio
import itertools
import signal
import sys
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from pyf.aggregator.config.settings import load_settings
from pyf.aggregator.jobs.enrich.forges.collection import enrich
from pyf.aggregator.jobs.enrich.frame import EnrichOrder
from pyf.aggregator.jobs.progress import NullProgress
from pyf.aggregator.services.github import open_enrich_resources
from pyf.aggregator.services.search import open_search
from tests.observatory import Observatory
from tests.servers.forge import ForgeServer
from tests.servers.forgejo import ForgejoServer
from tests.servers.github import TOKEN
from tests.servers.gitlab import GitLabServer
from tests.servers.prepared import Command, run_prepared
from tests.strikes import Strike, run_until

REPOSITORIES = 6
"""On each of the two forges."""


def enrich_from_all() -> None:
    """Enrich the collection that the command line names, as the settings say."""

    async def work() -> int:
        settings = load_settings()
        async with (
            open_search(settings) as search,
            open_enrich_resources(settings, NullProgress(), search) as resources,
        ):
            order = EnrichOrder(target=sys.argv[1], max_age=timedelta(days=1))
            return (await enrich(order, resources)).exit_code

    sys.exit(asyncio.run(work()))


@pytest.fixture
def forges(observatory: Observatory) -> Iterator[list[ForgeServer]]:
    """GitLab and Forgejo with six repositories each, and a collection of all of them."""
    with GitLabServer() as gitlab, ForgejoServer() as forgejo:
        for server in (gitlab, forgejo):
            for number in range(REPOSITORIES):
                name = f"{server.host.partition('.')[0]}{number}"
                server.yard.add(f"o/{name}", stars=number)
                urls = {"Source": f"https://{server.host}/o/{name}"}
                observatory.add_project(name, project_urls=urls)
                observatory.let_own(name, "o")
        asyncio.run(observatory.fill())
        yield [gitlab, forgejo]


def build_command(
    observatory: Observatory, forges: list[ForgeServer], environment: dict[str, str], pause: str = "0"
) -> Command:
    gitlab, forgejo = forges
    settings = {
        "GITHUB_API_URL": observatory.github.url,
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_COOLOFFTIME": pause,
        "PYF_FORGES": f"gitlab:gitlab.com={gitlab.url}, forgejo:codeberg.org={forgejo.url}",
    }
    return Command(
        program="tests.jobs.enrich.test_forges_resume:enrich_from_all",
        words=(observatory.laboratory.collection,),
        environment={**environment, **settings},
        folder=observatory.laboratory.folder,
    )


@pytest.mark.parametrize(("struck", "number"), [(0, 1), (0, 4), (1, 3)])
def test_a_run_that_is_killed_at_any_request_is_finished_by_the_next(
    observatory: Observatory,
    forges: list[ForgeServer],
    environment: dict[str, str],
    struck: int,
    number: int,
) -> None:
    command = build_command(observatory, forges, environment)
    strike = Strike(signal.SIGKILL, number, -signal.SIGKILL)
    code, talk = run_until(strike, forges[struck], command)
    assert code == strike.exit_code, talk
    run_prepared(command).check_returncode()
    documents = observatory.laboratory.get_documents()
    assert {name: said["repository_stars"] for name, said in documents.items()} == {
        f"{host}{number}": number for host in ("gitlab", "codeberg") for number in range(REPOSITORIES)
    }
    # Only what was under way at the moment of the kill had to be asked for again: nobody heard the answer.
    twice = [path for server in forges for path, times in server.asked.items() if times > 1]
    assert len(twice) <= 1, twice
    assert observatory.github.requests == []


def test_each_forge_is_asked_serially_and_with_pauses(
    observatory: Observatory, forges: list[ForgeServer], environment: dict[str, str]
) -> None:
    moments: list[list[float]] = [[], []]
    for server, seen in zip(forges, moments, strict=True):
        server.on_request = lambda _, seen=seen: seen.append(time.monotonic())
    run_prepared(build_command(observatory, forges, environment, pause="0.2")).check_returncode()
    for seen in moments:
        assert len(seen) == REPOSITORIES
        # A bound from below: a slow machine only makes it longer.
        assert min(later - earlier for earlier, later in itertools.pairwise(seen)) > 0.15
