"""A small HTTP/1.1 client that never tries anything a second time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult

TIMEOUT = 10.0
REQUESTS_PER_CONNECTION = 50


class Failed(Exception):
    """A request without a usable answer; the text is the kind of failure."""


@dataclass(frozen=True)
class Answer:
    headers: dict[str, str]
    body: bytes


class Connection:
    """One HTTP/1.1 connection, opened when it is needed and given up after a number of requests or any failure."""

    def __init__(self, url: SplitResult) -> None:
        self.url = url
        self.used = 0
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes) -> Answer:
        """The answer to a request, which must be a 2xx."""
        try:
            async with asyncio.timeout(TIMEOUT):
                async with self.opened() as (reader, writer):
                    head = f"POST {self.url.path.rstrip('/')}{path} HTTP/1.1\r\nHost: {self.url.netloc}\r\nContent-Type: application/json\r\n"
                    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                    await writer.drain()
                    status, headers, content = await read_answer(reader)
                    if headers.get("connection", "").lower() == "close":
                        self.used = REQUESTS_PER_CONNECTION
        except TimeoutError:
            raise Failed("timeout") from None
        except (asyncio.IncompleteReadError, ConnectionResetError, BrokenPipeError):
            raise Failed("reset") from None
        except OSError:
            raise Failed("unreachable") from None
        except (ValueError, IndexError, asyncio.LimitOverrunError):
            raise Failed("not HTTP") from None
        if not 200 <= status < 300:
            raise Failed(f"status {status}")
        return Answer(headers, content)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        # A server may close an idle connection at any time; to see that before sending is no second try.
        if self.used >= REQUESTS_PER_CONNECTION or (self.streams is not None and self.streams[0].at_eof()):
            self.close()
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.url.hostname, self.url.port or 80)
            self.used = 0
        self.used += 1
        try:
            yield self.streams
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Status, headers in lower case, and body of an HTTP/1.1 response."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return int(first.split()[1]), headers, await reader.readexactly(int(headers.get("content-length", 0)))
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return int(first.split()[1]), headers, body
