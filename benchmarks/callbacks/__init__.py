"""Azure says that somebody picked up: how soon does the next question leave, beside a floor."""
