"""Calling a user's function: the one place where its exceptions are caught."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.problems import Function


@dataclass(frozen=True)
class Failure:
    """An exception inside a user's function, or an answer that is no numeric array."""

    message: str
    traceback: str = ""


def call(function: Function, inputs: Mapping[str, Any], *leading: Any) -> Any:
    """Call `function(*leading, **inputs)`; return its value or a `Failure`.

    Floating-point warnings are silenced: a non-finite result is judged, not printed.
    """
    try:
        with np.errstate(all="ignore"):
            return function(*leading, **inputs)
    except Exception as error:  # any exception of a user's function is a verdict, not a crash
        text = "".join(traceback.format_exception(error)[2:]) or repr(error)
        return Failure(f"{type(error).__name__}: {error}", text)
