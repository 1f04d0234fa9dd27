"""The questions: one file per screen, each answers with frozen records and writes nothing.

A query takes the ports and who asks, checks the permission before any data exists, and reads one snapshot. What the
records mean is decided by the domains' judges; how they look is the templates' affair.
"""
