"""What a project says about itself, as values: no I/O, no clock, no logging."""
