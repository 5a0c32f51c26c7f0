"""What a user configures: settings and profiles."""
