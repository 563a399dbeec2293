"""The index of what can be searched, in each database's own kind of table."""

from django.db import migrations

SQLITE = (
    # Pieces are written as words of letters alone, so the simplest tokenizer does; which row holds them is all we ask.
    "CREATE VIRTUAL TABLE digests_searchindex USING fts5(pieces, detail=none, columnsize=0, tokenize='ascii')",
    """CREATE TRIGGER digests_searchentry_gone AFTER DELETE ON digests_searchentry
       BEGIN DELETE FROM digests_searchindex WHERE rowid = old.publication_id; END""",
)
POSTGRESQL = (
    # A trigger and no foreign key: a test that empties the database truncates the tables that it knows.
    "CREATE TABLE digests_searchindex (rowid bigint PRIMARY KEY, pieces text[] NOT NULL)",
    "CREATE INDEX digests_searchindex_pieces ON digests_searchindex USING gin (pieces)",
    """CREATE FUNCTION digests_searchentry_gone() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN DELETE FROM digests_searchindex WHERE rowid = old.publication_id; RETURN old; END $$""",
    """CREATE TRIGGER digests_searchentry_gone AFTER DELETE ON digests_searchentry
       FOR EACH ROW EXECUTE FUNCTION digests_searchentry_gone()""",
)


def make(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER digests_searchentry_gone")
    else:
        schema_editor.execute("DROP FUNCTION digests_searchentry_gone CASCADE")
    schema_editor.execute("DROP TABLE digests_searchindex")


class Migration(migrations.Migration):
    dependencies = [("digests", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
