"""Tables of reports: their arithmetic, and the check that finds what does not add up."""
