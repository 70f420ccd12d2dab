"""What failed in the processes of the backend: written down for whoever looks after it."""
