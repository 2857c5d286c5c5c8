"""Train a classifier of fraud.

Writes model.joblib, a scikit-learn Pipeline whose predict() gives the class 0 or 1 for a matrix with the features in the
order of the training files, and card.json, which says what it was trained on.
"""

import argparse
import json
import time
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline

NOT_FEATURES = ("id", "time", "fraud")


def read(folder: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Features, labels and the names of the features, from every CSV file of a folder."""
    frame = pd.concat([pd.read_csv(path) for path in sorted(folder.glob("*.csv"))], ignore_index=True)
    names = [str(column) for column in frame if column not in NOT_FEATURES]
    return frame[names].to_numpy(float), frame["fraud"].to_numpy(int), names


def build(seed: int, fraud_weight: float) -> Pipeline:
    """Small trees, for one request is one row and the model is to answer in a millisecond."""
    return Pipeline([
        ("classifier", HistGradientBoostingClassifier(
            max_iter=80,
            max_leaf_nodes=15,
            learning_rate=0.15,
            max_features=0.7,
            l2_regularization=1.0,
            early_stopping=False,
            class_weight={0: 1.0, 1: fraud_weight},
            random_state=seed,
        )),
    ])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, required=True, help="folder with CSV files of features")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=lambda text: int(text or 1), default=1)
    parser.add_argument("--fraud-weight", type=float, default=5.0, help="how much more a missed fraud counts than a false alarm")
    parser.add_argument(
        "--shuffle-labels", nargs="?", const="true", default="", choices=["", "false", "true"],
        help="destroy what can be learned, to see a gate refuse the model",
    )
    args = parser.parse_args()

    x, y, names = read(args.train)
    if args.shuffle_labels == "true":
        y = np.random.default_rng(args.seed).permutation(y)
    began = time.monotonic()
    model = build(args.seed, args.fraud_weight).fit(x, y)
    args.out.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, args.out / "model.joblib", compress=3)
    card = {
        "features": names,
        "rows": len(y),
        "fraud_share": round(float(y.mean()), 6),
        "seed": args.seed,
        "fraud_weight": args.fraud_weight,
        "labels_shuffled": args.shuffle_labels == "true",
        "scikit_learn": sklearn.__version__,
    }
    (args.out / "card.json").write_text(json.dumps(card, indent=2) + "\n")
    print(f"{len(y)} rows, {len(names)} features, {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
