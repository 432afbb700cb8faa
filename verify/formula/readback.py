"""A typed tree → LaTeX: the formula as it was read, with all that was filled in."""

from collections.abc import Mapping

from verify.formula.symbols import Symbol
from verify.formula.tree import (
    MINUS_ONE,
    Add,
    Both,
    Call,
    Choice,
    Compare,
    Const,
    Derivative,
    Entry,
    Extent,
    Fold,
    Index,
    Matrix,
    Mul,
    Num,
    Pow,
    Tree,
    Truth,
)

RELATIONS = {"=": "=", "!=": "\\neq", "<": "<", "<=": "\\leq", ">": ">", ">=": "\\geq"}
CONSTANTS = {"e": "e", "pi": "\\pi", "euler": "\\gamma"}


def readback(tree: Tree, symbols: Mapping[str, Symbol]) -> str:
    """Return LaTeX for a typed tree; bound indices of one letter get primes to tell them apart."""
    return _Printer(symbols, {}).of(tree)


class _Printer:
    """Prints one tree; `names` gives each index the name it is shown by."""

    def __init__(self, symbols: Mapping[str, Symbol], names: dict[Index, str]) -> None:
        self.symbols = symbols
        self.names = names

    def of(self, tree: Tree) -> str:
        match tree:
            case Num(value):
                if value.denominator == 1:
                    return str(value.numerator)
                sign = "-" if value < 0 else ""
                return f"{sign}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
            case Const(name):
                return CONSTANTS[name]
            case Extent(axis):
                return str(axis)
            case Index():
                return self.index(tree)
            case Entry():
                return self.entry(tree)
            case Add(terms):
                return self.terms(terms)
            case Mul(factors):
                return self.product(factors)
            case Pow(base, exponent):
                return self.power(base, exponent)
            case Call("exp", argument):
                return f"e^{{{self.of(argument)}}}"
            case Call(function, argument):
                return f"{_function(function)}\\left({self.of(argument)}\\right)"
            case Fold():
                return self.fold(tree)
        return self.other(tree)

    def other(self, tree: Tree) -> str:
        match tree:
            case Compare(operator, left, right):
                return f"{self.of(left)} {RELATIONS[operator]} {self.of(right)}"
            case Both(conditions):
                return ", ".join(map(self.of, conditions))
            case Truth(Compare("=", Index() as left, Index() as right)):
                return f"\\delta_{{{self.of(left)},{self.of(right)}}}"
            case Truth(condition):
                return f"\\mathbb{{1}}\\left[{self.of(condition)}\\right]"
            case Choice(rows):
                lines = [
                    f"{self.of(value)} & {self.of(c) if c else chr(92) + 'text{otherwise}'}"
                    for value, c in rows
                ]
                return "\\begin{cases}" + " \\\\ ".join(lines) + "\\end{cases}"
            case Matrix(kind, row, column, body, at):
                inside = f"[{self.of(body)}]_{{{self.index(row)}{self.index(column)}}}"
                if kind == "det":
                    return f"\\det{inside}"
                return f"({inside}^{{-1}})_{{{','.join(map(self.of, at))}}}"
            case Derivative(body, wrt):
                return f"\\frac{{\\partial}}{{\\partial {self.of(wrt)}}}{self.factor(body)}"
        raise TypeError(f"no LaTeX for {type(tree).__name__}")

    def index(self, index: Index) -> str:
        if index not in self.names:
            taken = set(self.names.values())
            name = index.letter
            while name in taken:
                name += "'"
            self.names[index] = name
        return self.names[index]

    def entry(self, tree: Entry) -> str:
        symbol = self.symbols.get(tree.symbol)
        if symbol is None:
            return tree.symbol
        at = [self.of(index) for index in tree.at]
        lower = [at.pop(0) if not isinstance(part, str) else part for part in symbol.sub]
        upper = [at.pop(0) if not isinstance(part, str) else part for part in symbol.sup]
        lower += at
        found = symbol.base
        found += f"_{{{','.join(lower)}}}" if lower else ""
        return found + (f"^{{{','.join(upper)}}}" if upper else "")

    def terms(self, terms: tuple[Tree, ...]) -> str:
        found = ""
        for term in terms:
            text = self.of(term)
            joint = "" if not found or text.startswith("-") else " + "
            found += joint + text
        return found

    def product(self, factors: tuple[Tree, ...]) -> str:
        below = [f.base for f in factors if _is_inverse(f) and isinstance(f, Pow)]
        above = [f for f in factors if not _is_inverse(f)]
        sign = ""
        if above and above[0] == MINUS_ONE:
            sign, above = "-", above[1:]
        text = self.joined(above) if above else "1"
        if below:
            text = f"\\frac{{{text}}}{{{self.joined(below)}}}"
        return sign + text

    def joined(self, factors: list[Tree]) -> str:
        if len(factors) == 1:
            return self.of(factors[0])
        found = []
        for place, factor in enumerate(factors):
            last = place == len(factors) - 1
            found.append(
                self.of(factor) if last and isinstance(factor, Fold) else self.factor(factor)
            )
        return " \\, ".join(found)

    def factor(self, tree: Tree) -> str:
        text = self.of(tree)
        if isinstance(tree, Add | Fold | Derivative) or text.startswith("-"):
            return f"\\left({text}\\right)"
        return text

    def power(self, base: Tree, exponent: Tree) -> str:
        if isinstance(exponent, Num) and exponent.value == -1:
            return f"\\frac{{1}}{{{self.of(base)}}}"
        if (
            isinstance(exponent, Num)
            and exponent.value.denominator == 2
            and exponent.value.numerator == 1
        ):
            return f"\\sqrt{{{self.of(base)}}}"
        inside = self.of(base)
        plain = isinstance(base, Num | Const) or (isinstance(base, Entry) and "^" not in inside)
        return f"{inside if plain else _bracketed(inside)}^{{{self.of(exponent)}}}"

    def fold(self, tree: Fold) -> str:
        sign = {"sum": "\\sum", "prod": "\\prod"}.get(tree.kind, f"\\{tree.kind}")
        name = self.index(tree.index)
        limits = f"_{{{name}={tree.index.axis.start}}}^{{{_stop(tree.index)}}}"
        if tree.condition is not None:
            limits = f"_{{{name}:\\,{self.of(tree.condition)}}}"
        body = self.of(tree.body)
        if isinstance(tree.body, Add) or body.startswith("-"):
            body = _bracketed(body)
        return f"{sign}{limits} {body}"


def _stop(index: Index) -> str:
    axis = index.axis
    return (
        (axis.base + (f"{axis.offset:+d}" if axis.offset else ""))
        if axis.base
        else str(axis.offset)
    )


def _bracketed(text: str) -> str:
    return f"\\left({text}\\right)"


def _is_inverse(tree: Tree) -> bool:
    return isinstance(tree, Pow) and isinstance(tree.exponent, Num) and tree.exponent.value == -1


def _function(name: str) -> str:
    plain = name.removeprefix("smooth ")
    if plain in ("log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp"):
        return f"\\{plain}"
    if plain == "logistic":
        return "\\sigma"
    return (
        plain if len(plain.rstrip("'")) == 1 or plain.startswith("\\") else f"\\mathrm{{{plain}}}"
    )
