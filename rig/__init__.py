"""Machinery that runs real desks for tests, benches and faults: a PostgreSQL cluster of one's own, processes, proxies, senders.

It starts, cuts, freezes and ends things, and judges nothing: what must hold is said by those who use it. Start at ``cluster``.
"""
