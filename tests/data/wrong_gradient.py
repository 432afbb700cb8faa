"""A negative control for the gate: a gradient with the wrong sign that nobody declared as wrong."""

from verify import problem, reals


@problem(x=reals("n"), wrt="x")
def half_square(x):
    return 0.5 * (x * x).sum(axis=-1)


@half_square.gradient
def wrong_sign(x):
    return -x
