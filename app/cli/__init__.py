"""The command line ``earshot …``: one file per group of commands, each a thin skin over actions and queries.

Here words are read from the terminal and sentences written to it; nothing is decided or written to the database past an action.
``app`` holds the table of commands and loads a group only when it is asked for; ``desk`` opens the database for one command.
"""
