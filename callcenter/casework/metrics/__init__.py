"""The figures of casework: what became of the matters of a time, each figure defined once."""
