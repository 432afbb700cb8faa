"""A domain as the call that makes it, for messages, pages and copyable code."""

from verify.domains.domain import KINDS, Domain


def shown(domain: Domain) -> str:
    """Write a domain as Python."""
    shape = domain.shape[:-1] if domain.kind == "complexes" else domain.shape
    words = repr(" ".join(str(axis) for axis in shape))
    extra = _extra(domain)
    match domain.kind:
        case "constant":
            first = [short(domain.low), words]
        case "choice":
            first = [f"[{', '.join(short(value) for value in domain.values)}]", words]
        case "labels":
            first = [words, f"classes={domain.classes!r}"]
        case "axis_length":
            first = [repr(str(domain.classes))]
        case "invertible_vech":
            first = [words, f"of={domain.classes!r}"]
        case _:
            first = [words, *_range(domain)]
    return f"{domain.kind}({', '.join([*first, *extra])})"


def _range(domain: Domain) -> list[str]:
    kind = KINDS[domain.kind]
    low = repr(domain.low_axis) if domain.low_axis else short(domain.low)
    high = repr(domain.high_axis) if domain.high_axis else short(domain.high)
    given = {}
    if domain.low_axis or domain.low != kind.low:
        given["low"] = low
    if domain.high_axis or domain.high != kind.high:
        given["high"] = high
    return list(given.values()) if len(given) == 2 else [f"{n}={v}" for n, v in given.items()]


def _extra(domain: Domain) -> list[str]:
    words = []
    if domain.special:
        words.append(f"special=[{', '.join(short(value) for value in domain.special)}]")
    if domain.by_rows and domain.axis != -1:
        words.append(f"axis={domain.axis}")
    if domain.convention:
        words.append(f"convention={domain.convention!r}")
    return words


def short(number: float) -> str:
    """Write a number as short as it goes without losing digits."""
    if abs(number) < 1e15 and number == int(number):
        return str(int(number))
    return repr(float(number))
