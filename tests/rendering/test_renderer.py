"""READMEs in processes of their own: as good as in ours, bounded, and replaced when they end."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from importlib.metadata import distributions
from itertools import islice

import psutil
import pytest
import pytest_asyncio

from pyf.aggregator.errors.jobs import RendererUnavailable
from pyf.aggregator.metadata.readme.description import MAX_HTML_LENGTH, Description
from pyf.aggregator.metadata.readme.plain_text import MAX_TEXT_LENGTH
from pyf.aggregator.metadata.readme.render import render
from pyf.aggregator.metadata.repositories.forges import ForgeKind
from pyf.aggregator.rendering.limits import RenderLimits
from pyf.aggregator.rendering.renderer import Renderer, open_renderer
from tests.rendering.bombs import BOMB, MD, RST, build_project
from tests.servers.redis import wait_until

TIGHT = RenderLimits(cpu_seconds=0.3, memory_bytes=150 * 1024**2)


@pytest_asyncio.fixture
async def tight() -> AsyncIterator[Renderer]:
    """A renderer of one process that has little time and memory."""
    async with open_renderer(1, limits=TIGHT) as opened:
        yield opened


def find_processes() -> list[psutil.Process]:
    """Return the processes that render for this one."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if "pyf.aggregator.rendering.process" in child.cmdline():
                found.append(child)
    return found


async def wait_for_process() -> psutil.Process:
    for _ in range(1000):
        if found := find_processes():
            return found[0]
        await asyncio.sleep(0.01)
    raise AssertionError("no process was started")


async def wait_until_busy(process: psutil.Process, seconds: float = 1.0) -> None:
    """Return when a process has worked for so long, its start included."""
    for _ in range(6000):
        if sum(process.cpu_times()[:2]) > seconds:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never was at work")


@pytest.mark.asyncio
async def test_what_comes_back_is_what_rendering_here_gives() -> None:
    real = [distribution.metadata for distribution in islice(distributions(), 25)]
    sources = [
        (str(found.json.get("description", "")), found.get("Description-Content-Type")) for found in real
    ]
    async with open_renderer(2) as opened:
        rendered = await asyncio.gather(*(opened.render(build_project(*source)) for source in sources))
        assert len(find_processes()) <= 2
    assert rendered == [render(*source) for source in sources]
    assert find_processes() == []


@pytest.mark.asyncio
async def test_relative_links_lead_into_the_projects_own_repository(tight: Renderer) -> None:
    urls = {"Source": "https://github.com/Ana/Easy-Form"}
    found = await tight.render(build_project("[a](b.md)", project_urls=urls))
    assert found.html is not None
    assert "https://github.com/ana/easy-form/blob/HEAD/b.md" in found.html
    unknown = await tight.render(build_project("[a](b.md)", project_urls={"Source": "https://x.example"}))
    assert unknown.html == "<p>a</p>\n"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("source", "page", "raw"),
    [
        ("https://gitlab.com/group/sub/easy", "/-/blob/HEAD/b.md", "/-/raw/HEAD/c.png"),
        ("https://codeberg.org/ana/easy", "/src/HEAD/b.md", "/raw/HEAD/c.png"),
    ],
)
async def test_they_do_so_on_other_forges(source: str, page: str, raw: str) -> None:
    forges = {"gitlab.com": ForgeKind.GITLAB, "codeberg.org": ForgeKind.FORGEJO}
    async with open_renderer(1, forges=forges) as opened:
        found = await opened.render(build_project("[a](b.md) ![c](c.png)", project_urls={"Source": source}))
    assert found.html is not None
    assert f'href="{source}{page}"' in found.html
    assert f'src="{source}{raw}"' in found.html


@pytest.mark.asyncio
@pytest.mark.parametrize("source", [(None, MD), ("", RST), ("plain", "text/plain"), ("x" * 300_000, MD)])
async def test_no_process_is_started_for_what_needs_none(source: tuple[str | None, str]) -> None:
    async with open_renderer(1) as opened:
        assert await opened.render(build_project(*source)) == render(*source)
        assert find_processes() == []


