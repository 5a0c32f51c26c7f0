"""Requests, counted by the stand-in, against the fewest that the APIs allow."""

from pathlib import Path

from trove_classifiers import all_classifiers

from bench.rows import Row, build_settings, run_job, temporary_folder
from pyf.aggregator.config.profiles import load_profiles
from pyf.aggregator.config.settings import Settings
from pyf.aggregator.jobs.crawl.methods import Mode
from pyf.aggregator.jobs.crawl.plan import AggregateOrder
from pyf.aggregator.metadata.classifiers import Selection, find_covered
from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.state.checkpoints import SinceFile
from tests.servers.pypi import PyPIServer
from tests.servers.world import World

MATCHING = 200
OTHER = 1_000
CHANGES = (0, 1, 10, 100)


async def measure_requests() -> list[Row]:
    rows = []
    for profile in load_profiles(None).values():
        with temporary_folder() as folder, PyPIServer(world=_build_world(profile)) as server:
            rows += await _measure_profile(profile, server, folder)
    return rows


def _build_world(profile: Profile) -> World:
    """Return projects that match, some whose older release alone does, and many others."""
    world = World()
    (root,) = profile.selection.classifiers
    for number in range(MATCHING):
        world.add_project(f"match-{number}", classifiers=[root])
    for number in range(MATCHING // 20):
        world.add_project(f"former-{number}", version="2.0", classifiers=["Topic :: Utilities"])
        world.add_older_release(f"former-{number}", "1.0", [root])
    for number in range(OTHER):
        world.add_project(f"other-{number}")
    return world


async def _measure_profile(profile: Profile, server: PyPIServer, folder: Path) -> list[Row]:
    settings = build_settings(server.url, folder)
    classifiers = len(find_covered(profile.selection.classifiers, all_classifiers))
    rows = [
        Row(
            f"{profile.key}, full run",
            str(await _count(settings, server, folder, profile.selection, Mode.FULL)),
            f"ideal {1 + classifiers + MATCHING} (1 + {classifiers} classifiers + {MATCHING} matched)",
        )
    ]
    for changes in CHANGES:
        for number in range(changes):
            # Every other change is to a project of the profile.
            server.world.release(f"{'other' if number % 2 else 'match'}-{number}", f"{changes + 2}.0")
        rows.append(
            Row(
                f"{profile.key}, incremental run, {changes} changes",
                str(await _count(settings, server, folder, profile.selection, Mode.INCREMENTAL)),
                f"ideal {1 + classifiers + changes} (1 + {classifiers} classifiers + {changes} changes)",
            )
        )
    return rows


async def _count(
    settings: Settings, server: PyPIServer, folder: Path, selection: Selection, mode: Mode
) -> int:
    server.clear_requests()
    order = AggregateOrder(
        target="bench", selection=selection, mode=mode, checkpoints=SinceFile(folder / "since")
    )
    summary = await run_job(settings, order)
    assert summary.complete, summary
    assert sum(summary.requests.values()) == len(server.requests)
    return len(server.requests)
