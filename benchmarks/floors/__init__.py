"""What the same work costs without a product: written by hand, short enough to be attacked."""
