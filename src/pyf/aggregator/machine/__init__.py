"""This machine: its files, folders and processes."""
