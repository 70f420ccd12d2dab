"""What is held of one person (PIPL Art. 45): found by their number and name, and given to them as one document."""
