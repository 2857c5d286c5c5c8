"""Measure a classifier of fraud on held-out days, and the champion on the same days: one small file a metric.

The champion is the model that serves now. Its folder is empty when none does; then its results are empty, too.
With --scored the rows are written with what the new model predicted, in the order of time: a baseline for its live traffic.
"""

import argparse
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn import metrics

NOT_FEATURES = ["id", "time", "fraud"]
CHAMPION = "champion_"


def read(folder: Path) -> pd.DataFrame:
    """The rows of all days, in the order of time: a day's file is named after its date."""
    return pd.concat([pd.read_csv(path) for path in sorted(folder.glob("*.csv"))], ignore_index=True)


def measure(folder: Path, x: np.ndarray, y: np.ndarray) -> tuple[dict[str, str], np.ndarray]:
    """The metrics of the model in a folder, as texts, and its predictions."""
    model = joblib.load(folder / "model.joblib")
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
    return {name: f"{value:.6f}" for name, value in values.items()}, predicted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="folder with model.joblib")
    parser.add_argument("--champion", type=Path, help="the same of the model that serves now; an empty folder when none does")
    parser.add_argument("--test", type=Path, required=True, help="folder with CSV files of features")
    parser.add_argument("--scored", type=Path, help="folder for the features, the label and the prediction of each row")
    parser.add_argument("--results", type=Path, help="folder for all metrics")
    parser.add_argument("--result", action="append", default=[], metavar="NAME=FILE",
                        help=f"one metric and where to write it; {CHAMPION}NAME is that of the champion")
    args = parser.parse_args()

    rows = read(args.test)
    x, y = rows.drop(columns=NOT_FEATURES).to_numpy(float), rows["fraud"].to_numpy(int)
    texts, predicted = measure(args.model, x, y)
    champion = dict.fromkeys(texts, "")
    if args.champion and any(args.champion.iterdir()):
        champion, _ = measure(args.champion, x, y)
    texts |= {CHAMPION + name: text for name, text in champion.items()} | {"rows": str(len(y))}
    targets = {name: Path(file) for name, _, file in (result.partition("=") for result in args.result)}
    if not targets.keys() <= texts.keys():
        parser.error(f"the metrics are {', '.join(texts)}")
    if args.results:
        args.results.mkdir(parents=True, exist_ok=True)
        targets |= {name: args.results / name for name in texts}
    for name, target in targets.items():
        target.write_text(texts[name])
    if args.scored:
        args.scored.mkdir(parents=True, exist_ok=True)
        rows.drop(columns=["id", "time"]).assign(prediction=predicted).to_csv(args.scored / "scored.csv", index=False)
    print(texts)


if __name__ == "__main__":
    main()
