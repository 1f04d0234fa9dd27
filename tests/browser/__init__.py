"""The pages in Chromium: how they look, and what a pushed frame may and may not do to what a person is reading, pointing at or typing.

The pages are rendered from sample records and served as files under the desk's own CSP; the socket is played frame by frame.
The whole desk in a browser is tried in tests/journeys.
"""
