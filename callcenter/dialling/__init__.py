"""Click-to-call: the agent's own phone rings first, then a number that may be rung, once."""
