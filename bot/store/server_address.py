"""The address of a PostgreSQL server: whether what goes there can be read by nobody else."""

from ipaddress import ip_address

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from bot.store.engine import StoreUnusable
from conversations.wording import failures as wording

_VERIFIED = frozenset({"verify-ca", "verify-full"})
"""What makes sure who answers; the first if the authority in `sslrootcert` signs for nobody else.

`require` would encrypt for whoever stands in the way, and hand them the password and the data.
"""


def is_safe(url: str) -> bool:
    """Tell whether what goes to a server stays on this machine, or is encrypted for that server alone.

    What an address leaves open is looked up where libpq does, in its environment. Raises StoreUnusable.
    """
    try:
        named = conninfo_to_dict(url)
    except psycopg.Error:
        raise StoreUnusable(wording.NOT_A_SERVER) from None
    defaults = {one.keyword.decode(): one.val.decode() for one in pq.Conninfo.get_defaults() if one.val is not None}
    settled = {**defaults, **named}
    if "service" in settled:  # a file that comes before the environment, and is not read here
        return named.get("sslmode") in _VERIFIED
    hosts = str(settled.get("hostaddr") or settled.get("host") or "").split(",")
    return settled.get("sslmode") in _VERIFIED or all(is_here(host) for host in hosts)


def is_here(host: str) -> bool:
    """Tell whether a host is this machine: a socket, which is also meant by an empty name, or the loopback."""
    if host in {"", "localhost"} or host.startswith(("/", "@")):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
