"""Earshot, a real-time social engagement desk.

One mention travels through the packages in this order: ``channels`` (it arrives), ``mentions`` (it is stored once),
``analysis`` (what it means), ``customers`` (who said it), ``priority`` (how much it matters), ``routing`` (who should
have it), ``cases`` (the work), ``sla`` (by when), ``policy`` and ``escalation`` (what may be said), and back out
through ``channels``. ``actions`` are the only writers, ``queries`` the only readers for screens. Start at
``docs/architecture.md``.
"""
