"""Who may use the backend: users, roles, sessions and tokens."""
