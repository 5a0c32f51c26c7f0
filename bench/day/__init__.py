"""A day in an hour: the queue beside a made-up PyPI that changes, while everything is killed in turn."""
