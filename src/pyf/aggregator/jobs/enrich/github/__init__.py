"""GitHub's figures."""
