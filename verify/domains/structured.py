"""Kinds whose entries depend on each other: each is made from a grid of free numbers.

Every `fit` takes `grid: (..., *shape)` and returns a member of the kind of the same shape; small
whole numbers stay short and readable on the way.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from verify.domains.axes import size_of

if TYPE_CHECKING:
    from verify.domains.domain import Domain

Array = NDArray[Any]
Floats = NDArray[np.float64]
Axes = Mapping[str, int]
# Rounding of a product of matrices of a handful of rows.
NEAR = 1e-9


def triangle(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Keep the lower triangle."""
    return np.tril(grid)


def mirrored(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Copy the lower triangle over the upper one."""
    lower = np.tril(grid)
    return np.asarray(lower + np.swapaxes(np.tril(grid, -1), -1, -2))


def gram(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Return G Gᵀ, which is positive semi-definite, singular where G is."""
    return _symmetric(grid @ np.swapaxes(grid, -1, -2))


def definite(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Return L Lᵀ for the lower triangle L of G with a positive diagonal."""
    lower = _with_diagonal(np.tril(grid, -1), _positive(_diagonal(grid)))
    return _symmetric(lower @ np.swapaxes(lower, -1, -2))


def nonsingular(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Return L U with a unit lower triangle L and a diagonal of U that is never zero."""
    diagonal = _diagonal(grid)
    upper = np.triu(grid, 1) / _scale(grid)
    lower = np.tril(grid, -1) / _scale(grid)
    one = np.ones_like(diagonal)
    return _with_diagonal(lower, one) @ _with_diagonal(
        upper, np.where(diagonal == 0, 1.0, diagonal)
    )


def packed(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Return the lower triangle, row by row, of an invertible symmetric matrix."""
    size = size_of(domain.classes or 1, axes)
    rows, columns = np.tril_indices(size)
    matrix = np.zeros((*grid.shape[:-1], size, size))
    matrix[..., rows, columns] = grid
    diagonal = _diagonal(matrix)
    # A diagonal that outweighs its row keeps the matrix invertible, definite or not.
    others = np.abs(np.tril(matrix, -1)).sum(-1) + np.abs(np.tril(matrix, -1)).sum(-2)
    heavy = diagonal + np.where(diagonal < 0, -1.0, 1.0) * (others + (diagonal == 0))
    return np.asarray(_with_diagonal(np.tril(matrix, -1), heavy)[..., rows, columns])


def rotation(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Return a product of Householder reflections along the rows of G (Householder 1958).

    A row of zeros reflects nothing, so the zero grid gives the identity.
    """
    size = grid.shape[-1]
    matrix = np.broadcast_to(np.eye(size), grid.shape).copy()
    for row in range(grid.shape[-2]):
        v = grid[..., row, :, None]
        length = (v * v).sum(axis=-2, keepdims=True)
        part = v @ (np.swapaxes(v, -1, -2) @ matrix)
        matrix = matrix - np.where(length > 0, 2 * part / np.where(length > 0, length, 1.0), 0.0)
    return matrix


def ranks(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Return a permutation of 0 .. n-1 along the last axis: the order of the numbers."""
    return np.asarray(np.argsort(grid, axis=-1, kind="stable"), dtype=np.int64)


def spread(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Make the numbers of the last axis pairwise different: raise ties by whole gaps."""
    order = np.argsort(grid, axis=-1, kind="stable")
    risen = np.take_along_axis(grid, order, -1)
    gap = np.maximum(_largest(grid), 1.0) * 2.0**-3
    same = np.cumsum(np.diff(risen, axis=-1, prepend=risen[..., :1] - 1) <= 0, axis=-1)
    result = np.empty_like(grid)
    np.put_along_axis(result, order, risen + same * gap, -1)
    return result


def ascending(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Sort the last axis; ties belong."""
    return np.sort(grid, axis=-1)


def joint(domain: "Domain", axes: Axes, grid: Floats) -> Array:
    """Return a symmetric matrix of weights off a zero diagonal that sum to one.

    At size 1 there is nothing off the diagonal: the only matrix is zero.
    """
    weights = mirrored(domain, axes, np.abs(grid) + 1.0)
    weights = _with_diagonal(weights, np.zeros(weights.shape[:-1]))
    total = weights.sum(axis=(-2, -1), keepdims=True)
    return np.asarray(weights / np.where(total > 0, total, 1.0))


def is_triangle(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether all above the diagonal is zero."""
    return bool(np.array_equal(array, np.tril(array)))


def is_symmetric(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether a matrix is its own transpose."""
    return bool(np.array_equal(array, np.swapaxes(array, -1, -2)))


def is_semidefinite(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether no eigenvalue is negative beyond rounding."""
    return is_symmetric(domain, array, axes) and bool(np.all(_eigenvalues(array) >= -NEAR))


def is_definite(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether all eigenvalues are positive."""
    return is_symmetric(domain, array, axes) and bool(np.all(_eigenvalues(array) > 0))


def is_invertible(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether the matrix has full rank in floats."""
    return bool(np.all(np.linalg.matrix_rank(array) == array.shape[-1]))


def is_packed_invertible(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether the packed lower triangle is that of an invertible symmetric matrix."""
    size = size_of(domain.classes or 1, axes)
    matrix = np.zeros((size, size))
    matrix[np.tril_indices(size)] = array
    return is_invertible(domain, mirrored(domain, axes, matrix), axes)


def is_rotation(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether the columns are orthonormal."""
    product = np.swapaxes(array, -1, -2) @ array
    return bool(np.all(np.abs(product - np.eye(array.shape[-1])) <= NEAR))


def is_permutation(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether the last axis holds each of 0 .. n-1 once."""
    return bool(np.all(np.sort(array, axis=-1) == np.arange(array.shape[-1])))


def is_distinct(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether no two numbers of the last axis are equal."""
    return bool(np.all(np.diff(np.sort(array, axis=-1), axis=-1) > 0))


def is_ascending(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether the last axis never falls."""
    return bool(np.all(np.diff(array, axis=-1) >= 0))


def is_joint(domain: "Domain", array: Floats, axes: Axes) -> bool:
    """Tell whether the matrix is symmetric with a zero diagonal, positive off it, of sum 1."""
    size = array.shape[-1]
    off = array[~np.eye(size, dtype=bool)]
    whole = size == 1 or abs(float(array.sum()) - 1) <= NEAR
    return bool(
        is_symmetric(domain, array, axes) and not np.diag(array).any() and (off > 0).all() and whole
    )


def _diagonal(matrix: Floats) -> Floats:
    return np.asarray(np.diagonal(matrix, axis1=-2, axis2=-1))


def _with_diagonal(matrix: Floats, diagonal: Floats) -> Floats:
    eye = np.eye(matrix.shape[-1], dtype=bool)
    return np.asarray(np.where(eye, diagonal[..., None, :], matrix))


def _positive(numbers: Floats) -> Floats:
    """Return 1 for 0, and else the size of the number."""
    return np.where(numbers == 0, 1.0, np.abs(numbers))


def _symmetric(matrix: Floats) -> Floats:
    """Remove what rounding of a product left of asymmetry."""
    lower = np.tril(matrix)
    return np.asarray(lower + np.swapaxes(np.tril(matrix, -1), -1, -2))


def _largest(grid: Floats) -> Floats:
    return np.asarray(np.abs(grid).max(axis=-1, keepdims=True, initial=0.0))


def _scale(grid: Floats) -> Floats:
    """Return the size of the largest number, so that unit triangles stay well conditioned."""
    largest = np.abs(grid).max(axis=(-2, -1), keepdims=True, initial=0.0)
    return np.asarray(np.maximum(largest, 1.0))


def _eigenvalues(matrix: Floats) -> Floats:
    largest = np.abs(matrix).max(initial=0.0)
    return np.asarray(np.linalg.eigvalsh(matrix / largest) if largest > 0 else np.zeros(1))
