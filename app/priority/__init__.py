"""How much a mention matters: Facts in, a score of 0 to 100 out, as a sum of terms an agent can read, and its place in the queue.

Pure judges without tables; the weights are data in ``routing_rules/priority.yaml``. It does not read text (``app.analysis`` does)
and does not decide who answers (``app.routing``). Next: ``score`` (the terms), ``order`` (the queue key), ``weights`` (the data);
docs/priority.md gives the measurements.
"""
