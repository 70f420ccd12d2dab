"""A year of matters that never happened: as a hotline of its size has them, with findings hidden in them by name."""
