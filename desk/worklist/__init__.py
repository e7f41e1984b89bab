"""The work list: what needs a human, whose it is, by when, and what came of it."""
