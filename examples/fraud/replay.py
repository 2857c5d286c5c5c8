"""Send transactions to a served model as its clients would, and later the truth about them.

Requests leave at a fixed rate, whatever the answers do (open loop), over several connections, in the V2 inference protocol.
Nothing is ever tried again: a timeout, a reset and a refusal each count as a failed request. After --label-delay seconds the
label of a transaction is sent as feedback, with the id that came with the answer. One JSON line a second says how it goes;
the last one has the totals. Ends after --duration seconds or on SIGTERM, when what is under way has been answered.
"""

import argparse
import asyncio
import itertools
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import pandas as pd

TIMEOUT = 10.0
REQUESTS_PER_CONNECTION = 50
LABEL_CONNECTIONS = 4


class Failed(Exception):
    """A request without a usable answer; the text is the kind of failure."""


@dataclass(frozen=True)
class Answer:
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Label:
    """A truth to send when it is due, and what had been predicted by which version."""

    due: float
    id: str
    version: str
    predicted: int
    label: int


@dataclass
class Counts:
    sent: int = 0
    unsent: int = 0
    ok: int = 0
    labels: int = 0
    versions: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    label_errors: Counter[str] = field(default_factory=Counter)
    frauds: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)

    def recall(self) -> dict[str, float]:
        return {version: round(self.found[version] / frauds, 4) for version, frauds in sorted(self.frauds.items())}

    def line(self, second: int) -> dict[str, object]:
        return {
            "second": second, "sent": self.sent, "ok": self.ok, "failed": self.errors.total(),
            "byVersion": dict(sorted(self.versions.items())), "labels": self.labels, "recall": self.recall(),
        }

    def totals(self) -> dict[str, object]:
        return {"totals": {
            "requests": self.sent, "ok": self.ok, "failed": self.errors.total(), "byVersion": dict(sorted(self.versions.items())),
            "labels": self.labels, "recall": self.recall(), "unsent": self.unsent, "errors": dict(self.errors), "labelErrors": dict(self.label_errors),
        }}


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


class Replay:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.url = urlsplit(args.url)
        self.counts = Counts()
        self.stopping = asyncio.Event()
        self.requests: asyncio.Queue[tuple[list[float], int] | None] = asyncio.Queue()
        self.labels: asyncio.Queue[Label | None] = asyncio.Queue()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stopping.set)
        reporter = asyncio.create_task(self.report())
        clients = [asyncio.create_task(self.infer()) for _ in range(self.args.connections)]
        labellers = [asyncio.create_task(self.send_labels()) for _ in range(LABEL_CONNECTIONS)]
        await self.schedule()
        self.stopping.set()
        # When the server hangs, rows pile up that no connection was free for; nobody waits for those any more.
        while not self.requests.empty():
            self.requests.get_nowait()
            self.counts.unsent += 1
        await finish(self.requests, clients)
        await finish(self.labels, labellers)
        reporter.cancel()
        print(json.dumps(self.counts.totals()), flush=True)

    async def schedule(self) -> None:
        """Puts one row after the other into the queue at the time it is to be sent."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number, row in enumerate(read_rows(self.args.features)):
            planned = number / self.args.rate
            if planned >= self.args.duration:
                break
            wait = began + planned - loop.time()
            if wait > 0 and await happened(self.stopping, wait) or self.stopping.is_set():
                break
            self.requests.put_nowait(row)

    async def infer(self) -> None:
        connection = Connection(self.url)
        path = f"/v2/models/{self.args.model}/infer"
        while (row := await self.requests.get()) is not None:
            values, label = row
            body = {"inputs": [{"name": "features", "shape": [1, len(values)], "datatype": "FP64", "data": values}]}
            self.counts.sent += 1
            try:
                answer = await connection.post(path, json.dumps(body).encode())
                predicted = prediction(answer)
            except Failed as failure:
                self.counts.errors[str(failure)] += 1
                continue
            version = answer.headers.get("x-model-version", "unknown")
            self.counts.ok += 1
            self.counts.versions[version] += 1
            if id := answer.headers.get("x-inference-id"):
                due = asyncio.get_running_loop().time() + self.args.label_delay
                self.labels.put_nowait(Label(due, id, version, predicted, label))
        connection.close()

    async def send_labels(self) -> None:
        """Waits for each label's time; at the end the remaining ones are sent at once."""
        connection = Connection(self.url)
        while (item := await self.labels.get()) is not None:
            wait = item.due - asyncio.get_running_loop().time()
            if wait > 0:
                await happened(self.stopping, wait)
            try:
                await connection.post("/modelkeeper/feedback", json.dumps({"id": item.id, "label": item.label}).encode())
            except Failed as failure:
                self.counts.label_errors[str(failure)] += 1
                continue
            self.counts.labels += 1
            if item.label == 1:
                self.counts.frauds[item.version] += 1
                self.counts.found[item.version] += item.predicted == 1
        connection.close()

    async def report(self) -> None:
        for second in itertools.count(1):
            await asyncio.sleep(1)
            print(json.dumps(self.counts.line(second)), flush=True)


async def finish(queue: asyncio.Queue, workers: list[asyncio.Task]) -> None:
    """Lets the workers empty their queue, then ends them."""
    for _ in workers:
        queue.put_nowait(None)
    await asyncio.gather(*workers)


async def happened(event: asyncio.Event, seconds: float) -> bool:
    """Waits for an event, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def prediction(answer: Answer) -> int:
    try:
        return int(json.loads(answer.body)["outputs"][0]["data"][0])
    except (ValueError, KeyError, IndexError, TypeError):
        raise Failed("not a V2 answer") from None


def read_rows(folder: Path) -> Iterator[tuple[list[float], int]]:
    """Features and label of each transaction, day after day, again from the first when all are done."""
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise SystemExit(f"no CSV file in {folder}")
    for path in itertools.cycle(paths):
        frame = pd.read_csv(path)
        features = frame.drop(columns=["id", "time", "fraud"]).astype(float)
        yield from zip(features.values.tolist(), frame["fraud"].tolist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True, help="for example http://fraud")
    parser.add_argument("--model", required=True, help="the name in the V2 path")
    parser.add_argument("--features", type=Path, required=True, help="folder with CSV files of features, as features.py writes them")
    parser.add_argument("--rate", type=float, default=100.0, help="requests a second")
    parser.add_argument("--duration", type=float, default=float("inf"), help="seconds")
    parser.add_argument("--label-delay", type=float, default=5.0, help="seconds")
    parser.add_argument("--connections", type=int, default=16)
    asyncio.run(Replay(parser.parse_args()).run())


if __name__ == "__main__":
    main()
