import digests.models.digests
import digests.sources.contract
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Tag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
            ],
            options={
                'verbose_name': 'tag',
                'verbose_name_plural': 'tags',
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('native_id', models.CharField(max_length=60)),
                ('position', models.PositiveIntegerField()),
                ('rank', models.PositiveIntegerField()),
                ('depth', models.PositiveSmallIntegerField()),
                ('author', models.CharField(blank=True, max_length=200)),
                ('posted_at', models.DateTimeField()),
                ('body', models.TextField(blank=True)),
                ('content', models.JSONField(blank=True, default=list)),
                ('links', models.JSONField(blank=True, default=list)),
                ('state', models.CharField(choices=[('live', 'Live'), ('deleted', 'Deleted'), ('dead', 'Dead'), ('flagged', 'Flagged')], default='live', max_length=10)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='replies', to='digests.comment')),
            ],
            options={
                'verbose_name': 'comment',
                'verbose_name_plural': 'comments',
            },
        ),
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=120, unique=True, validators=[django.core.validators.RegexValidator('^[a-z0-9][a-z0-9_-]*$', 'Use lower-case letters, digits, _ and - only.')])),
                ('headline', models.CharField(blank=True, max_length=300)),
                ('lead', models.TextField(blank=True)),
                ('date', models.DateField()),
                ('tags', models.JSONField(blank=True, default=list)),
                ('thumbnail', models.CharField(blank=True, max_length=300)),
                ('source_url', models.CharField(blank=True, max_length=2000, validators=[digests.models.digests.check_web_address])),
                ('article_url', models.CharField(blank=True, max_length=2000, validators=[digests.models.digests.check_web_address])),
                ('version', models.PositiveIntegerField(default=1)),
                ('changes', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'digest',
                'verbose_name_plural': 'digests',
            },
        ),
        migrations.CreateModel(
            name='Quote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('native_id', models.CharField(blank=True, max_length=60)),
                ('position', models.PositiveIntegerField()),
                ('author', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField()),
                ('text', models.TextField(blank=True)),
                ('color', models.CharField(blank=True, max_length=7)),
                ('version', models.PositiveIntegerField(default=1)),
                ('comment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='quotes', to='digests.comment')),
                ('digest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='quotes', to='digests.digest')),
            ],
            options={
                'verbose_name': 'quote',
                'verbose_name_plural': 'quotes',
            },
        ),
        migrations.CreateModel(
            name='Fold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.PositiveIntegerField()),
                ('label', models.CharField(max_length=200)),
                ('first', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='fold', to='digests.quote')),
            ],
            options={
                'verbose_name': 'fold',
                'verbose_name_plural': 'folds',
            },
        ),
        migrations.CreateModel(
            name='Publication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('succeeded', 'Published'), ('failed', 'Failed')], max_length=10)),
                ('is_live', models.BooleanField(default=False)),
                ('digest_changes', models.PositiveIntegerField()),
                ('slug', models.CharField(max_length=120)),
                ('headline', models.CharField(blank=True, max_length=300)),
                ('lead', models.TextField(blank=True)),
                ('date', models.DateField()),
                ('quote_count', models.PositiveIntegerField()),
                ('document', models.JSONField()),
                ('error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('digest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='publications', to='digests.digest')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('tags', models.ManyToManyField(blank=True, related_name='publications', to='digests.tag')),
            ],
            options={
                'verbose_name': 'publication',
                'verbose_name_plural': 'publications',
            },
        ),
        migrations.CreateModel(
            name='Thread',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=30)),
                ('native_id', models.CharField(max_length=60)),
                ('url', models.URLField(max_length=2000)),
                ('title', models.CharField(max_length=500)),
                ('article_url', models.URLField(blank=True, max_length=2000)),
                ('author', models.CharField(blank=True, max_length=200)),
                ('posted_at', models.DateTimeField()),
                ('points', models.IntegerField(blank=True, null=True)),
                ('body', models.TextField(blank=True)),
                ('content', models.JSONField(blank=True, default=list)),
                ('order', models.CharField(choices=[('ranked', "The site's own order"), ('time', 'By time')], max_length=10)),
                ('notes', models.JSONField(blank=True, default=list)),
                ('expected_count', models.PositiveIntegerField(blank=True, null=True)),
                ('comment_count', models.PositiveIntegerField(default=0)),
                ('live_count', models.PositiveIntegerField(default=0)),
                ('fetched_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'thread',
                'verbose_name_plural': 'threads',
                'indexes': [models.Index(fields=['-fetched_at', '-id'], name='thread_newest')],
                'constraints': [models.UniqueConstraint(fields=('source', 'native_id'), name='thread_once_per_source'), models.CheckConstraint(condition=models.Q(('order__in', digests.sources.contract.ThreadOrder)), name='thread_order_known'), models.CheckConstraint(condition=models.Q(('live_count__lte', models.F('comment_count'))), name='thread_live_of_all')],
            },
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=2000)),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='queued', max_length=10)),
                ('cancel_requested', models.BooleanField(default=False)),
                ('done_count', models.PositiveIntegerField(default=0)),
                ('expected_count', models.PositiveIntegerField(blank=True, null=True)),
                ('marked_id', models.CharField(blank=True, max_length=60)),
                ('error_code', models.CharField(blank=True, max_length=40)),
                ('error_detail', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('requested_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                ('thread', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='import_runs', to='digests.thread')),
            ],
            options={
                'verbose_name': 'import',
                'verbose_name_plural': 'imports',
            },
        ),
        migrations.AddField(
            model_name='digest',
            name='thread',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='digests', to='digests.thread'),
        ),
        migrations.AddField(
            model_name='comment',
            name='thread',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='digests.thread'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.UniqueConstraint(fields=('digest', 'position'), name='quote_one_per_position'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('color', ''), ('color__regex', '^#[0-9a-f]{6}$'), _connector='OR'), name='quote_color_is_hex_or_none'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='quote_version_from_one'),
        ),
        migrations.AddConstraint(
            model_name='fold',
            constraint=models.CheckConstraint(condition=models.Q(('size__gte', 1)), name='fold_never_empty'),
        ),
        migrations.AddIndex(
            model_name='publication',
            index=models.Index(condition=models.Q(('is_live', True)), fields=['-date', '-digest'], name='publication_live_newest'),
        ),
        migrations.AddIndex(
            model_name='publication',
            index=models.Index(condition=models.Q(('withdrawn_at__isnull', False)), fields=['-withdrawn_at'], name='publication_withdrawn'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.UniqueConstraint(condition=models.Q(('is_live', True)), fields=('digest',), name='publication_one_live'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.UniqueConstraint(condition=models.Q(('is_live', True)), fields=('slug',), name='publication_live_slug_once'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(('is_live', False), models.Q(('state', 'succeeded'), ('withdrawn_at', None)), _connector='OR'), name='publication_live_succeeded'),
        ),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), models.Q(('error', ''), _negated=True)), models.Q(('error', ''), ('state', 'succeeded')), _connector='OR'), name='publication_failed_says_why'),
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(fields=['-created_at', '-id'], name='import_newest'),
        ),
        migrations.AddConstraint(
            model_name='importrun',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'done'), models.Q(models.Q(('state', 'done'), _negated=True), ('thread', None)), _connector='OR'), name='import_thread_only_when_done'),
        ),
        migrations.AddConstraint(
            model_name='importrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), models.Q(('error_code', ''), _negated=True)), models.Q(models.Q(('state', 'failed'), _negated=True), ('error_code', '')), _connector='OR'), name='import_error_only_when_failed'),
        ),
        migrations.AddIndex(
            model_name='digest',
            index=models.Index(fields=['-date', '-id'], name='digest_newest'),
        ),
        migrations.AddConstraint(
            model_name='digest',
            constraint=models.CheckConstraint(condition=models.Q(('slug__regex', '^[a-z0-9][a-z0-9_-]*$')), name='digest_slug_plain'),
        ),
        migrations.AddConstraint(
            model_name='digest',
            constraint=models.CheckConstraint(condition=models.Q(('changes__gte', 1), ('version__gte', 1)), name='digest_counts_from_one'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.UniqueConstraint(fields=('thread', 'native_id'), name='comment_once_per_thread'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.UniqueConstraint(fields=('thread', 'position'), name='comment_one_per_position'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.UniqueConstraint(fields=('parent', 'rank'), name='comment_one_per_rank'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.UniqueConstraint(condition=models.Q(('parent', None)), fields=('thread', 'rank'), name='comment_one_per_root_rank'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('depth', 0), ('parent', None)), models.Q(('depth__gt', 0), ('parent__isnull', False)), _connector='OR'), name='comment_depth_fits_parent'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', digests.sources.contract.CommentState)), name='comment_state_known'),
        ),
    ]
