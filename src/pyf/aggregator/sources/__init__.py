"""Where facts come from: PyPI and GitHub over HTTP."""
