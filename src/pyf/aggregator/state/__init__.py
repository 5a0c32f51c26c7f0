"""What is remembered between runs, in files of this machine."""
