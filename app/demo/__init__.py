"""The demo workspace: an invented outdoor shop, its customers, its desk and twenty-odd minutes of what people say to it.

Written by hand so that a new desk is alive at once and shows every kind of work: four languages, ten networks, threads,
an outage, threats, praise and noise. Every person, company, order and address in it is invented; hosts end in ``.example``
and no password is kept here. It only reads its own files: it writes nothing and knows no database. Not test data for the
judges either; the marks say what the writer meant, not what a judge must find. Next: ``app.demo.stream``.
"""
