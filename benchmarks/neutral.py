"""The neutral notation of a derivation corpus → declarations in the format that a user writes.

Used where no declaration file of ours exists for a document; what it cannot translate is left out,
so that the formulas which need it are refused by name.
"""

import re
from collections.abc import Mapping, Sequence

KINDS = {
    "reals": "real", "real": "real", "positive": "positive", "positives": "positive",
    "bits": "bit", "bit": "bit", "signs": "sign", "sign": "sign", "counts": "count",
    "count": "count", "integers": "integer", "nonnegative": "nonnegative", "natural": "natural",
    "onehot": "onehot", "simplex": "simplex", "distribution": "simplex", "unit": "unit",
    "positive definite": "spd", "positive semidefinite": "spd", "symmetric": "symmetric",
    "spd": "spd", "probability": "unit", "probabilities": "unit", "orthogonal": "real",
    "invertible": "spd", "antisymmetric": "antisymmetric", "vector": "real", "matrix": "real",
}  # fmt: skip
FUNCTIONS = {
    "logistic": "logistic", "sigmoid": "logistic", "softmax": "softmax", "tanh": "tanh",
    "relu": "relu", "gamma": "gamma", "exp": "exp", "log": "log", "softplus": "softplus",
    "digamma": "digamma", "smooth": "smooth", "smooth function": "smooth",
}  # fmt: skip
AXIS = r"[A-Za-z]\w*(?:[+-]\d+)?|\d+"


def declarations(corpus: Mapping[str, object]) -> str:
    """Return a declaration file for one document of a corpus."""
    indices = _indices(corpus.get("indices", ()))  # type: ignore[arg-type]
    names = " ".join(corpus.get("symbols", {}))  # type: ignore[call-overload]
    plain = re.sub(r"[_^]\s*(?:\\[a-zA-Z]+)?\s*(?:\{[^}]*\}|.?)|\\[a-zA-Z]+", " ", names)
    words = sorted(set(re.findall(r"(?<![A-Za-z])[A-Za-z]{2,}", plain)))
    lines = [
        f"words = {words!r}",
        "[indices]",
        *(f'"{letter}" = "{axis}"' for letter, axis in indices.items()),
    ]
    lines.append("[symbols]")
    symbols: Mapping[str, str] = corpus.get("symbols", {})  # type: ignore[assignment]
    for name, meaning in symbols.items():
        kind = _kind(str(meaning))
        if kind:
            quoted = '"' + name.replace("\\", "\\\\") + '"'
            lines.append(f'{quoted} = "{kind}"')
    return "\n".join(lines) + "\n"


def _indices(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in given:
        match = re.match(r"\s*([^ ]+(?:\s*,\s*[^ ]+)*)\s+in\s+(.+?)\s*$", line)
        if match is None:
            continue
        members = match[2].strip()
        listed = re.fullmatch(r"\{([\d,\s]+)\}", members)
        if listed:
            members = str(len(listed[1].split(",")))
        if re.fullmatch(rf"(?:\d+\.\.)?(?:{AXIS})", members):
            for letter in match[1].split(","):
                found[letter.strip().replace("\\", "\\\\")] = members
    return found


def _kind(meaning: str) -> str:
    text = re.sub(r"\(.*?\)\s*$|,.*$", "", meaning).strip()
    constant = re.match(r"constant:?\s*(euler|pi|e)\b|(-?\d+(?:\.\d+)?)$", meaning.lower())
    if constant:
        return f"constant {constant[1] or constant[2]}"
    function = re.match(r"function:?\s*(\w+)", text)
    if function and function[1] in FUNCTIONS:
        return FUNCTIONS[function[1]]
    if re.match(r"smooth function$|abstract smooth function$", text):
        return "smooth"
    label = re.match(rf"labels?\s*((?:{AXIS})?)\s*in\s+({AXIS})", text)
    if label:
        return f"label {label[2]}" + (f" ({label[1]})" if label[1] else "")
    return _array(text)


def _array(text: str) -> str:
    for words in (2, 1):
        parts = text.split()
        kind = KINDS.get(" ".join(parts[:words]))
        if kind is None or not parts:
            continue
        axes = []
        for part in re.sub(r"in \{.*?\}", "", " ".join(parts[words:])).split():
            axis = part.strip("()")
            if not re.fullmatch(AXIS, axis) or len(axis) > 3:
                break
            axes.append(axis)
        if kind in ("spd", "symmetric", "antisymmetric") and len(axes) < 2:
            return ""
        return kind + (f" ({', '.join(axes)})" if axes else "")
    return ""
