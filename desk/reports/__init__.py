"""How the calls went: by day, as rates, by language and sentiment, and what was heard."""
