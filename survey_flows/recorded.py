"""A spoken answer before anybody has written it down: a mark stands in the session where its words belong.

The mark names its recording, so that the words find their place whatever was added before or after it. It is no words:
nothing outside the session ever shows it. Pure.
"""

from __future__ import annotations

import re

_BEGIN, _END = "\ue000", "\ue001"
"""Of Unicode's private use: no telephone's keyboard has them."""
_MARK = re.compile(f"{_BEGIN}[0-9]+{_END}")


def mark(recording: int) -> str:
    """What stands for the words of this recording."""
    return f"{_BEGIN}{recording}{_END}"


def is_marked(text: str) -> bool:
    """Whether words are still to come in `text`."""
    return _BEGIN in text and _MARK.search(text) is not None


def unmarked(text: str) -> str:
    """The words of `text` that are known; "" where all are still to come."""
    if not is_marked(text):
        return text
    lines = (_MARK.sub("", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)
