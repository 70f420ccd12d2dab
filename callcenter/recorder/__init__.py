"""The process part that listens to both witnesses and stores the calls they report."""
