"""What goes wrong when the gallery is served."""

from dataclasses import dataclass

from pyf.aggregator.errors.foreign import Quoting
from pyf.aggregator.errors.root import AggregatorError


@dataclass(eq=False)
class CannotListen(Quoting, AggregatorError):
    """The address cannot be listened at."""

    host: str
    port: int
    reason: str

    def __str__(self) -> str:
        return f"The gallery cannot listen at {self.host}:{self.port}: {self.reason}."
