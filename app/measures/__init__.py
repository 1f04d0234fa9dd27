"""How well the desk answers: response times, running tallies, the final-stage scorecard, spikes.

Each figure is defined once (``docs/measures.md``) and computed here only, so that wallboard, report and API cannot differ.
Not a place for what happened (that is the event log) or for when an answer is due (``app.sla``). ``store`` keeps two
tables whose reading costs as much as the window asked for; everything else is pure.
"""
