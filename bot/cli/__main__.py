"""`python -m bot.cli`: the same as the `conductor` command."""

from bot.cli import main

main()
