"""Errors a user can meet: what was given, what it must be, and where."""


class GradverifyError(ValueError):
    """Base of every error that gradverify raises on purpose; its text is the whole message."""


class DeclarationError(GradverifyError):
    """A problem, variant or domain is declared in a way that cannot be meant."""


class LoadError(GradverifyError):
    """A file, module or object named by the user cannot be loaded."""


class UsageError(GradverifyError):
    """A command or a call was given values that it cannot work with."""
