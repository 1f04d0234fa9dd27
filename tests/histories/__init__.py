"""Random histories: real actions on a real database, in any order, held against a small model that knows none of the desk's code.

Start at ``model`` (what must be so), ``played`` (the deeds, each done to the desk and to the model), ``laws`` (what holds of the rows and
the log after any history). ``walk`` goes long ways without Hypothesis; the regressions that came of all this stand beside the actions.
"""
