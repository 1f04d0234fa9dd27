"""Where several domains meet to be judged: what the desk knows at one moment, Facts and score of a case, what a decision changes,
how a draft stands. It reads and decides; it never writes. Actions carry out what it says, queries show it.
"""
