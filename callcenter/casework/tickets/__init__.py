"""Matters (诉求): what somebody wants of the hotline, from the first word to its end, with every step written down."""
