"""Any command ends within five seconds of a signal, whatever it is at."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.laboratory import PLONE, Laboratory
from tests.rendering.bombs import BOMB
from tests.servers.redis import wait_until

PATIENCE_SECONDS = 5.0
EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}

BUSY = """
import asyncio, sys, time
from pyf.aggregator.cli.entry import run_command
from pyf.aggregator.cli.running import run_job
import click

def spin():
    while True:
        pass

async def sleep_in_thread():
    await asyncio.to_thread(time.sleep, 600)

async def parse_in_thread():
    await asyncio.to_thread(spin)

async def never_yield():
    spin()

async def never_give_up():
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            pass

@click.command()
def command():
    print("busy", flush=True)
    run_job(globals()[sys.argv[1]]())

run_command(command, [])
"""


def meet(process: subprocess.Popen[bytes], number: signal.Signals, *, group: bool = False) -> None:
    """Send a signal and see the process end by it in time."""
    (os.killpg if group else os.kill)(process.pid, number)
    assert process.wait(PATIENCE_SECONDS) == EXIT_CODES[number]


def test_a_command_ends_in_time_whatever_its_threads_and_its_loop_are_at(
    running: list[subprocess.Popen[bytes]],
) -> None:
    kinds = ("sleep_in_thread", "parse_in_thread", "never_yield", "never_give_up")
    running += [
        subprocess.Popen([sys.executable, "-c", BUSY, kind], stdout=subprocess.PIPE) for kind in kinds
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == b"busy\n"
    time.sleep(0.2)
    met = time.monotonic()
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGTERM, signal.SIGINT)
    for process, number in zip(running, numbers, strict=True):
        process.send_signal(number)
        process.send_signal(number)
    codes = [process.wait(60) for process in running]
    seconds = time.monotonic() - met
    for process in running:
        process.communicate()
    assert (codes, seconds < PATIENCE_SECONDS) == ([143, 130, 143, 130], True)


@pytest.mark.parametrize(
    ("number", "group"), [(signal.SIGTERM, False), (signal.SIGINT, True)], ids=["SIGTERM", "Ctrl-C"]
)
def test_a_command_ends_in_time_while_a_bomb_renders(
    laboratory: Laboratory,
    environment: dict[str, str],
    running: list[subprocess.Popen[bytes]],
    number: signal.Signals,
    *,
    group: bool,
) -> None:
    for name in ("bomb-one", "bomb-two", "bomb-three"):
        laboratory.world.add_project(
            name, classifiers=[PLONE], description=BOMB, description_content_type="text/x-rst"
        )
    command = Path(sys.executable).with_name("pyfaggregator")
    arguments = [str(command), "-f", "-ft", PLONE, "-t", laboratory.collection, "-q", "--json"]
    arguments += ["-s", str(laboratory.since_file)]
    pipe = subprocess.PIPE
    running.append(
        subprocess.Popen(arguments, env=environment, stdout=pipe, stderr=pipe, start_new_session=True)
    )
    parent = psutil.Process(running[0].pid)
    wait_until(lambda: bool(parent.children()), "it renders")
    children = parent.children()
    wait_until(lambda: sum(children[0].cpu_times()[:2]) > 1.0, "the bomb goes off")
    meet(running[0], number, group=group)
    _, said = running[0].communicate()
    assert said.strip() == b""
    assert not any(child.is_running() for child in children)


def test_a_command_ends_in_time_while_its_server_starts_and_leaves_none(
    environment: dict[str, str], tmp_path: Path, running: list[subprocess.Popen[bytes]]
) -> None:
    server = tmp_path / "bin" / "typesense-server"
    server.parent.mkdir()
    server.write_text("#!/bin/sh\ntrap '' TERM INT\nwhile true; do sleep 0.1; done\n")
    server.chmod(server.stat().st_mode | stat.S_IXUSR)
    for name in [name for name in environment if name.startswith("TYPESENSE_")]:
        del environment[name]
    environment["PATH"] = f"{server.parent}{os.pathsep}{environment['PATH']}"
    record = tmp_path / "data" / "typesense" / "server.json"
    environment["PYF_DATA_DIR"] = str(tmp_path / "data")
    command = Path(sys.executable).with_name("pyfupdater")
    running.append(
        subprocess.Popen([str(command), "-ls"], env=environment, stderr=subprocess.PIPE, cwd=tmp_path)
    )
    wait_until(record.exists, "the server is being started")
    started = psutil.Process(running[0].pid).children()
    meet(running[0], signal.SIGTERM)
    running[0].communicate()
    assert len(started) == 1
    assert not started[0].is_running()
