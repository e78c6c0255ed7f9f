"""The 18 participating cities of Guangdong with their districts (G1)."""

from django.db import migrations

from foundation.regions.tables import guangdong_rows


def load(apps, schema_editor):
    City = apps.get_model("regions", "City")
    District = apps.get_model("regions", "District")
    rows = guangdong_rows()
    made = {
        row["city_code"]: City(code=row["city_code"], name=row["city_name"], slug=row["city_slug"])
        for row in rows
    }
    City.objects.bulk_create(made.values())
    cities = {city.code: city for city in City.objects.all()}
    District.objects.bulk_create(
        District(city=cities[row["city_code"]], code=row["district_code"], name=row["district_name"])
        for row in rows
    )


class Migration(migrations.Migration):
    dependencies = [("regions", "0001_initial")]

    # Going back leaves the rows: others may point to them, and 0001 drops the tables anyway.
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
