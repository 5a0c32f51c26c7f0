"""One run over PyPI, or one project of it."""
