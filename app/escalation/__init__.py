"""Matters: what legal, the press office or a supervisor has to look at, with the frozen copy of what was said.

A matter hangs on a case and stands beside the case's own state; the hold that keeps answers in is a flag of the case. Not a
place for who may approve a reply (``app.policy``). Start at ``moves``, the state machine; ``frozen`` makes the evidence.
"""
