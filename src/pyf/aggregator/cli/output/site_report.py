"""How pyfgallery build tells what it wrote: for a person, and as JSON. Pure."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyf.aggregator.gallery.static_site.build import SiteSummary

MOST_LINKS = 20


def describe_site(summary: "SiteSummary", folder: str) -> list[str]:
    """Return the account of a build as lines."""
    counted = (
        ("packages", summary.packages),
        ("files written", summary.written),
        ("unchanged", summary.unchanged),
        ("removed", summary.removed),
        ("broken links", len(summary.broken)),
    )
    lines = [
        f"Wrote {folder} in {summary.seconds:.1f} s.",
        *(f"  {name:<14} {count:>7,}" for name, count in counted),
    ]
    lines += [f"  {link.file}: {link.link} leads nowhere" for link in summary.broken[:MOST_LINKS]]
    if len(summary.broken) > MOST_LINKS:
        lines.append(f"  and {len(summary.broken) - MOST_LINKS:,} more")
    return lines


def build_site_json(summary: "SiteSummary") -> dict[str, Any]:
    """Return the same for a program."""
    return {
        "packages": summary.packages,
        "written": summary.written,
        "unchanged": summary.unchanged,
        "removed": summary.removed,
        "broken_links": [{"file": link.file, "link": link.link} for link in summary.broken],
        "seconds": round(summary.seconds, 1),
        "complete": not summary.broken,
    }
