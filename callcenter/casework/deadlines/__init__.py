"""Time limits of casework: rules with their sources, and when each is over."""
