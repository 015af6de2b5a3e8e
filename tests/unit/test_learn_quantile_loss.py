"""Boosting with quick leaf values predicts what scikit-learn's own does, to the last bit."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingRegressor

from zhizao.learn.trust import quantile_loss as module
from zhizao.learn.trust.quantile_loss import quantile_loss, quantile_of


@settings(max_examples=200, deadline=None)
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40),
    level=st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]),
)
def test_a_quantile_is_that_of_numpy(values, level):
    assert quantile_of(np.array(values), level) == np.percentile(np.array(values), 100 * level)


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_predictions_are_those_of_the_loss_by_its_name(level):
    rng = np.random.default_rng(4)
    known = np.column_stack([rng.integers(0, 5, 400), rng.normal(size=(400, 3))]).astype(float)
    target = known[:, 1] * 2.0 + known[:, 0] + rng.exponential(1.0, 400)
    same = {"max_iter": 20, "min_samples_leaf": 10, "random_state": 0, "early_stopping": False}
    quick = quantile_loss(level)
    assert not isinstance(quick["loss"], str)  # the pinned scikit-learn has the class
    models = [
        HistGradientBoostingRegressor(**loss, categorical_features=[0], **same)
        for loss in (quick, {"loss": "quantile", "quantile": level})
    ]
    one, other = (model.fit(known, target).predict(known) for model in models)
    assert one.tolist() == other.tolist()


def test_without_the_class_the_loss_goes_by_its_name(monkeypatch):
    module._quick_class.cache_clear()
    monkeypatch.setitem(sys.modules, "sklearn._loss.loss", None)
    assert quantile_loss(0.9) == {"loss": "quantile", "quantile": 0.9}
    module._quick_class.cache_clear()
