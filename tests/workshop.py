"""Everything the queue needs: a world, a collection, a real Redis, and workers and beat to start."""

import asyncio
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import celery

from pyf.aggregator.cli.queue import pyfqueue
from pyf.aggregator.metadata.model import Serial
from pyf.aggregator.queue.configuration import KEY_PREFIX, QUEUE
from pyf.aggregator.state.checkpoints import Checkpoint
from pyf.aggregator.state.redis.checkpoints import RedisCheckpoints
from pyf.aggregator.state.redis.failures import Failures
from pyf.aggregator.state.redis.heartbeats import Heartbeats
from pyf.aggregator.state.redis.store import open_store
from tests.commands import Commands, Ended
from tests.laboratory import PLONE, Laboratory
from tests.servers.github import TOKEN, GitHubServer
from tests.servers.prepared import CELERY, PYFQUEUE, Command, run_prepared
from tests.servers.redis import CeleryProcess, RedisServer, start_beat, start_worker, wait_until


@dataclass
class Workshop:
    """One profile, named like its collection; workers and beat that are started end with the test."""

    laboratory: Laboratory
    redis: RedisServer
    environment: dict[str, str]
    folder: Path
    commands: Commands
    processes: list[CeleryProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = open_store(self.redis.url)
        self.failures = Failures(self.store)
        self.heartbeats = Heartbeats(self.store, self.environment["PYPI_URL"])
        # Celery's configuration is read once a process, by whoever needs it first.
        self.commands.monkeypatch.setenv("REDIS_HOST", self.redis.url)

    @property
    def profile(self) -> str:
        return self.laboratory.collection

    def write_profiles(self, **more: str) -> None:
        """Write the profiles file: ours, and more of them, each with its classifier."""
        profiles = {self.profile: PLONE, **more}
        text = "".join(f'  {key}:\n    name: T\n    classifiers: ["{c}"]\n' for key, c in profiles.items())
        Path(self.environment["PYF_PROFILES"]).write_text(f"profiles:\n{text}")
        self.environment["PYF_QUEUE_PROFILES"] = ",".join(profiles)

    def fill(self, count: int = 10) -> None:
        """Put so many projects into the collection."""
        for number in range(count):
            self.laboratory.world.add_project(f"p{number}", classifiers=[PLONE])
        asyncio.run(self.laboratory.run_full())
        self.laboratory.pypi.clear_requests()

    def show_on_github(self, github: GitHubServer, count: int) -> None:
        """Add so many projects, each with a repository on GitHub."""
        for number, slug in enumerate(github.hub.add_many(count)):
            urls = {"Source": f"https://github.com/{slug}"}
            project = self.laboratory.world.add_project(f"g{number}", classifiers=[PLONE], project_urls=urls)
            project.roles = [{"role": "Owner", "user": slug.partition("/")[0]}]
        asyncio.run(self.laboratory.run_full())
        self.environment |= {"GITHUB_API_URL": github.url, "GITHUB_TOKEN": TOKEN}

    # Processes

    def start_workers(self, count: int = 1, *, concurrency: int = 1, **settings: str) -> None:
        """Start workers side by side, and wait until all of them are ready."""
        started = [self.start_worker(concurrency=concurrency, **settings) for _ in range(count)]
        for worker in started:
            self.wait(worker.is_ready, "a worker is ready")

    def start_worker(self, *, concurrency: int = 1, **settings: str) -> CeleryProcess:
        """Start a worker, ready or not."""
        name = f"worker{len(self.processes)}"
        return self._keep(
            start_worker({**self.environment, **settings}, self.folder, name, concurrency=concurrency)
        )

    def start_beat(self, **settings: str) -> CeleryProcess:
        """Start beat."""
        return self._keep(start_beat({**self.environment, **settings}, self.folder))

    def _keep(self, process: CeleryProcess) -> CeleryProcess:
        self.processes.append(process)
        return process

    def close(self) -> None:
        """End every process at once: a worker takes seconds to end politely."""
        for process in self.processes:
            process.kill()
        self.store.close()

    def run(self, *command: str) -> Ended:
        """Run ``pyfqueue``."""
        return self.commands.choose(pyfqueue)(*command, **self.environment)

    def run_apart(self, *command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run ``pyfqueue`` in a process of its own: Celery reads its configuration once a process."""
        return self._run(PYFQUEUE, *command, **settings)

    def run_celery(self, *command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run ``celery`` on our queue until it ends."""
        return self._run(CELERY, "-A", "pyf.aggregator.queue", *command, **settings)

    def _run(self, program: str, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        environment = {**self.environment, **settings}
        return run_prepared(
            Command(program=program, words=words, environment=environment, folder=self.folder)
        )

    # The queue

    def send(self, task: str, *arguments: object, **options: Any) -> str:
        """Queue a task, as beat does; return its id."""
        with celery.Celery(broker=self.redis.url) as app:
            app.conf.task_default_queue = QUEUE
            app.conf.broker_transport_options = {"global_keyprefix": KEY_PREFIX}
            return str(app.send_task(task, args=arguments, **options).id)

    def inspect_worker(self, what: str, **details: Any) -> Any:
        """Ask the one worker for its ``conf`` or what it has ``registered``, as it is in force there."""
        with celery.Celery(broker=self.redis.url) as app:
            app.conf.broker_transport_options = {"global_keyprefix": KEY_PREFIX}
            # One answer is all there is to wait for; the limit is for a machine that is busy.
            arguments = {"with_defaults": True} if what == "conf" else {"taskinfoitems": details["items"]}
            (answer,) = app.control.broadcast(what, arguments=arguments, reply=True, timeout=20, limit=1)
        (found,) = answer.values()
        return found

    def is_done(self, entry: str) -> Callable[[], bool]:
        """Return whether an entry of a feed is done."""
        return lambda: bool(self.redis.client.exists(f"pyf:done:{entry}"))

    @property
    def is_idle(self) -> bool:
        """Nothing waits, and no worker has anything."""
        waiting = self.redis.client.llen(KEY_PREFIX + QUEUE)
        return not waiting and not self.redis.client.hlen(f"{KEY_PREFIX}unacked")

    def load_checkpoint(self, profile: str | None = None) -> Checkpoint | None:
        return RedisCheckpoints(self.store).load(profile or self.profile)

    @property
    def checkpoint(self) -> Serial | None:
        loaded = self.load_checkpoint()
        return loaded.serial if loaded else None

    # Waiting

    def wait(self, holds: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        """Wait until something holds; a failure shows the logs."""
        try:
            wait_until(holds, what, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.read_logs()}") from error

    def wait_for_log(self, text: str, times: int = 1) -> None:
        """Wait until the logs say something."""
        self.wait(lambda: self.read_logs().count(text) >= times, f"the logs say {text!r}")

    def wait_until_equal(self, seconds: float = 60.0) -> None:
        """Wait until the collection equals the world, and the checkpoint says so."""
        self.wait(self._is_equal, "the collection equals PyPI", seconds)

    def _is_equal(self) -> bool:
        return self.checkpoint == self.laboratory.world.serial and self.find_versions() == self.find_wanted()

    def find_versions(self) -> dict[str, str]:
        """Return what the collection holds."""
        return {name: document["version"] for name, document in self.laboratory.get_documents().items()}

    def find_wanted(self) -> dict[str, str]:
        """Return what it should hold."""
        world = self.laboratory.world
        with world.lock:
            return {
                name: project.latest.version
                for name, project in world.projects.items()
                if project.latest and PLONE in project.latest.info["classifiers"]
            }

    def count_asked(self, name: str) -> int:
        """Return how often PyPI was asked for a project."""
        return [record.path for record in self.laboratory.pypi.requests].count(f"/pypi/{name}/json")

    def read_logs(self) -> str:
        return "\n".join(process.read_log() for process in self.processes)
