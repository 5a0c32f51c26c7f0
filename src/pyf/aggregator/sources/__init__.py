"""Where facts come from: PyPI over HTTP, and the local catalogue of what is already known."""
