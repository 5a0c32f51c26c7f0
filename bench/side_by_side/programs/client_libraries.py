"""A loop over the two client libraries of PyPI's APIs, pypi-simple and pypi-json, as their pages show it.

``python client_libraries.py URL CLASSIFIER OUT``, in an environment that has them.
"""

import json
import sys
from pathlib import Path

from packaging.requirements import InvalidRequirement
from pypi_json import PyPIJSON
from pypi_simple import PyPISimple


def main(url: str, classifier: str, out: str) -> None:
    found = []
    with PyPISimple(f"{url}/simple/") as listing, PyPIJSON(f"{url}/pypi") as metadata:
        for name in listing.get_index_page().projects:
            try:
                info = metadata.get_metadata(name).info
            except InvalidRequirement:
                # What the library raises where there is no such project.
                continue
            if any(one == classifier or one.startswith(f"{classifier} :: ") for one in info["classifiers"]):
                found.append((info["name"], info["version"]))
    Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
