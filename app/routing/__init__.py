"""Who should have it: rule sets in YAML, their versions, and the decision they reach for one snapshot of Facts.

Everything but ``tables`` and the stores is pure: text goes through ``parse``, ``lint`` and ``examples`` (``check`` runs the
three), ``compile`` turns the rules into one fast function, ``decide`` gives a Decision with its trace, ``explain`` says it
in words. ``emit`` edits the YAML text and keeps its comments. Not here: acting on a decision (``app.actions``), the cases
themselves (``app.cases``), how much a mention matters (``app.priority``). The language is described in ``docs/rules.md``.
"""
