"""What threads are narrowed by, for the comments that were there before."""

from itertools import batched

from django.db import migrations
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from digests import markup, plaintext

BATCH = 500


def fill(apps, _schema_editor):
    comments = apps.get_model("digests", "Comment").objects
    rows = comments.filter(words="").order_by("pk").values_list("pk", "author", "content")
    for some in batched(rows.iterator(chunk_size=BATCH), BATCH):
        comments.bulk_update([filled(comments.model, *row) for row in some], ["words", "length"])
    replies = comments.filter(parent=OuterRef("pk")).order_by().values("parent").annotate(count=Count("pk"))
    comments.update(reply_count=Coalesce(Subquery(replies.values("count"), output_field=IntegerField()), 0))


def filled(model, pk, author, content):
    text = markup.to_text(markup.from_json(content))
    words = f"{plaintext.folded(' '.join(author.split()))}\n{plaintext.folded(text)}"
    return model(pk=pk, words=words, length=len(text))


class Migration(migrations.Migration):
    dependencies = [("digests", "0003_newsroom")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
