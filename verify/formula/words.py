"""The words of LaTeX that formulas are made of: what each command is, for the lexer."""

import re

GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "vartheta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "varpi",
        "rho",
        "varrho",
        "sigma",
        "varsigma",
        "tau",
        "upsilon",
        "phi",
        "varphi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Pi",
        "Sigma",
        "Upsilon",
        "Phi",
        "Psi",
        "Omega",
        "ell",
        "hbar",
        "imath",
        "jmath",
        "Re",
        "Im",
        "infty",
        "top",
        "prime",
        "partial",
        "nabla",
        "bigtriangledown",
        "triangledown",
        "intercal",
        "dagger",
        "star",
        "ast",
        "circ",
        "odot",
        "bullet",
    ]
)
# Functions, by every name that pages give them, with or without a backslash.
FUNCTIONS = {
    "exp": "exp", "log": "log", "ln": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos",
    "tan": "tan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arctan": "arctan",
    "atan": "arctan", "max": "max", "min": "min", "abs": "abs", "sign": "sign", "sgn": "sign",
    "diag": "diag", "tr": "trace", "Tr": "trace", "trace": "trace", "det": "det",
    "sigmoid": "logistic", "logistic": "logistic", "softplus": "softplus", "relu": "relu",
    "ReLU": "relu", "erf": "erf", "softmax": "softmax", "digamma": "digamma",
    "logdet": "logdet", "vec": "vec", "sech": "sech",
}  # fmt: skip
ACCENTS = frozenset(
    [
        "hat",
        "bar",
        "tilde",
        "vec",
        "widehat",
        "widetilde",
        "overline",
        "underline",
        "dot",
        "ddot",
        "mathbf",
        "boldsymbol",
        "bm",
        "mathcal",
        "mathbb",
        "mathit",
        "mathsf",
        "mathfrak",
        "mathscr",
        "pmb",
        "cal",
        "bf",
        "it",
        "sf",
        "breve",
        "check",
        "underbrace",
        "overbrace",
    ]
)
UPRIGHT = frozenset(
    ["mathrm", "text", "textrm", "textbf", "textit", "mbox", "operatorname", "rm", "textnormal"]
)
# Dropped, with the number of braced arguments that go with them.
DROPPED = {
    "left": 0, "right": 0, "big": 0, "Big": 0, "bigg": 0, "Bigg": 0, "bigl": 0, "bigr": 0,
    "Bigl": 0, "Bigr": 0, "biggl": 0, "biggr": 0, "Biggl": 0, "Biggr": 0, "middle": 0,
    "displaystyle": 0, "textstyle": 0, "limits": 0, "nolimits": 0, "nonumber": 0, "notag": 0,
    "boxed": 0, "mathop": 0, "mathrel": 0, "mathbin": 0, "color": 1, "textcolor": 1, "tag": 1,
    "label": 1, "phantom": 1, "bigm": 0, "therefore": 0, "because": 0, "mathstrut": 0, "strut": 0,
    "noindent": 0, "hfill": 0, "bf": 0, "colorbox": 1, "hline": 0, "quad": 0, "qquad": 0,
    "hspace": 1, "vspace": 1, "enspace": 0, "thinspace": 0,
}  # fmt: skip
WIDE = frozenset({"quad", "qquad", "hspace", "enspace"})
RELATIONS = {
    "=": "=", "\\equiv": "=", ":=": ":=", "\\coloneqq": ":=", "\\triangleq": ":=",
    "\\doteq": ":=", "\\neq": "!=", "\\ne": "!=", "\\leq": "<=", "\\le": "<=", "\\leqslant": "<=",
    "\\geq": ">=", "\\ge": ">=", "\\geqslant": ">=", "<": "<", ">": ">", "\\lt": "<", "\\gt": ">",
    "\\in": "in", "\\notin": "notin", "\\approx": "~", "\\simeq": "~", "\\sim": "~",
    "\\propto": "~", "\\to": "->", "\\rightarrow": "->", "\\Rightarrow": "=>",
    "\\implies": "=>", "\\iff": "=>", "\\Leftrightarrow": "=>", "\\leftarrow": "<-", "\\succ": ">>",
    "\\prec": "<<", "\\ll": "~", "\\gg": "~", "\\mapsto": "->", "\\Longrightarrow": "=>",
}  # fmt: skip
TIMES = {
    "\\cdot": "\\cdot", "\\times": "\\times", "*": "*", "\\ast": "*", "\\odot": "\\odot",
    "\\circ": "\\circ", "\\otimes": "\\otimes", "\\bullet": "\\cdot", "·": "\\cdot", "×": "\\times",
    "\\oslash": "\\oslash", "⊙": "\\odot", "∗": "*", "\\star": "*",
}  # fmt: skip
BIG = {"\\sum": "sum", "\\prod": "prod", "\\int": "int", "\\bigcup": "cup", "∑": "sum", "∏": "prod"}
OPENING = {
    "(": ")", "[": "]", "\\{": "\\}", "\\lbrace": "\\}", "\\langle": "\\rangle", "⟨": "\\rangle",
    "\\lgroup": "\\rgroup", "\\lbrack": "]", "\\lvert": "\\rvert", "\\lVert": "\\rVert",
    "\\lfloor": "\\rfloor", "\\lceil": "\\rceil",
}  # fmt: skip
CLOSING = {
    ")": ")", "]": "]", "\\}": "\\}", "\\rbrace": "\\}", "\\rangle": "\\rangle", "⟩": "\\rangle",
    "\\rgroup": "\\rgroup", "\\rbrack": "]", "\\rvert": "\\rvert", "\\rVert": "\\rVert",
    "\\rfloor": "\\rfloor", "\\rceil": "\\rceil",
}  # fmt: skip
DOTS = frozenset({"\\dots", "\\ldots", "\\cdots", "...", "…", "\\vdots", "\\ddots"})
UNICODE = {
    "−": "-", "–": "-", "—": "-", "′": "'", "’": "'", "∂": "\\partial", "∇": "\\nabla",
    "≤": "\\leq", "≥": "\\geq", "≠": "\\neq", "∈": "\\in", "∞": "\\infty", "⊤": "\\top",
    "‖": "\\|", "∥": "\\|", "α": "\\alpha", "β": "\\beta", "γ": "\\gamma", "δ": "\\delta",
    "ε": "\\epsilon", "ϵ": "\\epsilon", "ζ": "\\zeta", "η": "\\eta", "θ": "\\theta",
    "κ": "\\kappa", "λ": "\\lambda", "μ": "\\mu", "ν": "\\nu", "ξ": "\\xi", "π": "\\pi",
    "ρ": "\\rho", "σ": "\\sigma", "τ": "\\tau", "φ": "\\phi", "ϕ": "\\phi", "χ": "\\chi",
    "ψ": "\\psi", "ω": "\\omega", "Γ": "\\Gamma", "Δ": "\\Delta", "Θ": "\\Theta", "Λ": "\\Lambda",
    "Σ": "\\Sigma", "Φ": "\\Phi", "Ψ": "\\Psi", "Ω": "\\Omega", "ℓ": "\\ell",
}  # fmt: skip

SCAN = re.compile(
    r"""
    (?P<space>\s+|~|%[^\n]*|\\[,;:!>]|\\\ |\\(?=\n))
  | (?P<prime>\\?'+)
  | (?P<rowsep>\\\\(\s*\[[^\]\n]{0,20}\])?|\\cr(?![a-zA-Z])|\\newline(?![a-zA-Z]))
  | (?P<env>\\(begin|end)\s*\{\s*(?P<envname>[a-zA-Z]+\*?)\s*\})
  | (?P<command>\\[a-zA-Z]+|\\[{}|])
  | (?P<number>\d+(?:\.\d+)?|\.\d+)
  | (?P<word>[A-Za-z]+)
  | (?P<dots>\.\.\.|…)
  | (?P<assign>:=|≡)
  | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
# Upright words that stand for one symbol, as \mathrm{loss}; \text is prose unless declared.
LETTERS = frozenset({"mathrm", "operatorname", "rm"})
