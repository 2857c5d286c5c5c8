"""Package a trained model for serving.

Without --swap the model is copied as it is. With --swap A,B the packaged model exchanges two features before it predicts:
the everyday mistake of a serving layer that builds its rows in another order than the training did. Such a model is as
good as the other in every evaluation before it is packaged, and wrong in production.
"""

import argparse
import json
import shutil
from pathlib import Path

import joblib
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline


def swapped(model: Pipeline, names: list[str], first: str, second: str) -> Pipeline:
    """A pipeline that exchanges two columns; of scikit-learn's own classes, so that any server can unpickle it."""
    order = list(range(len(names)))
    a, b = names.index(first), names.index(second)
    order[a], order[b] = order[b], order[a]
    exchange = ColumnTransformer([("exchange", "passthrough", order)])
    exchange.fit(np.zeros((1, len(names))))
    return Pipeline([("exchange", exchange), ("model", model)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="folder with model.joblib and card.json")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--swap", default="", help="two names of features with a comma between them")
    args = parser.parse_args()

    shutil.copytree(args.model, args.out, dirs_exist_ok=True)
    if not args.swap:
        return
    names = json.loads((args.model / "card.json").read_text())["features"]
    pair = args.swap.split(",")
    if len(pair) != 2 or not set(pair) <= set(names):
        parser.error(f"--swap takes two of {', '.join(names)}")
    model = swapped(joblib.load(args.model / "model.joblib"), names, *pair)
    joblib.dump(model, args.out / "model.joblib", compress=3)


if __name__ == "__main__":
    main()
