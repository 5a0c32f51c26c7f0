"""The commands: parse, call one job, report, exit code."""
