"""The visits: their list, the page of one, and what staff change about them."""
