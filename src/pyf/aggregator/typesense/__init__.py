"""Typesense: the connection, and what we do with a server."""
