"""Making appointments: for whom, when, how often, and what will be called when."""
