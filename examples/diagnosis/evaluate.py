"""Measure a model on rows it has not seen; writes each metric that is asked for to a file."""

import argparse
from pathlib import Path

import joblib
import pandas as pd
from sklearn import metrics


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder with model.joblib")
    parser.add_argument("--test", type=Path, required=True, help="CSV file; the last column is the label")
    parser.add_argument("--result", action="append", default=[], metavar="NAME=FILE", help="a metric and where to write it")
    args = parser.parse_args()

    frame = pd.read_csv(args.test)
    x, y = frame.iloc[:, :-1].to_numpy(float), frame.iloc[:, -1].to_numpy(int)
    model = joblib.load(args.model / "model.joblib")
    predicted = model.predict(x)
    values = {
        "accuracy": f"{metrics.accuracy_score(y, predicted):.6f}",
        "recall": f"{metrics.recall_score(y, predicted, zero_division=0):.6f}",
        "precision": f"{metrics.precision_score(y, predicted, zero_division=0):.6f}",
        "auc": f"{metrics.roc_auc_score(y, model.predict_proba(x)[:, 1]):.6f}",
        "rows": str(len(y)),
    }
    for result in args.result:
        name, _, file = result.partition("=")
        if name not in values:
            parser.error(f"{name} is none of {', '.join(values)}")
        Path(file).write_text(values[name])
    print(values)


if __name__ == "__main__":
    main()
