"""``folded(text)``: without capitals and accents, for searching and sorting. gymsite.core.search.fold says the same."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models

import gymsite.core.search

# Built-in functions alone, so that a restore needs no search_path for it; not STRICT, so that it's inlined.
FOLDED = r"""
CREATE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN octet_length($1) = char_length($1) THEN lower($1)
ELSE translate(
    replace(replace(replace(lower(normalize($1, NFKD)), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
    'øđðħıłŧςё' || U&'\0300\0301\0302\0303\0304\0306\0307\0308\0309\030A\030B\030C\031B\0323\0326\0327\0328',
    'oddhiltσе'
) END
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0016_amounts_as_typed")]

    operations = [
        migrations.RunSQL(FOLDED, "DROP FUNCTION folded(text)"),
        migrations.RemoveIndex("user", "core_user_search"),
        migrations.AddIndex(
            "user",
            GinIndex(
                OpClass(
                    gymsite.core.search.folded("first_name", "last_name", "username", "email", "phone"),
                    "gin_trgm_ops",
                ),
                name="core_user_search",
            ),
        ),
        migrations.AlterModelOptions(
            name='branch',
            options={'ordering': [gymsite.core.search.Folded(models.F('name')), 'id'], 'verbose_name_plural': 'branches'},
        ),
    ]
