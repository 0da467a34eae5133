"""Say what went wrong, where, and what to do: the errors every package may raise."""

from datetime import datetime


class VigieError(Exception):
    """An expected failure whose text is one sentence an operator can act on.

    `exit_code` is what the command line returns: 1 when the work could not be done, 2 when
    something the operator wrote is wrong.
    """

    exit_code = 1


class SettingsError(VigieError):
    """A settings or source file cannot be used; nothing was started."""

    exit_code = 2


class FetchError(VigieError):
    """A source could not be read; nothing was written, repeating is safe.

    `not_before_at` is the instant before which the source asks for peace, if it does.
    """

    def __init__(self, source_id: str, message: str, not_before_at: datetime | None = None) -> None:
        super().__init__(message)
        self.source_id = source_id
        self.not_before_at = not_before_at


class StoreError(VigieError):
    """The archive refused; the transaction was rolled back, nothing of it was written."""


class ArchiveBusyError(StoreError):
    """Another process is at work on this archive."""


class PublishError(VigieError):
    """A site or a set of lists could not be made; the last good one still stands."""


class UnreadableError(ValueError):
    """A whole document is not what its address promises; the text says what it is instead.

    Raised by a collector's `follow` and `normalise`. The document is rejected, its bookmark is not
    kept, so that the address is read again; other documents of the source go on.
    """
