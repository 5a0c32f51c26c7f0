"""The cycles that are packaged: what holds where nothing can be fetched, as it was known on 2026-08-22.

Dates are those of https://endoflife.date; the Pythons are those that each release says it runs on.
"""

from datetime import date
from functools import cache

from pyf.aggregator.metadata.cycles import Cycle

_PY2 = ("2.7",)

type _Row = tuple[str, str, str, tuple[str, ...]]
"""Name, first release, last day of support, Pythons; a star behind the name marks long-term support."""


def _span(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"3.{minor}" for minor in range(first, last + 1))


_ROWS: dict[str, tuple[_Row, ...]] = {
    "plone": (
        ("6.2", "2026-05-19", "2027-12-31", _span(10, 14)),
        ("6.1", "2025-02-07", "2027-12-31", _span(10, 13)),
        ("6.0", "2022-12-12", "2027-12-31", _span(9, 13)),
        ("5.2", "2019-07-10", "2024-10-31", (*_PY2, "3.8")),
        ("5.1", "2018-02-05", "2022-12-12", _PY2),
        ("5.0", "2015-09-27", "2022-12-12", _PY2),
        ("4.3", "2013-04-06", "2022-12-12", _PY2),
    ),
    "django": (
        ("6.1", "2026-08-05", "2027-12-31", _span(12, 14)),
        ("6.0", "2025-12-03", "2027-04-30", _span(12, 14)),
        ("5.2*", "2025-04-02", "2028-04-30", _span(10, 14)),
        ("5.1", "2024-08-07", "2025-12-03", _span(10, 13)),
        ("5.0", "2023-12-04", "2025-04-02", _span(10, 12)),
        ("4.2*", "2023-04-03", "2026-04-07", _span(8, 12)),
        ("4.1", "2022-08-03", "2023-12-01", _span(8, 11)),
        ("4.0", "2021-12-07", "2023-04-01", _span(8, 10)),
        ("3.2*", "2021-04-06", "2024-04-01", _span(6, 10)),
        ("3.1", "2020-08-04", "2021-12-07", _span(6, 9)),
    ),
    "python": (
        ("3.14", "2025-10-07", "2030-10-31", ()),
        ("3.13", "2024-10-07", "2029-10-31", ()),
        ("3.12", "2023-10-02", "2028-10-31", ()),
        ("3.11", "2022-10-24", "2027-10-31", ()),
        ("3.10", "2021-10-04", "2026-10-31", ()),
        ("3.9", "2020-10-05", "2025-10-31", ()),
        ("3.8", "2019-10-14", "2024-10-07", ()),
        ("3.7", "2018-06-27", "2023-06-27", ()),
    ),
}


@cache
def get_floor(product: str) -> tuple[Cycle, ...]:
    """Return the packaged cycles of a product, the newest first; none of a product that is not known here."""
    return tuple(
        Cycle(
            product=product,
            name=name.removesuffix("*"),
            released=date.fromisoformat(released),
            ends=date.fromisoformat(ends),
            lts=name.endswith("*"),
            pythons=pythons,
        )
        for name, released, ends, pythons in _ROWS.get(product, ())
    )
