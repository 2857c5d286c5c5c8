"""Collect days of card transactions into one clean file.

Reads the CSV files of --data, drops rows that break the schema and says how many, and writes transactions.csv to --out,
in the order of time and without duplicates.
"""

import argparse
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ["id", "time", "customer", "terminal", "amount", "fraud"]


def end_of_day(path: Path) -> datetime:
    """A day's file is named after its end, for example 2026-01-02T00:00:00Z.csv."""
    return datetime.fromisoformat(path.name.removesuffix(".csv"))


def choose(data: Path, until: str, days: int) -> list[Path]:
    """The files of the newest days that ended at `until` or before."""
    paths = sorted(data.glob("*.csv"), key=end_of_day)
    if until:
        last = datetime.fromisoformat(until)
        paths = [path for path in paths if end_of_day(path) <= last]
    return paths[-days:] if days else paths


def read(paths: list[Path]) -> pd.DataFrame:
    """All rows as text, so that a bad value spoils one row and not a column."""
    frames = []
    for path in paths:
        frame = pd.read_csv(path, dtype=str)
        missing = [column for column in COLUMNS if column not in frame]
        if missing:
            raise SystemExit(f"{path.name} has no column {', '.join(missing)}")
        frames.append(frame[COLUMNS])
    return pd.concat(frames, ignore_index=True)


def clean(raw: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rows that keep the schema, and how many were dropped by the first rule that they break."""
    frame = pd.DataFrame({
        "time": pd.to_datetime(raw["time"], format="%Y-%m-%dT%H:%M:%SZ", errors="coerce", utc=True),
        **{column: pd.to_numeric(raw[column], errors="coerce") for column in COLUMNS if column != "time"},
    })[COLUMNS]
    whole = frame[["id", "customer", "terminal"]]
    broken = {
        "time": frame["time"].isna(),
        "id": (whole.isna() | (whole < 0) | (whole % 1 != 0)).any(axis=1),
        "amount": ~(np.isfinite(frame["amount"]) & (frame["amount"] >= 0)),
        "fraud": ~frame["fraud"].isin([0, 1]),
        "duplicate": frame["id"].duplicated(),
    }
    good = pd.Series(True, index=frame.index)
    dropped = {}
    for rule, rows in broken.items():
        dropped[rule] = int((good & rows).sum())
        good &= ~rows
    kept = frame[good].astype({"id": "int64", "customer": "int64", "terminal": "int64", "fraud": "int64"})
    return kept.sort_values(["time", "id"], ignore_index=True), dropped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with one CSV file a day")
    parser.add_argument("--out", type=Path, required=True, help="folder for transactions.csv")
    parser.add_argument("--until", default="", help="leave out days that end later than this RFC 3339 time")
    parser.add_argument("--days", type=lambda text: int(text or 0), default=0, help="how many of the newest days; all when empty or 0")
    args = parser.parse_args()

    paths = choose(args.data, args.until, args.days)
    if not paths:
        raise SystemExit(f"no day in {args.data} ended {'by ' + args.until if args.until else 'yet'}")
    kept, dropped = clean(read(paths))
    if kept.empty:
        raise SystemExit("no row keeps the schema")
    args.out.mkdir(parents=True, exist_ok=True)
    kept.to_csv(args.out / "transactions.csv", index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    print(f"{len(paths)} days, {len(kept)} rows; dropped: {dropped}")


if __name__ == "__main__":
    main()
