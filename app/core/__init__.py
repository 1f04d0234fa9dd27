"""The vocabulary every other package shares: typed ids, the clock port, errors, event kinds, Facts, roles, settings.

Pure: no database, no network, no framework beyond pydantic. Not a place for anything that only one domain uses.
Next: ``app.engine`` for the plumbing built on it.
"""
