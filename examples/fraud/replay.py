"""Live through the days that come: send each transaction to a served model as its clients would, and later the truth about it.

The transactions of a day are spread evenly over it. Requests leave when they are due, whatever the answers do (open loop),
over several connections, in the V2 inference protocol. Nothing is ever tried again: a timeout, a reset and a refusal each
count as a failed request. After --label-delay seconds the label of a transaction is sent as feedback, with the id that came
with the answer. One JSON line a second says how it goes; the first one says when the days begin and the last one has the
totals. Ends after --duration seconds or on SIGTERM, when what is under way has been answered.
"""

import argparse
import asyncio
import itertools
import json
import signal
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import urlsplit

from connection import Answer, Connection, Failed
from live import Day, add_arguments, live_days

LABEL_CONNECTIONS = 4
# Of fewer frauds, a share says little.
FEWEST_FRAUDS = 20


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
    # Frauds of the last day: when the label was sent, the version, and whether that had found it.
    newest: deque[tuple[float, str, bool]] = field(default_factory=deque)

    def fraud(self, version: str, found: bool) -> None:
        self.frauds[version] += 1
        self.found[version] += found
        self.newest.append((time.time(), version, found))

    def recall(self) -> dict[str, float]:
        return {version: round(self.found[version] / frauds, 4) for version, frauds in sorted(self.frauds.items())}

    def recall_since(self, begin: float) -> dict[str, float]:
        """The same of the labels since a time; what is older is forgotten."""
        while self.newest and self.newest[0][0] < begin:
            self.newest.popleft()
        frauds = Counter(version for _, version, _ in self.newest)
        found = Counter(version for _, version, found in self.newest if found)
        return {version: round(found[version] / count, 4) for version, count in sorted(frauds.items()) if count >= FEWEST_FRAUDS}

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


class Replay:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.url = urlsplit(args.url)
        self.counts = Counts()
        self.day: Day | None = None
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
        """Puts one transaction after the other into the queue at the time it is to be sent."""
        loop = asyncio.get_running_loop()
        days = live_days(self.args)
        coming = loop.run_in_executor(None, next, days)
        until = float("inf")
        while not self.stopping.is_set():
            day = await coming
            # The next day is computed while this one passes, so that it does not begin late.
            coming = loop.run_in_executor(None, next, days)
            if self.day is None:
                until = day.begin + self.args.duration
                print(json.dumps(self.world(day)), flush=True)
            self.day = day
            if not await self.live(day, until):
                break
            await loop.run_in_executor(None, day.write, self.args.data)
        await coming

    async def live(self, day: Day, until: float) -> bool:
        """Whether the day was lived through to its end."""
        for number, row in enumerate(day.rows):
            planned = day.begin + (day.end - day.begin) * number / len(day.rows)
            if planned >= until or await self.stopped_by(planned):
                return False
            self.requests.put_nowait(row)
        return not await self.stopped_by(day.end)

    async def stopped_by(self, moment: float) -> bool:
        """Waits until a moment, or until the replay is told to end."""
        wait = moment - time.time()
        return self.stopping.is_set() or (wait > 0 and await happened(self.stopping, wait))

    def world(self, first: Day) -> dict[str, object]:
        after = self.args.pattern_after
        return {
            "begin": rfc3339(first.begin), "daySeconds": self.args.day_seconds,
            "pattern": rfc3339(first.begin + after * self.args.day_seconds) if after >= 0 else None,
        }

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
                self.counts.fraud(item.version, item.predicted == 1)
        connection.close()

    async def report(self) -> None:
        for second in itertools.count(1):
            await asyncio.sleep(1)
            if self.day is None:
                continue
            now = time.time()
            day = {"time": rfc3339(now), "day": self.day.number, "date": self.day.date, "pattern": self.day.pattern}
            lately = {"lastDay": self.counts.recall_since(now - self.args.day_seconds)}
            print(json.dumps(self.counts.line(second) | day | lately), flush=True)


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


def rfc3339(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True, help="for example http://fraud")
    parser.add_argument("--model", required=True, help="the name in the V2 path")
    parser.add_argument("--duration", type=float, default=float("inf"), help="seconds")
    parser.add_argument("--label-delay", type=float, default=5.0, help="seconds")
    parser.add_argument("--connections", type=int, default=16)
    add_arguments(parser)
    asyncio.run(Replay(parser.parse_args()).run())


if __name__ == "__main__":
    main()
