"""What happened: every call as one record, from two witnesses."""
