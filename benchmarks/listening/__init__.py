"""Who took the call, told from the words of the greeting: how often right, beside word counting."""
