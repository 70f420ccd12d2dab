"""Rapid response (快速反应): a unit is instructed to act on a matter at once, under clocks of its own."""
