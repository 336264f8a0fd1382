"""What a channel says when it can't start."""

from __future__ import annotations


class NotConfigured(Exception):
    """A setting of the channel is missing or wrong. The text is a sentence that names the variable to set.

    A channel without its secret refuses to start: without it a forged webhook could not be told from a real one.
    """
