"""LaTeX as published → one typed tree, which is shown, differentiated and executed."""
