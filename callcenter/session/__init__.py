"""The user in front of the page: what they may do, where they sit, what can be done here, and how they like it."""
