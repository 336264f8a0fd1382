"""Two taps on one button are one press: the second comes before the keyboard below the message has changed."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable

from channels.telegram.parse import Update

SECONDS = 5.0
"""So soon after a press the same button again is a slip of the thumb. Later it may be meant, if the keyboard is still
there because it could not be changed."""
_REMEMBERED = 1000


class Taps:
    """Remembers the last presses of this process; what another process took is not known, and costs a repetition only.

    `clock` gives seconds that only grow (`time.monotonic`)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._pressed: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def twice(self, update: Update) -> bool:
        """Whether `update` presses a button that was pressed just now. The same update again (Telegram repeats what was
        not acknowledged) is not the second press."""
        message, press = update.message, update.press
        if message is None or press is None or message.picked is None:
            return False
        key = json.dumps([press.chat, press.message, message.picked], sort_keys=True)
        number, at = self._pressed.get(key, (message.message_id, 0.0))
        if number != message.message_id and self._clock() - at < SECONDS:
            return True
        self._pressed[key] = (message.message_id, self._clock())
        self._pressed.move_to_end(key)
        if len(self._pressed) > _REMEMBERED:
            self._pressed.popitem(last=False)
        return False
