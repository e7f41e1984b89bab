"""The calls: what rang, what was said, what Azure told us. Nothing here is editable."""
