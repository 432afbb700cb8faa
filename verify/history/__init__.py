"""What other runs found: their results read back, compared, known to be wrong, and replayed."""
