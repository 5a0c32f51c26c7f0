"""READMEs as the pages show them."""

import nh3
from markupsafe import Markup

from pyf.aggregator.documents.shown import Package


def present_readme(package: Package) -> Markup:
    return Markup(nh3.clean(package.description_html or ""))
