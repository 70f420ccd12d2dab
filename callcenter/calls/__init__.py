"""The call record, the merge of what two witnesses report of a call, and the table of calls."""
