"""The README's pictures, of made-up packages: ``python -m tests.browser.screenshots`` takes them.

It starts a Typesense of its own, fills it, serves the gallery, and has Chromium look at it.
"""

import asyncio
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from pyf.aggregator.typesense.embedded.sharing import open_embedded
from tests.browser.conftest import ARGUMENTS
from tests.gallery.served import serve_gallery
from tests.gallery.wares import fill

FOLDER = Path(__file__).parents[2] / "docs" / "images"
PICTURES = {
    "search": ("/plone/?q=calendar&ended=1", "light", 700),
    "package": ("/plone/packages/collective-calendar/", "light", 860),
    "ready": ("/plone/ready/6.2/", "dark", 640),
}
WIDTH = 900


def main() -> None:
    """Take all pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        opening = open_embedded(Path(folder) / "data")
        typesense = runner.run(opening.__aenter__())
        try:
            profile = fill(typesense, "plone", Path(folder))
            with serve_gallery(typesense, [profile]) as visitor:
                take(visitor.url)
        finally:
            runner.run(opening.__aexit__(None, None, None))


def take(url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        for name, (path, scheme, height) in PICTURES.items():
            page = browser.new_page(
                viewport={"width": WIDTH, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            page.goto(url + path)
            page.screenshot(path=FOLDER / f"{name}.png")
            print(FOLDER / f"{name}.png")  # noqa: T201 - what it made
        browser.close()


if __name__ == "__main__":
    main()
