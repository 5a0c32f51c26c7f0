"""What GitHub says of the repositories of projects."""
