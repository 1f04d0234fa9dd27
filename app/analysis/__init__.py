"""What a text means: its language, sentiment, urgency, operational problem, risk, intent and whether it wants an answer.

Pure judges without tables: a text and a lexicon in, a frozen ``Judgement`` out, with the words that caused it. It decides nothing:
how much a mention matters is ``app.priority``, who gets it is ``app.routing``. The word lists are data in ``routing_rules/words``.
Next: ``judge`` (the one entry), ``words`` (loading the lists), ``model`` (what comes out).
"""
