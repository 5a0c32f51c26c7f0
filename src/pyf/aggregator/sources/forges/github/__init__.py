"""GitHub: both of its APIs."""
