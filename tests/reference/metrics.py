"""Reference values for src/domain/metrics, from scikit-learn.

    pip install scikit-learn==1.9.1 && python tests/reference/metrics.py

writes metrics.json beside this file. The inputs are not stored: both sides draw them from the same small generator (see
`Lcg` here and in src/domain/metrics/reference.rs), on a grid of 1 / `grid`, so that an f32 holds them exactly and many tie.
"""

import json
import math
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import metrics


class Lcg:
    """Numerical Recipes' generator; the upper 16 bits."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return (self.state >> 16) % n


def draw(case):
    """Labels among `present`; outputs from -4 to 4 in steps of 1 / grid, the true class's `signal` steps higher."""
    rng, grid = Lcg(case["seed"]), case["grid"]
    binary = case["loss"] == "binary_cross_entropy"
    width = 1 if binary else case["classes"]
    labels, outputs = [], []
    for _ in range(case["samples"]):
        label = case["present"][rng.below(len(case["present"]))]
        row = [rng.below(8 * grid + 1) - 4 * grid for _ in range(width)]
        if binary:
            row[0] += case["signal"] if label == 1 else -case["signal"]
        else:
            row[label] += case["signal"]
        labels.append(label)
        outputs.append([x / grid for x in row])
    return np.array(labels), np.array(outputs)


def probabilities(row):
    """Softmax whose sum is exactly rounded, so that permuted and shifted rows tie as they do in exact arithmetic."""
    if len(row) == 1:
        return [1 / (1 + math.exp(row[0])), 1 / (1 + math.exp(-row[0]))]
    exps = [math.exp(x - max(row)) for x in row]
    total = math.fsum(exps)
    return [e / total for e in exps]


def reference(case):
    labels, outputs = draw(case)
    classes = list(range(case["classes"]))
    p = np.array([probabilities(row) for row in outputs])
    predicted = (outputs[:, 0] > 0).astype(int) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
    scores_of = lambda **how: metrics.precision_recall_fscore_support(labels, predicted, labels=classes, zero_division=0, **how)
    # Averages are scikit-learn's own, without `labels`: over the classes that occur, in truth or predicted.
    average = lambda how: metrics.precision_recall_fscore_support(labels, predicted, zero_division=0, average=how)[:3]
    scores = scores_of()
    auc = [
        float(metrics.roc_auc_score(labels == c, p[:, c])) if 0 < (labels == c).sum() < len(labels) else None for c in classes
    ]
    defined = [(a, int((labels == c).sum())) for c, a in zip(classes, auc) if a is not None]
    mean_auc = float(np.mean([a for a, _ in defined])) if defined else None
    weighted_auc = float(np.average([a for a, _ in defined], weights=[n for _, n in defined])) if defined else None
    if len(classes) > 2 and len(set(labels)) == len(classes):
        # All classes are there: scikit-learn's own one-vs-rest must say the same, and is what is kept.
        ours = mean_auc, weighted_auc
        mean_auc = float(metrics.roc_auc_score(labels, p, multi_class="ovr", average="macro"))
        weighted_auc = float(metrics.roc_auc_score(labels, p, multi_class="ovr", average="weighted"))
        assert np.allclose(ours, (mean_auc, weighted_auc), rtol=0, atol=1e-15), (ours, mean_auc, weighted_auc)
    result = {
        "confusion": metrics.confusion_matrix(labels, predicted, labels=classes).ravel().tolist(),
        "accuracy": float(metrics.accuracy_score(labels, predicted)),
        "precision": scores[0].tolist(),
        "recall": scores[1].tolist(),
        "f1": scores[2].tolist(),
        "support": [int(n) for n in scores[3]],
        "macro": [float(x) for x in average("macro")],
        "weighted": [float(x) for x in average("weighted")],
        "logLoss": float(metrics.log_loss(labels, p, labels=classes)),
        "auc": auc,
        "meanAuc": mean_auc,
        "weightedAuc": weighted_auc,
    }
    if len(classes) > 2:
        result["topK"] = [float(metrics.top_k_accuracy_score(labels, outputs, k=k, labels=classes)) for k in range(1, len(classes))]
    if case["samples"] <= 60:
        last = classes[-1]
        if auc[last] is not None:
            fpr, tpr, thresholds = metrics.roc_curve(labels == last, p[:, last], drop_intermediate=False)
            result["roc"] = {"fpr": fpr.tolist(), "tpr": tpr.tolist(), "thresholds": thresholds[1:].tolist()}
    return result


def case(name, seed, samples, classes, grid, signal, present=None, loss="cross_entropy"):
    present = list(range(classes)) if present is None else present
    return {
        "name": name, "seed": seed, "samples": samples, "classes": classes, "grid": grid, "signal": signal, "present": present, "loss": loss,
    }


BINARY = "binary_cross_entropy"
CASES = [
    case("binary, one output, few ties", 1, 1000, 2, 256, 150, loss=BINARY),
    case("binary, one output, many ties", 2, 1000, 2, 2, 1, loss=BINARY),
    case("binary, one output, worse than chance", 3, 1000, 2, 16, -10, loss=BINARY),
    case("binary, one output, one class absent", 4, 50, 2, 4, 1, present=[1], loss=BINARY),
    case("binary, one output, imbalanced 1 to 9", 5, 1000, 2, 16, 20, present=[1] + [0] * 9, loss=BINARY),
    case("binary, one output, a curve", 6, 40, 2, 4, 3, loss=BINARY),
    case("binary, two outputs", 7, 1000, 2, 64, 60),
    case("binary, two outputs, many ties", 8, 60, 2, 1, 1),
    case("three classes", 9, 1000, 3, 256, 300),
    case("three classes, many ties, a curve", 10, 60, 3, 1, 1),
    case("four classes, ties for the largest", 11, 1000, 4, 1, 1),
    case("ten classes", 12, 1000, 10, 256, 700),
    case("ten classes, many ties", 13, 1000, 10, 1, 3),
    case("ten classes, imbalanced", 14, 1000, 10, 16, 40, present=[0] * 20 + [1] * 5 + list(range(2, 10))),
    case("ten classes, three absent", 15, 300, 10, 4, 12, present=[0, 1, 2, 4, 5, 7, 8]),
    case("ten classes, a class never predicted", 16, 200, 10, 4, 400, present=[0, 1, 2]),
    case("five classes, only one there", 17, 30, 5, 4, 4, present=[3]),
    case("thirty classes, few samples", 18, 100, 30, 8, 20),
    case("one sample", 19, 1, 3, 4, 2),
    case("two samples of two classes", 20, 2, 4, 4, 2, present=[1, 3]),
    case("labels from 1, all right", 21, 100, 5, 4, 400, present=[1, 2, 3, 4]),
    case("labels from 1, some wrong", 22, 200, 27, 4, 20, present=list(range(1, 27))),
]


def main():
    warnings.simplefilter("error", RuntimeWarning)
    kept = [{**c, "expected": reference(c)} for c in CASES]
    path = pathlib.Path(__file__).with_suffix(".json")
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in kept)
    path.write_text(f'{{"scikitLearn":"{sklearn.__version__}","cases":[\n{rows}\n]}}\n')
    print(f"{path.name}: {len(kept)} cases, {path.stat().st_size} bytes, scikit-learn {sklearn.__version__}")


if __name__ == "__main__":
    main()
