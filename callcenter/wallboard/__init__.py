"""What is going on now, on every screen at the same moment."""
