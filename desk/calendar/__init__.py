"""The days of a clinic at a glance, and visits moved from one time to another."""
