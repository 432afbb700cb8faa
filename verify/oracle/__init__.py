"""Where the reference derivative comes from: rungs that return values with error bounds."""
