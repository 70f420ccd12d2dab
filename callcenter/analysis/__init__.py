"""What the office makes of a month: reports whose figures add up, and what in them is news."""
