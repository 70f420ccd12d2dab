"""Sound files that are kept: where they lie, who listened, how long they stay and how they go."""
