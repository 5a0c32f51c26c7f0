"""What is remembered between runs, on this machine."""
