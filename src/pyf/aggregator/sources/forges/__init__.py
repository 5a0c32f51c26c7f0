"""Hosts of repositories."""
