"""What patients hear and what is understood: read, changed, approved, tried out."""
