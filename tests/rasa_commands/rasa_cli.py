"""`rasa` as its users call it, but without TensorFlow unless CONDUCTOR_LEAN=0: importing it takes most of the time."""

from __future__ import annotations

import sys

from bot.rasa_glue import lean_import

if __name__ == "__main__":
    if lean_import.is_lean():
        lean_import.install()
    from rasa.__main__ import main

    sys.argv[0] = "rasa"
    main()
