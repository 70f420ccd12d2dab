"""Complaints of several people about the same: joint complaints, and signals that there are many."""
