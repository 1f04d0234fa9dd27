"""What was said, by whom, where, and every edit and deletion at the source.

Stored once per (network, instance, external id). What it means is ``analysis``; the work it makes is ``cases``.
"""
