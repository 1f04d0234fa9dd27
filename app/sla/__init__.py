"""By when an answer is due: targets, calendars, and the clocks that run against them.

A clock is a list of intervals, so a pause, another target or another calendar can always be worked out anew. This package
only says *when*; arming timers, telling people and escalating are the actions' work, how well it went is
``app.measures``. Start at ``model``; ``calendar`` is the arithmetic of business time, ``clock`` the moves of one clock.
"""
