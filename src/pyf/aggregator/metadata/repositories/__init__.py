"""Which repository is a project's, and why. Pure."""
