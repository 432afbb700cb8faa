"""Huber loss as the objective of a boosted tree.

Source: dmlc/xgboost issue 2602
Wrong: the residual is label - prediction, the derivative is by the prediction: a sign is missing.
Kind: sign
"""

import numpy as np

WRT = ("prediction",)
VERDICT = "wrong"
TRIGGER = "prediction != label"
WIDTH = 2.0


def forward(prediction, label):
    size = np.abs(label - prediction)
    return float(np.sum(np.where(size <= WIDTH, size**2 / 2, WIDTH * (size - WIDTH / 2))))


def claimed(prediction, label):
    residual = label - prediction
    return {"prediction": np.where(np.abs(residual) <= WIDTH, residual, WIDTH * np.sign(residual))}


def correct(prediction, label):
    return {"prediction": np.clip(prediction - label, -WIDTH, WIDTH)}


def sample(rng):
    return {"prediction": 3 * rng.standard_normal(4), "label": 3 * rng.standard_normal(4)}
