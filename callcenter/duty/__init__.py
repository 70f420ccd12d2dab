"""Who is on duty while the hotline is closed, and the emergencies in which nobody of them could be reached."""
