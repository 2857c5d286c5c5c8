"""Says what scipy and scikit-learn make of each case that it reads from a file; prints the answers as JSON."""
import json
import sys

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon
from scipy.special import gammaincc
from sklearn import metrics


def kolmogorov_smirnov(a, b):
    return stats.ks_2samp(a, b, method="asymp").statistic


def kolmogorov_smirnov_tail(d, n, m):
    return stats.kstwo.sf(d, round(n * m / (n + m)))


def pooled(a, b):
    """Cells in which either sample expects fewer than five values become one, and take in the thinnest others while they must."""
    table = np.array([a, b], dtype=float)
    expected = table.sum(axis=0) * table.sum(axis=1).min() / table.sum()
    rest = table[:, expected < 5].sum(axis=1)
    kept = table[:, expected >= 5]
    kept = kept[:, np.argsort(-kept.sum(axis=0), kind="stable")]
    share = table.sum(axis=1).min() / table.sum()
    while 0 < rest.sum() * share < 5 and kept.shape[1] > 0:
        rest, kept = rest + kept[:, -1], kept[:, :-1]
    return np.column_stack([kept, rest]) if rest.sum() > 0 else kept


def chi_square(a, b):
    table = pooled(a, b)
    if table.shape[1] < 2:
        return [0, 0, 1]
    result = stats.chi2_contingency(table, correction=False)
    return [result.statistic, result.dof, result.pvalue]


def proportions(hits, trials, other_hits, other_trials):
    """The square of the pooled z is the chi-square of the 2 x 2 table; one side of it is half of the p-value."""
    z = stats.contingency.chi2_contingency(
        [[hits, trials - hits], [other_hits, other_trials - other_hits]], correction=False
    ).statistic ** 0.5
    return stats.norm.sf(z if hits / trials >= other_hits / other_trials else -z)


def null_law(chunks):
    """Mean, standard deviation and quantile of how far each chunk lies from all others."""
    chunks = np.array(chunks)
    distances = [jensenshannon(chunk, chunks.sum(axis=0) - chunk) for chunk in chunks]
    return [np.mean(distances), np.std(distances, ddof=1), np.quantile(distances, 0.99)]


def performance(true_positive, false_positive, false_negative, true_negative, wrong):
    """Accuracy, precision, recall and F1; a wrong prediction takes one class that is not positive for another."""
    outcomes = [(1, 1, true_positive), (0, 1, false_positive), (1, 0, false_negative), (0, 0, true_negative), (2, 0, wrong)]
    truth, predicted = (np.concatenate([np.full(outcome[2], outcome[at]) for outcome in outcomes]) for at in (0, 1))
    return [
        metrics.accuracy_score(truth, predicted),
        *(score(truth, predicted, labels=[1], average="micro") for score in (metrics.precision_score, metrics.recall_score, metrics.f1_score)),
    ]


questions = {
    "kolmogorovSmirnov": kolmogorov_smirnov,
    "kolmogorovSmirnovTail": kolmogorov_smirnov_tail,
    "jensenShannon": jensenshannon,
    "chiSquare": chi_square,
    "upperGamma": gammaincc,
    "upperTail": stats.norm.sf,
    "studentTail": stats.t.sf,
    "proportions": proportions,
    "benjaminiHochberg": lambda p: stats.false_discovery_control(p, method="bh").tolist(),
    "nullLaw": null_law,
    "performance": performance,
}

with open("/input/cases.json") as file:
    cases = json.load(file)
json.dump([np.asarray(questions[case["of"]](*case["given"])).tolist() for case in cases], sys.stdout)
