"""For those who operate the process: health and metrics."""
