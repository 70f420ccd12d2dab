"""Deciding on flagged matters (诉转案): a case is filed, or a director signs why not. Never only mediated."""
