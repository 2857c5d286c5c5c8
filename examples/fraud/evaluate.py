"""Measure a classifier of fraud on held-out days: one small file a metric."""

import argparse
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn import metrics


def read(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    frame = pd.concat([pd.read_csv(path) for path in sorted(folder.glob("*.csv"))], ignore_index=True)
    return frame.drop(columns=["id", "time", "fraud"]).to_numpy(float), frame["fraud"].to_numpy(int)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder with model.joblib")
    parser.add_argument("--test", type=Path, required=True, help="folder with CSV files of features")
    parser.add_argument("--results", type=Path, help="folder for all metrics")
    parser.add_argument("--result", action="append", default=[], metavar="NAME=FILE", help="one metric and where to write it")
    args = parser.parse_args()

    x, y = read(args.test)
    model = joblib.load(args.model / "model.joblib")
    predicted = model.predict(x)
    score = model.predict_proba(x)[:, 1]
    values = {
        "recall": metrics.recall_score(y, predicted, zero_division=0),
        "precision": metrics.precision_score(y, predicted, zero_division=0),
        "f1": metrics.f1_score(y, predicted, zero_division=0),
        "accuracy": metrics.accuracy_score(y, predicted),
        "auc": metrics.roc_auc_score(y, score),
        "average_precision": metrics.average_precision_score(y, score),
    }
    texts = {name: f"{value:.6f}" for name, value in values.items()} | {"rows": str(len(y))}
    targets = {name: Path(file) for name, _, file in (result.partition("=") for result in args.result)}
    if not targets.keys() <= texts.keys():
        parser.error(f"the metrics are {', '.join(texts)}")
    if args.results:
        args.results.mkdir(parents=True, exist_ok=True)
        targets |= {name: args.results / name for name in texts}
    for name, target in targets.items():
        target.write_text(texts[name])
    print(texts)


if __name__ == "__main__":
    main()
