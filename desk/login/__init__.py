"""How staff sign in: password or their house's own login, and a second factor."""
