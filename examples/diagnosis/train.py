"""Train a logistic regression that tells malignant from benign; writes model.joblib."""

import argparse
from pathlib import Path

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="CSV file; the last column is the label")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument("--regularization", type=float, default=1.0, help="the larger, the simpler the model")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()

    frame = pd.read_csv(args.train)
    x, y = frame.iloc[:, :-1].to_numpy(float), frame.iloc[:, -1].to_numpy(int)
    classifier = LogisticRegression(C=1 / args.regularization, max_iter=1_000, random_state=args.seed)
    model = make_pipeline(StandardScaler(), classifier).fit(x, y)
    args.out.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, args.out / "model.joblib")
    print(f"{len(y)} rows, {x.shape[1]} features")


if __name__ == "__main__":
    main()
