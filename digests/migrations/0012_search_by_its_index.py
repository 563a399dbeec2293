"""PostgreSQL counts what lies outside of a row as free, and would read the pieces of every digest: not so here."""

from django.db import migrations

HAVING = """CREATE FUNCTION digests_searchindex_having(text[]) RETURNS SETOF bigint LANGUAGE sql STABLE
    SET enable_seqscan = off AS $$ SELECT rowid FROM digests_searchindex WHERE pieces @> $1 $$"""


def make(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(HAVING)


def drop(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION digests_searchindex_having")


class Migration(migrations.Migration):
    dependencies = [("digests", "0011_tags_of_live_publications")]
    operations = [migrations.RunPython(make, drop)]
