"""Clocks and loops: take mentions out of the intake, let answers out, fire timers, give cases out and back, seal the ledger.

Each calls actions only. ``supervise`` starts and stops them. Duties of which there may be one at a time are leased, so any number of
processes may run.
"""
