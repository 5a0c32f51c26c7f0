"""The machine that we run on: files, folders and processes."""
