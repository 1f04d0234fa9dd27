"""The work item: one author in one thread. Its states and moves, who may take it, its notes, drafts and replies.

Deciding where a case goes is ``routing``; by when is ``sla``; what may be said is ``policy``. Next: ``model``, ``moves``.
"""
