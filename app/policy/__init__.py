"""What may be said: versioned policies with their checklists, approvals by a second person, and the checks on a draft's text.

A policy is a Markdown file; each change of it becomes an immutable version, and every answer names the version it was
given under. Not a place for who has which role (``app.core.roles``) or for legal matters (``app.escalation``). Start at
``gate``, which says whether an answer may leave; ``text_checks`` reads a draft while it is typed; ``parse`` reads the files.
"""
