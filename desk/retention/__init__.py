"""How long things are kept, and how a person is forgotten (R14)."""
