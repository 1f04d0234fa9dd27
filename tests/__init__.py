"""Earshot's tests: one folder per package of ``app``, the rules of the house in ``house``, the figures in ``bench``.

They use the real database, a clock that is set by hand and the replay channel; nothing of ours is mocked and nothing sleeps.
"""
