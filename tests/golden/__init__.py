"""Queries and the projects that must come first for them, in three small catalogues."""
