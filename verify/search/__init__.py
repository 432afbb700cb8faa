"""One claim → counterexample: small-scope enumeration, drawn test cases, and the minimiser."""
