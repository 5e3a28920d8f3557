"""A practice simulated for a year within seconds: the real bot without sockets, on a clock, a network and a disk that
follow a seed.

`machine.py` is what the process runs on (it dies, its disk fails), `network.py` what lies between it and the pretend
Telegram, `process.py` the process, `people.py` who talks to it, `watch.py` what must hold, `year.py` how it plays.
"""
