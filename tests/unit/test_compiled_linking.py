"""Kernels are put together once; other users of numba, and other numbas, are served as always."""

import gc
import subprocess
import sys

import numba
import numpy as np
import pytest
from numba.core import event

from zhizao._base.compiled import kinds

_EXACT = """
import numpy as np
from zhizao.twin.kernels.draws import normal_quantile, uniform
key = np.uint64(7)
print(repr([float(normal_quantile(uniform(key, np.uint64(i), 1, 2, 3))) for i in range(5)]))
"""


@pytest.fixture
def halves():
    """Return three kernels, of which one calls the others."""

    @kinds.part_kernel
    def half(x):
        return x / 2.0

    @kinds.inner_kernel
    def quarter(x):
        return half(half(x))

    @kinds.kernel
    def eighth(x):
        return half(quarter(x))

    return half, quarter, eighth


def test_each_kind_of_kernel_can_be_called_from_kernels_and_from_python(halves):
    half, quarter, eighth = halves
    assert eighth(np.float64(16.0)) == 2.0
    assert quarter(np.float64(16.0)) == 4.0
    assert half(np.float64(16.0)) == 8.0


def test_a_kernel_is_read_once_for_all_kernels_that_call_it(halves):
    eighth = halves[2]
    with event.install_recorder("numba:compile") as recorder:
        eighth(np.float64(16.0))
    read = [one.data["dispatcher"].py_func.__name__ for _, one in recorder.buffer if one.is_start]
    assert sorted(read) == ["eighth", "half", "quarter"]


def test_a_kernel_is_read_once_for_all_numbers_that_calls_write_out():
    @kinds.kernel
    def plus(x, n):
        return x + n

    @kinds.kernel
    def plus_six(x):
        return plus(plus(plus(x, 1), 2), n=3)

    with event.install_recorder("numba:compile") as recorder:
        assert plus_six(np.int64(1)) == 7
    read = [one.data["dispatcher"].py_func.__name__ for _, one in recorder.buffer if one.is_start]
    assert sorted(read) == ["plus", "plus_six"]


def test_a_rare_part_stays_out_of_its_callers(halves):
    eighth = halves[2]
    eighth(np.float64(16.0))
    [code] = eighth._entry.inspect_llvm().values()
    assert any("half" in line and "define" in line for line in code.splitlines())
    assert not any("quarter" in line and "define" in line for line in code.splitlines())


def test_other_users_of_numba_get_its_own_compiler():
    @numba.njit
    def total(values):
        return sum([v for v in values if v > 0.0])

    assert total(np.array([1.0, -2.0, 3.0])) == 4.0
    [result] = total.overloads.values()
    assert type(result.library).__module__ == "numba.core.codegen"


def test_results_are_the_same_without_what_numba_may_change():
    without = "import sys; sys.modules['zhizao._base.compiled.linking'] = None\n" + _EXACT
    found = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", text], capture_output=True, text=True, check=True
        ).stdout
        for text in (_EXACT, without)
    ]
    assert found[0] == found[1]
    assert found[0].startswith("[")


def test_how_often_python_looks_for_garbage_is_left_as_it_was(halves):
    before = gc.get_threshold()
    halves[2](np.float64(16.0))
    assert gc.get_threshold() == before
