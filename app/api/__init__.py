"""The JSON API v1: one file a resource, each a few thin handlers and the entries that hang them into the door's table.

A handler reads its input into a strict model, lets an action or query do the work in a thread, and writes the frozen record
it gets as JSON. It decides nothing and holds no SQL. ``table`` collects the entries, ``document`` makes the OpenAPI document
of them, ``errors`` gives whatever goes wrong the form of RFC 9457. The guide for its readers is ``docs/api.md``.
"""
