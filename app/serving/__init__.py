"""How a process of the desk lives and ends: it serves until it is told to stop, and then goes in order and in time.

``stopper`` hears the signals and keeps the time, ``server`` is the web server around it. What is served is put together in ``main``.
"""
