"""Runs the pyf.aggregator that PyPI has, of 2019, without Elasticsearch: its command knows no other PyPI.

``python run_aggregator_2019.py URL CLASSIFIER OUT first|incremental``, in an environment that has it, and in
the folder for its since-file. It filters by nothing but names and takes every release of every project; those
with the classifier are kept here.
"""

import json
import sys
from pathlib import Path

from pyf.aggregator.fetcher import Aggregator


def main(url: str, classifier: str, out: str, mode: str) -> None:
    previous = [] if mode == "first" else json.loads(Path(out).read_text())
    found = [
        (data["name"], data["version"])
        for _, data in Aggregator(mode, sincefile="since", pypi_base_url=url)
        if any(one == classifier or one.startswith(f"{classifier} :: ") for one in data["classifiers"])
    ]
    Path(out).write_text(json.dumps(previous + found))


if __name__ == "__main__":
    main(*sys.argv[1:])
