from django.db import migrations, models


def take_over(apps, schema_editor):
    """What published digests show: the picture that each document names, where it lies here.

    Sizes of uploaded ones are measured when they are first shown.
    """
    Publication = apps.get_model("digests", "Publication")
    SitePicture = apps.get_model("digests", "SitePicture")
    moved_in = {
        name: {"path": file, "width": width, "height": height}
        for name, file, width, height in SitePicture.objects.order_by("-pk").values_list(
            "name", "file", "width", "height"
        )
    }
    rows = Publication.objects.filter(is_live=True).values_list("pk", models.F("document__thumbnail"))
    for pk, thumbnail in list(rows):
        own = (thumbnail or "").startswith("thumbnails/") and thumbnail not in moved_in
        facts = {"path": thumbnail, "width": 0, "height": 0} if own else moved_in.get(thumbnail)
        if facts:
            Publication.objects.filter(pk=pk).update(picture=facts)


class Migration(migrations.Migration):
    dependencies = [
        ("digests", "0005_palette_state"),
    ]

    operations = [
        migrations.AddField(
            model_name="publication",
            name="picture",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
