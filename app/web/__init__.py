"""Pages for people: one file per screen, the shell around them, and the live socket that keeps them true.

Pages ask queries and call actions; they know no table and decide nothing. Programs use ``app.api``. Next: ``table``.
"""