@pytest.mark.asyncio
async def test_a_lone_surrogate_is_no_obstacle(tight: Renderer) -> None:
    assert (await tight.render(build_project("a \ud800 b"))).text == "a ? b"


BOMBS = {
    "substitutions that double": (BOMB, RST),
    "quotes in quotes": (">" * 100_000, MD),
    "div in div": ("<div>" * 30_000, MD),
    "table in table": ("<table>" * 25_000, MD),
    "3,000 columns": ("|a" * 3000 + "|\n" + "|-" * 3000 + "|\n" + "|a|\n" * 3000, MD),
    "lists in lists of reStructuredText": ("".join("  " * depth + "- x\n\n" for depth in range(430)), RST),
    "indentation": ("".join(" " * depth + "x\n\n" for depth in range(600)), RST),
    "code that never ends": ('<pre lang="x"><code>' * 9_000, MD),
    "emphasis": ("*a **" * 39_000, MD),
    "stars": ("*" * 99_000 + "a" + "*" * 99_000, MD),
    "footnotes": ("[^1]: a\n" + "[^1]" * 40_000, MD),
    "code to highlight": ("```python\n" + "(" * 150_000 + "\n```", MD),
    "a data URI": ("![a](data:image/png;base64," + "A" * 150_000 + ")", MD),
    "roles": (":a:`" * 49_000, RST),
    "ampersands": ("&" * 199_000, "text/plain"),
}


@pytest.mark.asyncio
async def test_no_bomb_takes_more_than_its_share() -> None:
    async with open_renderer(2, limits=TIGHT) as opened:
        projects = [build_project(*bomb) for bomb in BOMBS.values()]
        rendered = dict(zip(BOMBS, await asyncio.gather(*map(opened.render, projects)), strict=True))
    for kind, description in rendered.items():
        assert len(description.html or "") <= MAX_HTML_LENGTH, kind
        assert len(description.text or "") <= MAX_TEXT_LENGTH, kind
        if description.problem is None:
            assert not description.plain or kind == "ampersands"
    for kind in ("substitutions that double", "quotes in quotes", "div in div", "3,000 columns"):
        assert rendered[kind].plain, kind
        assert rendered[kind].html, kind


@pytest.mark.asyncio
async def test_what_takes_too_long_is_shown_as_plain_text_and_named(
    tight: Renderer, caplog: pytest.LogCaptureFixture
) -> None:
    description = await tight.render(build_project(BOMB, RST))
    assert description == Description(
        html=BOMB.replace("\n", "<br>"),
        text=description.text,
        problem="Rendering it takes longer than 0.3 s.",
        plain=True,
    )
    assert description.text is not None
    assert description.text.startswith(".. |a| replace:: |b| |b|\n")
    assert caplog.messages == [
        "The README of easy-form is shown as plain text: Rendering it takes longer than 0.3 s."
    ]
    assert (await tight.render(build_project("**x**"))).html == "<p><strong>x</strong></p>\n"


@pytest.mark.asyncio
@pytest.mark.parametrize("bomb", [BOMBS["3,000 columns"], (BOMB, RST)], ids=["in Rust", "in Python"])
async def test_what_takes_too_much_memory_is_shown_as_plain_text_and_named(bomb: tuple[str, str]) -> None:
    limits = RenderLimits(cpu_seconds=30.0, memory_bytes=60 * 1024**2)
    async with open_renderer(1, limits=limits) as opened:
        description = await opened.render(build_project(*bomb))
        assert (description.problem, description.plain) == (
            "Rendering it takes more than 60 MB of memory.",
            True,
        )
        assert (await opened.render(build_project("**x**"))).html == "<p><strong>x</strong></p>\n"


