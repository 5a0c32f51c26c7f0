"""PyPI: its client, and its answers read."""
