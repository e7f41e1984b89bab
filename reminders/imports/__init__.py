"""Files of other systems: a table is read, mapped, compared (the dry run), then applied.

``tables`` -> ``columns`` -> ``cells`` -> ``visits | stops | consents`` -> ``jobs``. What a line
would change is written down as an ``ImportRow``; applying takes those rows in chunks. A chunk
is one transaction with its plan and its progress, so a crash leaves whole chunks and the job
is taken up where it stopped; and a caller on the line never waits for more than one chunk.
"""
