"""The verbs: the only writers. One verb a file: check, then do, in one transaction that ends with its events.

An action takes the ports, who asks, and plain values; it returns a frozen result. What to do is decided by the judges of
the domains; an action never decides by itself. Called twice, each says in its docstring what happens the second time.
"""
