"""Everybody due is rung: how many a second, beside the bare SDK; and what an idle look costs."""
