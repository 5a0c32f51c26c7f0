"""What ``pyfgallery`` does."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pyf.aggregator.cli.output.site_report import build_site_json, describe_site
from pyf.aggregator.cli.output.terminal import configure_logging, print_json, print_lines
from pyf.aggregator.cli.running import run_job
from pyf.aggregator.config.profiles import get_profile, load_profiles
from pyf.aggregator.config.setting_values import WEB_URL, bracket
from pyf.aggregator.config.settings import Settings, load_settings
from pyf.aggregator.errors.root import ConfigurationError, UsageError
from pyf.aggregator.errors.typesense import CollectionNotFound
from pyf.aggregator.machine.files import NotReadable, load_file
from pyf.aggregator.metadata.profile import Profile

if TYPE_CHECKING:
    from pyf.aggregator.gallery.static_site.build import SiteSummary

logger = logging.getLogger(__name__)

OWN_STYLE_FILE = "gallery.css"
"""In the data folder."""
MOST_STYLE_BYTES = 200_000
BUILD_PATIENCE_SECONDS = 60.0
"""Nobody waits for a page, and whole documents are read by the dozen."""
_NEEDED = ("starlette", "jinja2", "uvicorn", "httptools")
_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - named, not listened at
_RESERVED = frozenset({"api", "static", "healthz", "readyz", "metrics"})
"""Paths of the gallery's own, which no profile can have."""


def run(  # noqa: PLR0913 - what the command line says
    profiles: Sequence[str], *, host: str, port: int, base_url: str | None, verbose: bool, quiet: bool
) -> int:
    """Serve until ended; return the exit code."""
    configure_logging(verbose=verbose, quiet=quiet)
    check_installed()
    settings = load_settings()
    chosen = choose_profiles(profiles, load_profiles(settings.pyf_profiles))
    url = _find_base_url(base_url, settings, host, port)
    from pyf.aggregator.gallery.serving import find_loop_factory

    run_job(
        _serve(settings, chosen, url, named=bool(profiles), host=host, port=port, verbose=verbose),
        loop_factory=find_loop_factory(),
    )
    return 0


def build(  # noqa: PLR0913 - what the command line says
    folder: str, profiles: Sequence[str], *, base_url: str | None, as_json: bool, verbose: bool, quiet: bool
) -> int:
    """Write the gallery as files; return the exit code."""
    configure_logging(verbose=verbose, quiet=quiet)
    check_installed("pagefind_bin")
    settings = load_settings()
    chosen = choose_profiles(profiles, load_profiles(settings.pyf_profiles))
    if base_url is None and settings.pyf_gallery_url is None:
        raise UsageError(
            "Say with --base-url (or PYF_GALLERY_URL) where visitors will find the site; feeds name it."
        )
    url = _find_base_url(base_url, settings, "", 0)
    summary = run_job(_build(settings, chosen, url, Path(folder), named=bool(profiles)))
    if as_json:
        print_json(build_site_json(summary))
    elif not (quiet and summary.exit_code == 0):
        print_lines(describe_site(summary, folder))
    return summary.exit_code


async def _build(
    settings: Settings, profiles: Sequence[Profile], base_url: str, folder: Path, *, named: bool
) -> "SiteSummary":
    from pyf.aggregator.gallery.footer import parse_footer
    from pyf.aggregator.gallery.site import Site
    from pyf.aggregator.gallery.static_site.build import build_site
    from pyf.aggregator.services.gallery import open_shelves

    async with open_shelves(settings, profiles, patience_seconds=BUILD_PATIENCE_SECONDS) as shelves:
        _tell_missing(profiles, shelves.profiles, named=named)
        site = Site(
            base_url=base_url,
            profiles=shelves.profiles,
            title=settings.pyf_gallery_title,
            footer=parse_footer(settings.pyf_gallery_footer),
            own_style=_load_own_style(settings),
            static=True,
        )
        return await build_site(site, shelves.reader, folder)


def check_installed(*also: str) -> None:
    """Raise :class:`ConfigurationError` where the extra is missing that brings what serves pages."""
    missing = [name for name in (*_NEEDED, *also) if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"The gallery needs {', '.join(missing)}; install pyf.aggregator with its extra 'gallery'."
        )


def choose_profiles(keys: Sequence[str], known: Mapping[str, Profile]) -> tuple[Profile, ...]:
    """Return the profiles that are named, each once, else all. Raises :class:`UsageError`."""
    chosen = tuple(get_profile(known, key) for key in dict.fromkeys(keys)) if keys else tuple(known.values())
    reserved = [profile.key for profile in chosen if profile.key in _RESERVED]
    if reserved and keys:
        raise UsageError(
            f"The gallery has pages of its own at /{reserved[0]}; give the profile another key to show it."
        )
    return tuple(profile for profile in chosen if profile.key not in _RESERVED)


def _find_base_url(option: str | None, settings: Settings, host: str, port: int) -> str:
    if option is None:
        # A wildcard is where one listens, and nowhere to go.
        known = "localhost" if host in _WILDCARDS else bracket(host)
        return (settings.pyf_gallery_url or f"http://{known}:{port}").rstrip("/")
    try:
        return WEB_URL.read(option).rstrip("/")
    except ValueError as error:
        raise UsageError(f"--base-url {option!r} is not {WEB_URL.expected}.") from error


async def _serve(  # noqa: PLR0913 - what the command line says
    settings: Settings,
    profiles: Sequence[Profile],
    base_url: str,
    *,
    named: bool,
    host: str,
    port: int,
    verbose: bool,
) -> None:
    from pyf.aggregator.gallery.app import build_app
    from pyf.aggregator.gallery.footer import parse_footer
    from pyf.aggregator.gallery.serving import Replaceable, serve
    from pyf.aggregator.gallery.site import Site
    from pyf.aggregator.services.gallery import Shelves, follow, open_shelves

    async with open_shelves(settings, profiles) as shelves:
        _tell_missing(profiles, shelves.profiles, named=named)
        site = Site(
            base_url=base_url,
            profiles=shelves.profiles,
            title=settings.pyf_gallery_title,
            footer=parse_footer(settings.pyf_gallery_footer),
            own_style=_load_own_style(settings),
        )
        shown = Replaceable(build_app(site, shelves.reader))

        def show(more: Shelves) -> None:
            shown.app = build_app(replace(site, profiles=more.profiles), more.reader)

        try:
            async with follow(shelves, show):
                await serve(shown, host=host, port=port, verbose=verbose)
        except asyncio.CancelledError:
            # To be told to end is how this command ends.
            logger.info("The gallery has ended.")


def _load_own_style(settings: Settings) -> bytes | None:
    """Return the style sheet of the operator's own, if there is one. Raises :class:`ConfigurationError`."""
    path = settings.pyf_data_dir / OWN_STYLE_FILE
    try:
        return load_file(path, max_bytes=MOST_STYLE_BYTES)
    except FileNotFoundError:
        return None
    except (OSError, NotReadable) as error:
        raise ConfigurationError(f"{path} cannot be read ({error}); mend it, or take it away.") from error


def _tell_missing(wanted: Sequence[Profile], found: Sequence[Profile], *, named: bool) -> None:
    """Say which profiles have nothing to show; with none at all there is nothing to serve.

    Raises :class:`CollectionNotFound`.
    """
    missing = [profile.key for profile in wanted if profile not in found]
    if not found:
        key = missing[0] if missing else "PROFILE"
        raise CollectionNotFound(key, remedy=f"pyfaggregator -f -p {key}")
    if named:
        for key in missing:
            logger.warning("Nothing was collected for %s yet; pyfaggregator -f -p %s does it.", key, key)
