"""Assessment of whole collections, pure: time and memory for a thousand and ten thousand documents."""

import resource
import time

from bench.rows import Row
from pyf.aggregator.assessment.assess import assess_collection, build_assessment_fields
from tests.assessment.made import PLONE, make_many

SMALL, LARGE = 1_000, 10_000
BYTES_A_UNIT = 1_024
"""Linux counts the peak in these."""


async def measure_assessment() -> list[Row]:
    small, large = _measure(SMALL), _measure(LARGE)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_A_UNIT / 1_000_000
    times = f"{large / small:.1f}"
    return [
        Row(f"seconds of processor time for {SMALL:,} documents", f"{small:.2f}", ""),
        Row(f"seconds of processor time for {LARGE:,} documents", f"{large:.2f}", "at most 15"),
        Row("the same, as a multiple of the smaller", times, f"at most {LARGE / SMALL * 1.2:.0f}"),
        Row("MB at the peak, documents included", f"{peak:.0f}", "at most 400"),
    ]


def _measure(count: int) -> float:
    """Return the time of a pass over new documents, as in a fresh process."""
    documents = make_many(count)
    begin = time.process_time()
    build_assessment_fields(assess_collection(documents, PLONE))
    return time.process_time() - begin
