"""Simulate card transactions with fraud, one CSV file a day.

The method is that of the "Reproducible Machine Learning for Credit Card Fraud Detection - Practical Handbook"
(Le Borgne, Siblini, Lebichot, Bontempi; https://fraud-detection-handbook.github.io, chapter 3, "Simulator"):

* customers and terminals have places on a 100 x 100 grid; a customer uses the terminals within a radius;
* every customer has a mean amount, its spread (half of the mean) and a mean number of transactions a day;
* the time of day is normal around noon;
* three scenarios make fraud:
  1. every transaction above 220 is fraud,
  2. terminals are compromised for 28 days: their transactions are fraud, with ordinary amounts,
  3. cards are compromised for 14 days: a third of their transactions is fraud, with five times the amount.

This is code of its own, written for numpy, with three additions: the share of fraud is chosen (--fraud-rate) by scaling how
many terminals and cards are compromised a day; every day has a random stream of its own, so that a simulation
that is continued later (--start) with the same --seed has the same customers and the same compromised terminals; and a
fourth scenario, which the Handbook does not have, begins on the day --pattern-from:

  4. card testing: a ring tries out stolen cards of foreign banks at web shops of its own. A shop opens for an hour, in which
     a few cards are used some eight times each, with ordinary amounts; then neither the shop nor the cards are seen again.

What the ring does comes on top of everybody else's transactions, which stay exactly what they would have been without it.
"""

import argparse
import os
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd

