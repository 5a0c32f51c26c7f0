"""Where the catalogue of what is known of PyPI's projects lies."""

from pathlib import Path
from urllib.parse import urlsplit

from pyf.aggregator.config.settings import Settings

_PYPI_HOST = "pypi.org"


def asks_own_index(settings: Settings) -> bool:
    """Tell whether somebody's own index is asked instead of PyPI: it may have what PyPI refuses."""
    return urlsplit(settings.pypi_url).hostname != _PYPI_HOST


def find_catalogue_path(settings: Settings) -> Path:
    """Return the catalogue's file; a mirror has its own, because serials mean nothing across origins."""
    if not asks_own_index(settings):
        return settings.pyf_data_dir / "catalogue.sqlite"
    url = urlsplit(settings.pypi_url)
    origin = "-".join(part for part in (url.hostname, str(url.port or ""), url.path.strip("/")) if part)
    return settings.pyf_data_dir / f"catalogue-{origin.replace('/', '-')}.sqlite"
