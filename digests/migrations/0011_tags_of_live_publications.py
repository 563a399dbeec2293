"""A publication that readers no longer see carries no tags, so that counting those of a tag reads no publication."""

from django.db import migrations, models

# The key of the table begins with the publication. This one gives how many carry a tag, and the newest of them.
INDEX = "CREATE INDEX digests_publication_tags_newest ON digests_publication_tags (tag_id, publication_id)"
DROP = "DROP INDEX digests_publication_tags_newest"


def untie(apps, _schema_editor):
    through = apps.get_model("digests", "Publication").tags.through
    through.objects.filter(publication__is_live=False).delete()


class Migration(migrations.Migration):
    dependencies = [("digests", "0010_undo_is_for_everything")]
    operations = [
        migrations.AddIndex(model_name="publication", index=models.Index(fields=["slug"], name="publication_slug")),
        migrations.RunPython(untie, migrations.RunPython.noop),
        migrations.RunSQL(INDEX, DROP),
    ]
