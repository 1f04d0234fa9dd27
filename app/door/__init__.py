"""Who may come in: one deny-by-default route table for HTTP and sockets, sessions, tokens, CSRF, and errors as answers.

``web`` and ``api`` hang their handlers into it; it knows no page and no case. Start at ``entry`` and ``guard``.
"""
