"""Runs addon-harvester as its page shows, for PyPI alone; its addresses are constants, so they are set here.

``python run_addon_harvester.py URL CLASSIFIER OUT browse|list``, in an environment that has it. Its third
way, BigQuery, wants an account. ``list`` is what it falls back to where ``browse`` is refused.
"""

import json
import sys
from pathlib import Path

from addon_harvester import Harvester, HarvestOptions
from addon_harvester.sources import pypi


def main(url: str, classifier: str, out: str, method: str) -> None:
    pypi.PYPI_XMLRPC_URL = f"{url}/pypi" if method == "browse" else f"{url}/nothing"
    pypi.PYPI_JSON_URL = f"{url}/pypi/{{name}}/json"
    pypi.PYPI_SIMPLE_URL = f"{url}/simple/"
    snapshot = Harvester(HarvestOptions(sources=("pypi",), classifiers=(classifier,))).run()
    Path(out).write_text(
        json.dumps([(addon["name"], addon["latest_version"]) for addon in snapshot["addons"]])
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
