"""Complainants are asked afterwards: who is drawn by lot, what they say, and what it says of the whole (回访考核)."""
