"""The live stream of pages: one reader of the log per process turns news into fragments and hands them to each connection.

Start at ``feed`` (who gets what), ``providers`` (which regions a page has), ``socket`` (one connection).
"""
