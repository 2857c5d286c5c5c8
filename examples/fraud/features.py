"""Turn transactions into the features of the Fraud Detection Handbook, split by time.

For every transaction: its amount and time of day, how many transactions its customer made in the last 1, 7 and 30 days and
their mean amount, and how many its terminal saw in windows of 1, 7 and 30 days and which share of them was fraud.
A label is known only after --delay-days, so the terminal's windows end that long before the transaction: nothing in a row
comes from its own future. The newest days are held out for the test; the oldest are left out, for their windows are not full.
Shares and means are rounded, so that a client that computes them sends to the last digit what the training has seen.

Writes one CSV file a day to --train and --test: id, time, the features, fraud.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

WINDOWS = (1, 7, 30)
FEATURES = [
    "amount",
    "hour",
    "is_night",
    *(f"customer_{kind}_{days}d" for days in WINDOWS for kind in ("count", "mean")),
    *(f"terminal_{kind}_{days}d" for days in WINDOWS for kind in ("count", "risk")),
]
DAY = 86_400


def window(group: np.ndarray, second: np.ndarray, value: np.ndarray, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """For each row the number of rows of its group, and the sum of their values, at times in (second - start, second - end].

    Rows must be in the order of time.
    """
    order = np.lexsort((second, group))
    # One number that grows with the group and then with the time, so that a binary search finds the edges of a window.
    scale = int(second[-1] - second[0]) + start + 1
    key = group[order].astype(np.int64) * scale + (second[order] - second[0])
    first = np.searchsorted(key, key - start + 1, side="left")
    last = np.searchsorted(key, key - end, side="right")
    sums = np.concatenate([[0.0], np.cumsum(value[order])])
    counts = np.empty(len(key))
    totals = np.empty(len(key))
    counts[order] = last - first
    totals[order] = sums[last] - sums[first]
    return counts, totals


def compute(frame: pd.DataFrame, delay_days: float) -> pd.DataFrame:
    """The features of transactions that are in the order of time; each row sees only what is known at its time."""
    second = frame["time"].to_numpy("datetime64[s]").astype(np.int64)
    amount = frame["amount"].to_numpy(float)
    customer = frame["customer"].to_numpy()
    terminal = frame["terminal"].to_numpy()
    fraud = frame["fraud"].to_numpy(float)
    hour = second % DAY // 3_600
    columns = {"amount": amount, "hour": hour, "is_night": (hour < 6).astype(int)}
    for days in WINDOWS:
        count, total = window(customer, second, amount, days * DAY, 0)
        columns[f"customer_count_{days}d"] = count
        columns[f"customer_mean_{days}d"] = (total / np.maximum(count, 1)).round(2)
        delay = round(delay_days * DAY)
        count, total = window(terminal, second, fraud, days * DAY + delay, delay)
        columns[f"terminal_count_{days}d"] = count
        columns[f"terminal_risk_{days}d"] = (total / np.maximum(count, 1)).round(4)
    return pd.DataFrame({"id": frame["id"], "time": frame["time"], **{name: columns[name] for name in FEATURES}, "fraud": frame["fraud"]})


def write_days(rows: pd.DataFrame, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for day, part in rows.groupby(rows["time"].dt.strftime("%Y-%m-%d")):
        part.to_csv(folder / f"{day}.csv", index=False, date_format="%Y-%m-%dT%H:%M:%SZ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with transactions.csv")
    parser.add_argument("--train", default="", help="folder for the older days; not written when empty")
    parser.add_argument("--test", type=Path, required=True, help="folder for the newest days")
    parser.add_argument("--test-days", type=int, default=1, help="how many of the newest days are held out")
    parser.add_argument("--warmup-days", type=int, default=14, help="how many of the oldest days only fill the windows")
    parser.add_argument("--delay-days", type=float, default=0.25, help="after how many days a label is known")
    args = parser.parse_args()

    frame = pd.read_csv(args.data / "transactions.csv", parse_dates=["time"])
    rows = compute(frame, args.delay_days)
    day = rows["time"].dt.normalize()
    first_test = day.max() - pd.Timedelta(days=args.test_days - 1)
    held_out = day >= first_test
    # When the first held-out day begins, the labels of what came just before it are not known yet.
    known = rows["time"] < first_test - pd.Timedelta(days=args.delay_days)
    warm = day >= day.min() + pd.Timedelta(days=args.warmup_days)
    if not (known & warm).any() and args.train:
        raise SystemExit("there are not enough days: none is left between the warm-up and the held-out days")
    write_days(rows[held_out], args.test)
    if args.train:
        write_days(rows[known & warm], Path(args.train))
    print(f"train {int((known & warm).sum())} rows, test {int(held_out.sum())} rows, {len(FEATURES)} features")


if __name__ == "__main__":
    main()
