"""Agents and everyone else who signs in: roles, skills, presence, sessions, tokens.

What a role may do is vocabulary (``app.core.roles``); who gets a case is ``app.cases.assign``. Next: ``model``.
"""
