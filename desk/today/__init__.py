"""The home page: the day in numbers, what is wrong, the calls under way, the switch."""
