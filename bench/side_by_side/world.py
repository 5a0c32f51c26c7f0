"""The world that all ways meet: what PyPI has, twenty changes to it, and what a catalogue should hold."""

import random

from packaging.utils import canonicalize_name

from tests.servers.world import World

NAMES = 10_000
CLASSIFIER = "Framework :: Plone"
CHILD = f"{CLASSIFIER} :: 6.1"
OTHER = ["Topic :: Utilities", "Programming Language :: Python :: 3.13"]

PLAIN, ONLY_CHILD, ONLY_OLDER, FEW = 265, 60, 60, 5
"""How many projects carry the classifier and a child of it, a child alone, either in an older release alone;
and how many of each odd kind there are."""

CHANGES = 20

_DESCRIPTIONS = 50
_WORDS = 900


def build_world() -> World:
    """Return the names, each with a README of some 6 KB that does not compress better than text does."""
    world = World()
    chance = random.Random(18)  # noqa: S311 — the same world every time
    descriptions = [_write_description(chance) for _ in range(_DESCRIPTIONS)]
    for number in range(NAMES - 6 * FEW - PLAIN - ONLY_CHILD - ONLY_OLDER):
        name = _spell("other", number)
        _add(world, name, OTHER, chance.choice(descriptions))
        if number % 4 == 0:
            world.add_older_release(name, "0.9", OTHER)
    for number in range(PLAIN):
        _add(world, _spell("plain", number), [CLASSIFIER, CHILD], chance.choice(descriptions))
        world.add_older_release(_spell("plain", number), "0.9", [CLASSIFIER])
    for number in range(ONLY_CHILD):
        _add(world, _spell("child", number), [CHILD], chance.choice(descriptions))
    for number in range(ONLY_OLDER):
        _add(world, _spell("older", number), OTHER, chance.choice(descriptions))
        world.add_older_release(_spell("older", number), "0.9", [CLASSIFIER])
    for number in range(FEW):
        _add_odd_ones(world, number, chance.choice(descriptions))
    return world


def _add_odd_ones(world: World, number: int, description: str) -> None:
    """Add one of each kind that a catalogue easily gets wrong."""
    for kind in ("yanked", "newest-yanked", "prerelease", "removed", "quarantined", "without-release"):
        _add(world, f"{kind}-{number}", [CLASSIFIER], description)
    world.yank(f"yanked-{number}", "1.0")
    world.release(f"newest-yanked-{number}", "2.0")
    world.yank(f"newest-yanked-{number}", "2.0")
    world.release(f"prerelease-{number}", "2.0a1", classifiers=OTHER)
    world.remove_project(f"removed-{number}")
    world.set_status(f"quarantined-{number}", "quarantined")
    world.remove_releases(f"without-release-{number}")


def change_world(world: World) -> None:
    """Let a day pass: twenty changes, all but four to what the catalogue holds or should hold."""
    for number in range(3):
        _add(world, f"new-{number}", [CLASSIFIER], "New.")
    for number in range(4):
        world.release(_spell("plain", number), "2.0")
    for number in range(4):
        world.release(_spell("other", number), "2.0")
    for number in (10, 11):
        world.release(_spell("plain", number), "2.0", classifiers=OTHER)
    for number in (10, 11):
        world.release(_spell("other", number), "2.0", classifiers=[CLASSIFIER])
    for number in (20, 21):
        world.remove_project(_spell("plain", number))
    world.set_status(_spell("plain", 22), "quarantined")
    world.remove_releases(_spell("plain", 23))
    world.yank(_spell("plain", 24), "1.0")


def find_truth(world: World) -> dict[str, str]:
    """Return the normalized names of what the latest release makes part of the catalogue, and its version."""
    return {
        name: latest.version
        for name, project in world.projects.items()
        if project.status != "quarantined"
        and (latest := project.latest)
        and any(found == CLASSIFIER or found.startswith(f"{CLASSIFIER} :: ") for found in _list(latest.info))
    }


def _list(info: dict[str, object]) -> list[str]:
    found = info["classifiers"]
    assert isinstance(found, list)
    return found


def _add(world: World, name: str, classifiers: list[str], description: str) -> None:
    world.add_project(
        name, version="1.0", classifiers=classifiers, summary=f"Is {name}", description=description
    )


def _spell(kind: str, number: int) -> str:
    """Return a name as owners write them: every fifth is not in normal form."""
    name = f"collective-{kind}-{number}"
    if number % 5 == 4:
        name = name.replace("-", ".").title()
    assert canonicalize_name(name) == f"collective-{kind}-{number}"
    return name


def _write_description(chance: random.Random) -> str:
    letters = "etaoinshrdlucmfwypvbgk"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(_WORDS)]
    return " ".join(chance.choices(words, k=_WORDS))
