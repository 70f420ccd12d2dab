"""Patrols: what an office looks at on the spot by a dated template, and what it found."""
