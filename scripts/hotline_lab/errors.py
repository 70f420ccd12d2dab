"""What can go wrong in the lab. One sentence each, with the remedy in it."""


class LabError(Exception):
    """The lab could not do what was asked."""


class NoAsterisk(LabError):
    """No Asterisk can be had on this machine. Callers may fall back to recorded captures."""


class PortTaken(LabError):
    """A program that is none of the lab's holds a port that Asterisk was given."""


class ScenarioError(LabError):
    """A scenario file says something the lab cannot play."""


def error_in(group: BaseExceptionGroup, *kinds: type[Exception]) -> Exception | None:
    """The first error of these kinds that tasks running beside each other have raised."""
    for error in group.exceptions:
        found = error_in(error, *kinds) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(found, kinds):
            return found
    return None
