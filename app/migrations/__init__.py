"""The schema's history, one file a step (``make migrate``).

Steps expand first and contract a version later, so that two versions run side by side.
"""
