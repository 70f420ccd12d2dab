"""Errors of the lab. Each message is one sentence with the remedy."""


class LabError(Exception):
    """The lab could not do what was asked."""


class NoAsterisk(LabError):
    """No Asterisk can be had on this machine. Callers may fall back to recorded captures."""


class PortTaken(LabError):
    """A program outside the lab holds a port that was given to Asterisk."""


class ScenarioError(LabError):
    """A scenario file has something that the lab cannot play."""


def error_in(group: BaseExceptionGroup, *kinds: type[Exception]) -> Exception | None:
    """The first error of these types in a group of parallel tasks."""
    for error in group.exceptions:
        found = error_in(error, *kinds) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(found, kinds):
            return found
    return None
