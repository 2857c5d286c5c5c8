"""Split scikit-learn's breast cancer data (Wolberg and others, 1995; 569 real biopsies) into a CSV file to train and one to test.

The last column is the label: 1 is malignant, the class that must not be missed. scikit-learn's own target is the other way round.
"""

import argparse
from pathlib import Path

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, required=True, help="CSV file to write")
    parser.add_argument("--test", type=Path, required=True, help="CSV file to write")
    parser.add_argument("--test-share", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()

    data = load_breast_cancer(as_frame=True)
    frame = data.data.rename(columns=lambda name: name.replace(" ", "_"))
    frame["malignant"] = 1 - data.target
    train, test = train_test_split(frame, test_size=args.test_share, random_state=args.seed, stratify=frame["malignant"])
    for rows, path in ((train, args.train), (test, args.test)):
        path.parent.mkdir(parents=True, exist_ok=True)
        rows.to_csv(path, index=False)
    print(f"train {len(train)} rows, test {len(test)} rows, {frame['malignant'].mean():.3f} malignant")


if __name__ == "__main__":
    main()
