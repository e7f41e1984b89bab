"""Which systems are told, and how each message went."""
