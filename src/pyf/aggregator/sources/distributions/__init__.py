"""Packages before they are published: wheels, source distributions, folders. Nothing of them is run."""