@pytest.mark.asyncio
async def test_a_process_that_gets_no_time_is_given_up() -> None:
    async with open_renderer(1, limits=RenderLimits(wall_seconds=0.3)) as opened:
        await opened.render(build_project("x"))
        (process,) = find_processes()
        process.suspend()
        description = await opened.render(build_project("**x**"))
        assert description.plain
        assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        assert (await opened.render(build_project("**x**"))).html == "<p><strong>x</strong></p>\n"


@pytest.mark.asyncio
async def test_a_process_killed_at_work_is_replaced_and_its_readme_plain() -> None:
    async with open_renderer(1, limits=RenderLimits(cpu_seconds=60.0)) as opened:
        rendering = asyncio.create_task(opened.render(build_project(BOMB, RST)))
        process = await wait_for_process()
        await wait_until_busy(process)
        process.kill()
        description = await rendering
        assert (description.problem, description.plain) == ("Its renderer was ended by SIGKILL.", True)
        assert (await opened.render(build_project("**x**"))).html == "<p><strong>x</strong></p>\n"


@pytest.mark.asyncio
async def test_a_process_killed_at_rest_costs_no_readme_its_form(tight: Renderer) -> None:
    await tight.render(build_project("x"))
    (process,) = find_processes()
    process.kill()
    assert (await tight.render(build_project("**x**"))).html == "<p><strong>x</strong></p>\n"


@pytest.mark.asyncio
async def test_a_process_is_kept_warm(tight: Renderer) -> None:
    await tight.render(build_project("x"))
    before = find_processes()
    assert len(before) == 1
    for number in range(5):
        await tight.render(build_project(f"x {number}"))
    assert find_processes() == before


@pytest.mark.asyncio
async def test_a_cancelled_task_ends_its_process_at_once() -> None:
    async with open_renderer(1, limits=RenderLimits(cpu_seconds=60.0)) as opened:
        rendering = asyncio.create_task(opened.render(build_project(BOMB, RST)))
        process = await wait_for_process()
        await wait_until_busy(process)
        rendering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await rendering
        assert find_processes() == []
        assert (await opened.render(build_project("**x**"))).html == "<p><strong>x</strong></p>\n"


@pytest.mark.asyncio
async def test_where_no_process_can_be_started_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    async with open_renderer(1) as opened:
        with pytest.raises(RendererUnavailable, match="READMEs cannot be rendered: it ended with 1 before"):
            await opened.render(build_project("**x**"))


@pytest.mark.asyncio
async def test_a_renderer_knows_no_secret(tight: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret-token")
    monkeypatch.setenv("TYPESENSE_API_KEY", "secret-key")
    await tight.render(build_project("**x**"))
    (process,) = find_processes()
    assert "secret" not in repr(process.environ())
    assert os.getsid(process.pid) != os.getsid(0)


HOLDER = """
import asyncio
from pyf.aggregator.rendering.limits import RenderLimits
from pyf.aggregator.rendering.renderer import open_renderer
from tests.rendering.bombs import BOMB, build_project

async def hold():
    async with open_renderer(2, limits=RenderLimits(cpu_seconds=60.0)) as opened:
        await opened.render(build_project("x"))
        await asyncio.gather(opened.render(build_project(BOMB, "text/x-rst")), asyncio.sleep(60))

asyncio.run(hold())
"""


@pytest.mark.parametrize("busy", [True, False], ids=["at work", "at rest"])
def test_no_process_outlives_its_parent(running: list[subprocess.Popen[bytes]], busy: bool) -> None:
    code = HOLDER if busy else HOLDER.replace('opened.render(build_project(BOMB, "text/x-rst")), ', "")
    running.append(subprocess.Popen([sys.executable, "-c", code]))
    parent = psutil.Process(running[0].pid)
    wait_until(lambda: len(parent.children()) == 1, "it renders")
    (child,) = parent.children()
    wait_until(lambda: not busy or sum(child.cpu_times()[:2]) > 1.0, "it is at work")
    running[0].kill()
    child.wait(5)
