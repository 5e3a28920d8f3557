"""The demo in a browser: the real bot, a pretend Telegram, two phones and a clock to turn.

show.py      the running thing: the stage with its people, in one thread of its own
actions.py   what a page may ask for          scene.py    what pages show at one moment
tour.py      where the guided tour stands     behind.py   the design made visible
caseload.py  twelve made-up clients           server.py   HTTP on 127.0.0.1, server-sent events
"""
