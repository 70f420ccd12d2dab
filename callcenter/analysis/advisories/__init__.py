"""Warnings, tips, letters and reports that leave the house (警示建议): drafted, scanned, signed, sent, measured."""
