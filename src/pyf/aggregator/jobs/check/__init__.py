"""Checking: what the catalogue says of a package, or would say of one that is not published yet, and why."""
