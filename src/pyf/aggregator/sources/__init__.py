"""Where facts come from: PyPI and forges over HTTP, and packages before they are published."""
