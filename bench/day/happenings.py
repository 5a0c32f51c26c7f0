"""What happens on the made-up PyPI in its day, and what a catalogue has to tell of it afterwards."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.servers.github import Hub
from tests.servers.world import World

CLASSIFIER = "Framework :: Flask"
OTHER = "Topic :: Utilities"
MATCHING_SHARE = 0.05
FIRST = "1.0"

A_DAY: Mapping[str, int] = {
    "release": 5_400,
    "new project": 750,
    "new owner": 1_500,
    "file or other change": 7_300,
    "yank": 300,
    "removal": 150,
    "classifier dropped": 50,
    "classifier gained": 50,
}
"""How often a day, which is what moved PyPI's serial in 2024: some 15,500 times, 10,700 of them files of
releases, by its own documentation (https://docs.pypi.org/api/xml-rpc/, https://docs.pypi.org/api/json/)."""

type Told = tuple[str, str, str]
"""A change that is recorded: project, kind and version, the last empty where the kind has none."""


@dataclass
class Journal:
    """What the records of changes have to say of the profile's packages, each exactly once.

    ``must`` are those that no delay can hide; ``may`` those that somebody who looks late cannot know of, such
    as a release that a removal followed.
    """

    must: set[Told] = field(default_factory=set)
    may: set[Told] = field(default_factory=set)
    released_at: dict[tuple[str, str], float] = field(default_factory=dict)
    happened: Counter[str] = field(default_factory=Counter)

    def doom(self, name: str, kind: str) -> None:
        """Note that a package left: whoever was late saw nothing else of its last hours."""
        late = {told for told in self.must if told[0] == name}
        self.must -= late
        self.may |= late
        self.must.add((name, kind, ""))


class Day:
    """A thread that lets the world live at a pace, from a seed; the same seed makes the same day."""

    def __init__(self, world: World, hub: Hub, seed: int, projects: int) -> None:
        self.world, self.hub, self.journal = world, hub, Journal()
        self._random = random.Random(seed)  # noqa: S311 - a day that can be repeated
        self._versions: dict[str, int] = {}
        self._touched: set[tuple[str, str]] = set()
        self._gone: set[str] = set()
        self._newcomers: set[str] = set()
        self._matching: set[str] = set()
        self._ended = threading.Event()
        for number in range(projects):
            self._add(f"p{number}", matching=number < projects * MATCHING_SHARE)
        self._acts: Mapping[str, Callable[[str], None]] = {
            "release": self._release,
            "new project": self._publish,
            "new owner": self._hand_over,
            "file or other change": self.world.touch,
            "yank": self._yank,
            "removal": self._remove,
            "classifier dropped": self._drop,
            "classifier gained": self._gain,
        }

    def live(self, seconds: float) -> None:
        """Let the whole day happen within these seconds."""
        times = list(A_DAY.values())
        pause = seconds / sum(times)
        ending = time.monotonic() + seconds
        while time.monotonic() < ending and not self._ended.is_set():
            (what,) = self._random.choices(list(A_DAY), times)
            self._acts[what](self._choose())
            self.journal.happened[what] += 1
            self._ended.wait(self._random.expovariate(1 / pause))

    def end(self) -> None:
        self._ended.set()

    def find_wanted(self) -> dict[str, str]:
        """Return the latest version of every project of the profile, as PyPI shows it now."""
        with self.world.lock:
            latest = {name: project.latest for name, project in self.world.projects.items()}
        return {
            name: release.version
            for name, release in latest.items()
            if release is not None and CLASSIFIER in release.info["classifiers"]
        }

    # What may happen

    def _choose(self) -> str:
        """Return a project that is there; the profile's come up more often than their share."""
        while True:
            chosen = self._random.random() < 2 * MATCHING_SHARE
            name = self._random.choice(sorted(self._matching) if chosen else list(self._versions))
            if name not in self._gone:
                return name

    def _add(self, name: str, *, matching: bool) -> None:
        info: dict[str, object] = {"summary": f"What {name} does", "description": f"# {name}\n\nWords.\n"}
        if matching:
            repository = self.hub.add(f"somebody/{name}", stars=len(self._matching) + 1)
            info["project_urls"] = {"Source": f"https://github.com/{repository.slug}"}
            self._matching.add(name)
        self.world.add_project(name, version=FIRST, classifiers=[CLASSIFIER if matching else OTHER], **info)
        self._versions[name] = 1

    def _release(self, name: str) -> None:
        self._versions[name] += 1
        version = f"{self._versions[name]}.0"
        if name in self._matching:
            told = (name, "released", version)
            (self.journal.may if name in self._newcomers else self.journal.must).add(told)
        self.world.release(name, version)
        self._note_time(name, version)

    def _publish(self, _: str) -> None:
        name = f"p{len(self._versions)}"
        matching = self._random.random() < MATCHING_SHARE
        if matching:
            self._newcomers.add(name)
            self.journal.must.add((name, "added", ""))
        self._add(name, matching=matching)
        self._note_time(name, FIRST)

    def _hand_over(self, name: str) -> None:
        """Change the owner, once: of two changes in a row somebody late sees one."""
        if self._is_first("owner", name) and name in self._matching:
            newcomer = name in self._newcomers
            (self.journal.may if newcomer else self.journal.must).add((name, "owner-changed", ""))
            self.world.get(name).roles = [{"role": "Owner", "user": "somebody-else"}]
        self.world.touch(name)

    def _yank(self, name: str) -> None:
        """Yank the first release: it was known before the day."""
        if self._is_first("yank", name):
            if name in self._matching:
                told = (name, "yanked", FIRST)
                (self.journal.may if name in self._newcomers else self.journal.must).add(told)
            self.world.yank(name, FIRST, "does not start")

    def _remove(self, name: str) -> None:
        if name in self._newcomers:
            return
        if name in self._matching:
            self.journal.doom(name, "left")
        self._gone.add(name)
        self.world.remove_project(name)

    def _drop(self, name: str) -> None:
        if name not in self._matching or name in self._newcomers:
            return
        self.journal.doom(name, "left")
        self._gone.add(name)
        self._versions[name] += 1
        self.world.release(name, f"{self._versions[name]}.0", classifiers=[OTHER])

    def _gain(self, name: str) -> None:
        if name in self._matching:
            return
        self._newcomers.add(name)
        self._matching.add(name)
        self.journal.must.add((name, "added", ""))
        self._versions[name] += 1
        version = f"{self._versions[name]}.0"
        self.world.release(name, version, classifiers=[CLASSIFIER])
        self._note_time(name, version)

    def _note_time(self, name: str, version: str) -> None:
        """Note when a release came that has to be found; one of a project that matches later has not."""
        if name in self._matching:
            self.journal.released_at[name, version] = time.time()

    def _is_first(self, what: str, name: str) -> bool:
        first = (what, name) not in self._touched
        self._touched.add((what, name))
        return first
