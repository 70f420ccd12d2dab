"""What is news: rises that chance does not explain, for an analyst to look at."""
