"""The benchmark suite: each benchmark prints its figure, a reference measured in the same run, and their ratio.

Not a test of right or wrong, and not part of the desk: it drives the desk from outside, on a database of its own in a temporary
folder and over loopback only, and every load ends by itself. Start at ``__main__`` (which benchmarks there are) and ``figures``
(what each hands back); ``docs/performance.md`` says how to read the table.
"""
