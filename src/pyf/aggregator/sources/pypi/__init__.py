"""PyPI: its client, and the readers of its answers."""
