"""Typesense: its connection, and what can be done with it."""
