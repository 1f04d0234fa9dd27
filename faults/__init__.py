"""The fault suite: each fault breaks a real desk in one way and counts what was lost, doubled, late or silent.

Not a unit test and not a benchmark: it drives processes from outside with ``rig`` and judges what they left behind. Start at ``model``
(what a fault is); ``python -m faults`` runs them; ``docs/faults.md`` says how to read the table and how to add one.
"""
