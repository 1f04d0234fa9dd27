"""Who said it: customers, their identities on the networks, their fields from the CRM, value tier and author class.

Not what they said (``app.mentions``) nor what it is worth answering first (``app.priority``). ``store`` answers for intake
and pages, ``planning`` decides what a CRM row changes, ``changes`` writes it; ``value``, ``classify`` and ``candidates`` judge.
The guide for people who import is ``docs/customers.md``.
"""
