"""docutils' directives, without those that read files of this machine.

``file_insertion_enabled`` closes ``include``, ``raw`` and ``csv-table``, but not images with the option
``:loading: embed`` (measured on docutils 0.23): whatever path a README names is read whole, ``/dev/zero``
included.
"""

from collections.abc import Sequence

from docutils.nodes import Node
from docutils.parsers.rst import directives
from docutils.parsers.rst.directives import images


class Image(images.Image):
    """An image that stays a link."""

    def run(self) -> Sequence[Node]:
        """Build the node; how it is loaded is the page's business."""
        self.options.pop("loading", None)
        return super().run()


class Figure(images.Figure):
    """A figure whose image stays a link."""

    def run(self) -> Sequence[Node]:
        """Build the node; how its image is loaded is the page's business."""
        self.options.pop("loading", None)
        return super().run()


def register() -> None:
    """Let docutils use these from now on, in this process."""
    directives.register_directive("image", Image)
    directives.register_directive("figure", Figure)
