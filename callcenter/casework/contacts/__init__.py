"""The contact platform: whom to reach at units and merchants, by which numbers, and whether that was verified."""
