"""The name that we ask under."""

import platform
from importlib.metadata import version

CONTACT_URL = "https://pypi.org/project/pyf.aggregator/"
"""Where an operator of PyPI finds out who asks, and how to reach us."""


def build_user_agent() -> str:
    """Return the honest name we ask under, as PyPI's API pages request: who, which version, what contact."""
    return (
        f"pyf.aggregator/{version('pyf.aggregator')} (+{CONTACT_URL})"
        f" {platform.python_implementation()}/{platform.python_version()}"
    )
