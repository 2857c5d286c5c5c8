"""The days after the ones that lie in a folder: the simulation goes on, one day after the other, while the days pass.

A day lasts --day-seconds on the wall clock and begins at a multiple of that. When it is over, its transactions are written
to the folder under the RFC 3339 time of its end, as another day that can be trained on.
"""

import itertools
import math
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import pandas as pd

import features
import ingest
import simulate

# The longest window of the features, and one day for the delay of the labels.
HISTORY_DAYS = max(features.WINDOWS) + 1


@dataclass(frozen=True)
class Day:
    """One day of the simulation, and when it is lived through: begin and end are times of the wall clock."""

    number: int
    date: str
    begin: float
    end: float
    pattern: bool
    transactions: pd.DataFrame
    rows: list[tuple[list[float], int]]

    def write(self, folder: Path) -> None:
        simulate.write_day(self.transactions, folder, datetime.fromtimestamp(self.end, timezone.utc))


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder with the days until now; the coming ones are added")
    parser.add_argument("--seed", type=int, default=1, help="that of the days until now; so are the two that follow")
    parser.add_argument("--fraud-rate", type=float, default=0.04)
    parser.add_argument("--transactions-per-day", type=int, default=3_000)
    parser.add_argument("--delay-days", type=float, default=0.25, help="as for features.py")
    parser.add_argument("--pattern-after", type=int, default=-1, help="after how many of the coming days card testing begins; never when negative")
    parser.add_argument("--day-seconds", type=int, default=86_400, help="how long a day lasts")


def live_days(args: Namespace) -> Iterator[Day]:
    """Endless; each day is computed when it is asked for."""
    known = ingest.read(ingest.choose(args.data, "", HISTORY_DAYS))
    history, _ = ingest.clean(known)
    last = simulate.day_of(f"{history['time'].max():%Y-%m-%d}")
    world = simulate.make_world(args.seed, args.transactions_per_day)
    begin = 0
    for number in itertools.count(1):
        pattern = 0 <= args.pattern_after < number
        transactions = simulate.simulate_day(world, args.seed, last + number, args.fraud_rate, pattern)
        added, _ = ingest.clean(transactions.astype(str))
        history = pd.concat([history, added], ignore_index=True)
        history = history[history["time"] > history["time"].max().normalize() - pd.Timedelta(days=HISTORY_DAYS)]
        rows = features.compute(history, args.delay_days).tail(len(added))
        values = rows[features.FEATURES].astype(float).values.tolist()
        begin = begin or (math.floor(time.time() / args.day_seconds) + 1) * args.day_seconds
        end = begin + args.day_seconds
        yield Day(number, f"{added['time'].min():%Y-%m-%d}", begin, end, pattern, transactions, list(zip(values, rows["fraud"].tolist())))
        begin = end
