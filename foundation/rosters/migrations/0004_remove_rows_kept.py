from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rosters", "0003_carry_rows_over")]

    operations = [migrations.RemoveField("rosterimport", "rows_kept")]
