"""One gallery for all of its tests: nobody changes what it shows."""

from collections.abc import Iterator

import pytest

from pyf.aggregator.metadata.profile import Profile
from pyf.aggregator.typesense.embedded.process import EmbeddedServer
from tests.gallery.served import Visitor, serve_gallery
from tests.gallery.wares import fill
from tests.servers.administration import remove_named

KEY = "wares"


@pytest.fixture(scope="session")
def wares(typesense: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Profile]:
    """The profile of the collection with the made-up packages."""
    yield fill(typesense, KEY, tmp_path_factory.mktemp("wares"))
    remove_named(typesense, KEY)


@pytest.fixture(scope="session")
def visitor(typesense: EmbeddedServer, wares: Profile) -> Iterator[Visitor]:
    """Somebody who visits the gallery of these packages."""
    with serve_gallery(typesense, [wares]) as served:
        yield served
