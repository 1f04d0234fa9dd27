"""Networks, in and out: what a mention must look like to come in, how an answer leaves, and what each network allows.

A channel is one account on one network together with the publisher its answers leave through. Not a place for what was
said (``app.mentions``) or for what may be said (``app.policy``); the text limits stand in ``networks`` as data and the
counting is done by the policy's text checks. Start at ``mention_in`` (in), ``port`` (out) and ``networks``.
"""
