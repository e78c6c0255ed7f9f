from django.db import migrations, models

from foundation.audit.append_only import AppendOnly


def note_those_there_are(apps, schema_editor):
    """What was handed in before, as it is now; a staged file is noted when it is handed in."""
    document = apps.get_model("documents", "Document")._meta.db_table
    staged = apps.get_model("documents", "StagedFile")._meta.db_table
    kept = apps.get_model("documents", "KeptFile")._meta.db_table
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {kept} (document_id, sha256, size, kept_at) "
            f"SELECT d.id, d.sha256, d.size, d.uploaded_at FROM {document} d "
            f"LEFT JOIN {staged} s ON s.document_id = d.id WHERE s.document_id IS NULL ORDER BY d.id"  # nosec B608 # our own names only
        )


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0003_pages"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("document_id", models.BigIntegerField(unique=True, verbose_name="文件编号")),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField(verbose_name="大小（字节）")),
                ("kept_at", models.DateTimeField(verbose_name="提交时间")),
            ],
            options={
                "verbose_name": "文件摘要",
                "verbose_name_plural": "文件摘要",
            },
        ),
        migrations.RunPython(note_those_there_are, migrations.RunPython.noop),
        AppendOnly("documents_keptfile"),
    ]
