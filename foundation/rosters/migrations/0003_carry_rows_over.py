from __future__ import annotations

from collections import Counter

from django.db import migrations


def carry_over(apps, schema_editor):
    """The rows of earlier dry runs, with what they changed told in words."""
    RosterImport = apps.get_model("rosters", "RosterImport")
    RosterRow = apps.get_model("rosters", "RosterRow")
    for roster_import in RosterImport.objects.order_by("pk").iterator():
        rows = roster_import.rows_kept
        RosterRow.objects.bulk_create(
            [
                RosterRow(
                    roster_import=roster_import,
                    row=row["row"],
                    outcome=row["outcome"],
                    values=row["values"],
                    problems=row["problems"],
                    notes=[f"{header}：{was} → {is_}" for header, was, is_ in row["changes"]]
                    + row["notes"],
                )
                for row in rows
            ],
            batch_size=500,
        )
        roster_import.rows_total = roster_import.rows_done = len(rows)
        roster_import.counts = dict(Counter(row["outcome"] for row in rows))
        roster_import.save()


class Migration(migrations.Migration):
    dependencies = [("rosters", "0002_roster_rows")]

    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
