from django.db import migrations

MAKE = """
CREATE UNLOGGED TABLE core_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX core_cache_expires ON core_cache (expires);
"""


class Migration(migrations.Migration):
    """What all workers must agree on and a crash may forget; of the shape that Django's DatabaseCache reads."""

    dependencies = [("core", "0010_token_families")]
    operations = [migrations.RunSQL(MAKE, "DROP TABLE core_cache")]
