"""The machine we run on: files, folders and processes."""
