"""What we do: plain values and opened services in, a run summary out."""
