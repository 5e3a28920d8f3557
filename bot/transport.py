"""HTTP to Telegram, on aiohttp: python-telegram-bot's own, on httpx, costs several times the CPU for each call."""

import json
import ssl
from functools import cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECT_WITHIN = 5.0
"""Seconds."""
_JSON = {"Content-Type": "application/json"}


@cache
def _trusted() -> ssl.SSLContext:
    """Return whom to trust with a token. Reading all certificates takes as long as ten requests: it is done once."""
    return httpx.create_ssl_context()


class Transport(BaseRequest):
    """Makes the calls. At most `most` are under way at once; each may take so many seconds to be answered."""

    def __init__(self, url: str, *, most: int, answer_within: float) -> None:
        self._most = most
        self._answer_within = answer_within
        self._session: aiohttp.ClientSession | None = None
        self._proxy = _proxy_for(url)

    @property
    def read_timeout(self) -> float | None:
        """Return how many seconds an answer may take."""
        return self._answer_within

    async def initialize(self) -> None:
        """Get ready."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._most, ssl=_trusted())
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": self.USER_AGENT}
            )

    async def shutdown(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(  # noqa: PLR0917, as the library has it
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = None,
        write_timeout: object = None,  # noqa: ARG002
        connect_timeout: object = None,  # noqa: ARG002
        pool_timeout: object = None,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """Make a call, and return status and body. Raises NetworkError or TimedOut."""
        assert self._session is not None
        seconds = read_timeout if isinstance(read_timeout, int | float) else self._answer_within
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_WITHIN, sock_read=seconds)
        data, headers = _encoded(request_data)
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, timeout=timeout, proxy=self._proxy, allow_redirects=False
            ) as answer:
                return answer.status, await answer.read()
        except TimeoutError:
            raise TimedOut from None
        except aiohttp.ClientError as error:
            raise NetworkError(type(error).__name__) from None


def _encoded(data: RequestData | None) -> tuple[bytes | aiohttp.FormData | None, dict[str, str] | None]:
    if data is None:
        return None, None
    if not data.contains_files:
        return json.dumps(data.parameters).encode(), _JSON
    form = aiohttp.FormData(data.json_parameters)
    for name, (filename, content, kind) in (data.multipart_data or {}).items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form, None


def _proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for an address."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
