"""A province-sized season made by sets of rows, for trying dashboards and lists at size; development only.

The rest of this floor writes through operations. At a million vouchers that would take days, so these rows are inserted
as sets, in the shape that operations leave; ``reconcile`` is the judge of it (docs/adr/0029).
"""
