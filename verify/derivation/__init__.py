"""A derivation: chains of displayed equations, a verdict for each `=`, and repairs."""