GRID = 100.0
RADIUS = 5.0
FRAUD_AMOUNT = 220.0
TERMINAL_DAYS = 28
CARD_DAYS = 14
CARD_FRAUD_SHARE = 1 / 3
CARD_FRAUD_FACTOR = 5.0
# Of the fraud that is wanted: this part by compromised terminals, the rest by cards; large amounts come on top by themselves.
TERMINAL_FRAUD_PART = 0.35
# What the ring adds to a day, as a part of everybody else's transactions; how often it uses a card, how many at a shop, how long.
RING_PART = 0.25
RING_CARD_USES = 8
RING_SHOP_CARDS = 3
RING_SECONDS = 3_600
EPOCH = datetime(2025, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class World:
    """Who buys where: fixed by the seed, the same on every day."""

    mean_amount: np.ndarray
    spread: np.ndarray
    frequency: np.ndarray
    # The terminals near customer c are reachable[first[c] : first[c] + near[c]].
    reachable: np.ndarray
    first: np.ndarray
    near: np.ndarray
    terminals: int


def make_world(seed: int, transactions_per_day: int) -> World:
    """Two transactions a day and customer in the mean, and twice as many terminals as customers, as in the Handbook."""
    rng = np.random.default_rng([seed, 0])
    customers = max(transactions_per_day // 2, 10)
    terminals = 2 * customers
    homes = rng.uniform(0, GRID, (customers, 2))
    places = rng.uniform(0, GRID, (terminals, 2))
    near = [np.flatnonzero(((places - home) ** 2).sum(axis=1) < RADIUS**2) for home in homes]
    # A customer far from everything still has the nearest terminal.
    near = [found if len(found) else np.array([((places - home) ** 2).sum(axis=1).argmin()]) for found, home in zip(near, homes)]
    sizes = np.array([len(found) for found in near])
    mean_amount = rng.uniform(5, 100, customers)
    frequency = rng.uniform(0, 4, customers)
    return World(
        mean_amount=mean_amount,
        spread=mean_amount / 2,
        frequency=frequency * transactions_per_day / frequency.sum(),
        reachable=np.concatenate(near),
        first=np.concatenate([[0], np.cumsum(sizes)[:-1]]),
        near=sizes,
        terminals=terminals,
    )


def compromised(seed: int, kind: int, day: int, lasting: int, population: int, share: float) -> np.ndarray:
    """Which members of a population are compromised on a day: those drawn on it or on one of the days before."""
    result = np.zeros(population, dtype=bool)
    for start in range(day - lasting + 1, day + 1):
        # Days before the epoch count, too: the share is level from the first day on.
        rng = np.random.default_rng([seed, kind, start + 1_000_000])
        result[rng.integers(0, population, rng.poisson(share * population))] = True
    return result


def card_testing(world: World, seed: int, day: int) -> pd.DataFrame:
    """What the ring does on a day. Its cards and shops have numbers that nobody else has, and that no other day has."""
    rng = np.random.default_rng([seed, 4, day + 1_000_000])
    uses = rng.poisson(RING_PART * world.frequency.sum())
    shops = uses // (RING_SHOP_CARDS * RING_CARD_USES) + 1
    opening = rng.uniform(0, 86_400 - RING_SECONDS, shops)
    shop = rng.integers(0, shops, uses)
    return pd.DataFrame({
        "second": opening[shop] + rng.uniform(0, RING_SECONDS, uses),
        "customer": len(world.frequency) + day * 10_000 + shop * RING_SHOP_CARDS + rng.integers(0, RING_SHOP_CARDS, uses),
        "terminal": world.terminals + day * 10_000 + shop,
        "amount": rng.lognormal(np.log(40), 0.5, uses),
        "scenario": 4,
    })


def simulate_day(world: World, seed: int, day: int, fraud_rate: float, pattern: bool = False) -> pd.DataFrame:
    """All transactions of one day since the epoch, in the order of time; with `pattern`, scenario 4 is among them."""
    rng = np.random.default_rng([seed, 1, day + 1_000_000])
    counts = rng.poisson(world.frequency)
    customer = np.repeat(np.arange(len(counts)), counts)
    terminal = world.reachable[world.first[customer] + (rng.random(len(customer)) * world.near[customer]).astype(int)]
    # A normal time of day around noon; what falls outside of the day is drawn evenly.
    second = rng.normal(43_200, 20_000, len(customer))
    outside = (second < 0) | (second >= 86_400)
    second[outside] = rng.uniform(0, 86_400, outside.sum())
    amount = rng.normal(world.mean_amount[customer], world.spread[customer])
    negative = amount < 0
    amount[negative] = rng.uniform(0, 2 * world.mean_amount[customer[negative]])

    # Each draw makes a member fraudulent for its whole period, so the share drawn a day is that of the members divided by the days.
    terminal_share = -np.log1p(-min(fraud_rate * TERMINAL_FRAUD_PART, 0.9)) / TERMINAL_DAYS
    cards = min(fraud_rate * (1 - TERMINAL_FRAUD_PART) / CARD_FRAUD_SHARE, 0.9)
    bad_terminals = compromised(seed, 2, day, TERMINAL_DAYS, world.terminals, terminal_share)
    bad_cards = compromised(seed, 3, day, CARD_DAYS, len(counts), -np.log1p(-cards) / CARD_DAYS)
    by_terminal = bad_terminals[terminal]
    by_card = bad_cards[customer] & (rng.random(len(customer)) < CARD_FRAUD_SHARE)
    amount[by_card] *= CARD_FRAUD_FACTOR
    scenario = np.where(by_card, 3, np.where(by_terminal, 2, np.where(amount > FRAUD_AMOUNT, 1, 0)))

    frame = pd.DataFrame({"second": second, "customer": customer, "terminal": terminal, "amount": amount, "scenario": scenario})
    if pattern:
        frame = pd.concat([frame, card_testing(world, seed, day)], ignore_index=True)
    frame = frame.assign(second=frame["second"].astype(int), amount=frame["amount"].round(2))
    frame.insert(4, "fraud", (frame["scenario"] > 0).astype(int))
    frame = frame.sort_values("second", kind="stable", ignore_index=True)
    midnight = np.datetime64((EPOCH + timedelta(days=day)).replace(tzinfo=None), "s")
    time = midnight + frame.pop("second").to_numpy().astype("timedelta64[s]")
    frame.insert(0, "time", np.char.add(np.datetime_as_string(time, unit="s"), "Z"))
    frame.insert(0, "id", day * 10_000_000 + np.arange(len(frame)))
    return frame


def write_day(frame: pd.DataFrame, out: Path, end: datetime) -> Path:
    """The file appears under its name, the RFC 3339 end of the day, only when it is complete."""
    target = out / f"{end:%Y-%m-%dT%H:%M:%SZ}.csv"
    unfinished = target.with_name(target.name + ".tmp")
    with unfinished.open("w", newline="") as file:
        frame.to_csv(file, index=False)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(target)
    return target


def day_of(date: str) -> int:
    """Days from the epoch to a date."""
    return (datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=timezone.utc) - EPOCH).days


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the days")
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--start", default="2025-09-01", help="first day, as YYYY-MM-DD")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fraud-rate", type=float, default=0.04, help="share of fraud to aim at, 0.001 to 0.3")
    parser.add_argument("--transactions-per-day", type=int, default=3_000)
    parser.add_argument("--pattern-from", default="", help="the day, as YYYY-MM-DD, on which card testing begins; never when empty")
    args = parser.parse_args()
    if not 0.001 <= args.fraud_rate <= 0.3:
        parser.error("--fraud-rate is not between 0.001 and 0.3")

    first = day_of(args.start)
    pattern = day_of(args.pattern_from) if args.pattern_from else first + args.days
    world = make_world(args.seed, args.transactions_per_day)
    args.out.mkdir(parents=True, exist_ok=True)
    rows = frauds = 0
    for day in range(first, first + args.days):
        frame = simulate_day(world, args.seed, day, args.fraud_rate, day >= pattern)
        write_day(frame, args.out, EPOCH + timedelta(days=day + 1))
        rows += len(frame)
        frauds += int(frame["fraud"].sum())
    print(f"{args.days} days, {rows} transactions, {frauds / max(rows, 1):.4f} fraud")


if __name__ == "__main__":
    main()
