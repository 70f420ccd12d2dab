"""What can go wrong in the lab. One sentence each, with the remedy in it."""


class LabError(Exception):
    """The lab could not do what was asked."""


class NoAsterisk(LabError):
    """No Asterisk can be had on this machine. Callers may fall back to recorded captures."""


class ScenarioError(LabError):
    """A scenario file says something the lab cannot play."""
