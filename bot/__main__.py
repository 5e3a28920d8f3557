"""`python -m bot` is the same as `alliance`."""

from bot.cli import main

main()
