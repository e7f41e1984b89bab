"""What is wrong or missing in the data, and the way to mend it."""
