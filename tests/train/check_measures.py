"""Compares measures with scikit-learn's.

    check_measures.py CASES.json

Each case holds predictions, targets and the measures that the library computed from them. Prints each measure that is
off by more than 1e-9 relatively; exits 1 when there is one.
"""
import json
import sys
import warnings

import numpy as np
from sklearn import metrics

warnings.simplefilter("ignore")


def or_nan(function, *arguments, **options):
    """The measure, or NaN where scikit-learn refuses the rows (one class only, a value that must be positive)."""
    try:
        return function(*arguments, **options)
    except ValueError:
        return np.nan


def expected_calibration_error(p, y, bins=10):
    """Guo et al. 2017, equation 3, with bins that are open on the left."""
    confidence, hit = p.max(axis=1), p.argmax(axis=1) == y
    total, edges = 0.0, np.linspace(0, 1, bins + 1)
    for low, high in zip(edges[:-1], edges[1:]):
        chosen = (confidence > low) & (confidence <= high)
        if chosen.any():
            total += chosen.mean() * abs(hit[chosen].mean() - confidence[chosen].mean())
    return total


def lift(score, positive):
    """Share of the class in the first tenth, ties at its end taken evenly: the mean over ties in any order."""
    top, base, remaining = len(score) / 10, positive.mean(), len(score) / 10
    found = 0.0
    for s in np.unique(score)[::-1]:
        same = score == s
        taken = min(1.0, remaining / same.sum())
        found += positive[same].sum() * taken
        remaining -= taken * same.sum()
        if remaining <= 0:
            break
    return found / top / base


def classes(case):
    p = np.array(case["predictions"], dtype=np.float64).reshape(len(case["targets"]), -1)
    y, n = np.array(case["targets"]), p.shape[1]
    labels, predicted = list(range(n)), p.argmax(axis=1)
    one = [(y == k).astype(int) for k in labels]
    present = [k for k in labels if one[k].any()]
    auc = [or_nan(metrics.roc_auc_score, one[k], p[:, k]) for k in labels]
    ap = [metrics.average_precision_score(one[k], p[:, k]) if k in present else np.nan for k in labels]
    precision, recall, f1, rows = metrics.precision_recall_fscore_support(y, predicted, labels=labels, zero_division=0)
    clipped = np.clip(p[np.arange(len(y)), y], np.finfo(np.float32).tiny, 1)
    result = {
        "loss": -np.log(clipped).mean(),
        "accuracy": metrics.accuracy_score(y, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, predicted),
        "matthews": metrics.matthews_corrcoef(y, predicted),
        "kappa": metrics.cohen_kappa_score(y, predicted, labels=labels),
        "roc_auc": auc[1] if n == 2 else np.mean(auc),
        "average_precision": ap[1] if n == 2 else np.mean(ap),
        "brier": ((p[:, 1] - one[1]) ** 2).mean() if n == 2 else ((p - np.stack(one, axis=1)) ** 2).sum(axis=1).mean(),
        "calibration_error": expected_calibration_error(p, y),
        "confusion": metrics.confusion_matrix(y, predicted, labels=labels),
        "precision": precision, "f1": f1, "rows": rows,
        "recall": [recall[k] if k in present else np.nan for k in labels],
        "class_roc_auc": auc, "class_average_precision": ap,
        "lift": [lift(p[:, k], one[k]) if k in present else np.nan for k in labels],
    }
    # scikit-learn's own functions, where they accept the rows.
    if len(present) == n and np.allclose(p.sum(axis=1), 1, atol=1e-6):
        # It takes a probability of 0 for 2^-52, we for the least normal float32.
        if p[np.arange(len(y)), y].min() > 1e-15:
            assert np.isclose(result["loss"], metrics.log_loss(y, p, labels=labels), rtol=1e-6), "log_loss"
        if n > 2:
            expected = metrics.roc_auc_score(y, p / p.sum(axis=1, keepdims=True), multi_class="ovr", labels=labels)
            assert np.isclose(result["roc_auc"], expected, rtol=1e-6), "roc_auc_score"
        else:
            assert np.isclose(result["brier"], metrics.brier_score_loss(y, p[:, 1])), "brier_score_loss"
    return result


def values(case):
    p, t, q = np.array(case["predictions"], float), np.array(case["targets"], float), case["quantile"]
    constant = np.all(t == t[0])
    return {
        "loss": metrics.mean_squared_error(t, p),
        "rmse": np.sqrt(metrics.mean_squared_error(t, p)),
        "mae": metrics.mean_absolute_error(t, p),
        "median_error": metrics.median_absolute_error(t, p),
        "mape": metrics.mean_absolute_percentage_error(t, p),
        "r2": np.nan if constant else metrics.r2_score(t, p),
        "explained_variance": np.nan if constant else metrics.explained_variance_score(t, p),
        "pinball": metrics.mean_pinball_loss(t, p, alpha=q),
        "poisson_deviance": or_nan(metrics.mean_poisson_deviance, t, p),
    }


def main():
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    wrong = compared = 0
    for case in cases:
        expected = (classes if case["kind"] == "classes" else values)(case)
        assert expected.keys() == case["measures"].keys(), expected.keys() ^ case["measures"].keys()
        for name, value in expected.items():
            ours = np.array(case["measures"][name], dtype=np.float64)  # null becomes NaN
            compared += 1
            if not np.allclose(ours, value, rtol=1e-9, atol=1e-12, equal_nan=True):
                wrong += 1
                print(f"{case['name']}: {name} is {ours}, scikit-learn says {value}")
    print(f"{compared} measures of {len(cases)} cases compared, {wrong} differ")
    return 1 if wrong else 0


sys.exit(main())
