"""Every fault of the suite in its short form, on both databases: that it runs to its end here and that its goal is met.

The figures that count come from ``make faults``; here a fault proves that it still breaks the desk and still counts.
"""
