"""Frozen rows of a period: reports, signals, bulletins and surveys read these and nothing else."""
