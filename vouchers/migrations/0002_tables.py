"""What the schema cannot say in models: append-only tables, and room in the page for mass updates."""

from django.db import migrations

from foundation.audit.append_only import AppendOnly


def leave_room(apps, schema_editor):
    """On PostgreSQL keep more than half of each page free, so that a sweep's new row versions stay in their page."""
    if schema_editor.connection.vendor == "postgresql":
        for table in ("vouchers_voucher", "vouchers_enterpriseallowance", "vouchers_demandshard"):
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = 45)")


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        AppendOnly("vouchers_ledgerentry"),
        AppendOnly("vouchers_allocation"),
        migrations.RunPython(leave_room, migrations.RunPython.noop),
    ]
