"""What a person or a pipe sees of a command."""
