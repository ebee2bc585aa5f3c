"""Hours whose answers were worse than they may be, and the query that took longest of each sampled request."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0024_reports'),
    ]

    operations = [
        migrations.AddField(
            model_name='requestsample',
            name='longest_milliseconds',
            field=models.FloatField(db_default=0),
        ),
        migrations.AddField(
            model_name='requestsample',
            name='slow_query',
            field=models.CharField(blank=True, db_default='', max_length=400),
        ),
        migrations.CreateModel(
            name='AnswerAlert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('endpoint', models.CharField(max_length=160)),
                ('figure', models.CharField(choices=[('p50', 'P50'), ('p95', 'P95'), ('p99', 'P99'), ('slow_share', 'with a query over 100 ms'), ('kept_share', 'kept'), ('failed_share', 'failed')], max_length=12)),
                ('hour', models.DateTimeField()),
                ('value', models.FloatField()),
                ('bound', models.FloatField()),
                ('requests', models.PositiveIntegerField()),
                ('query', models.CharField(blank=True, max_length=400, verbose_name='slow query')),
                ('over_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'alert',
                'constraints': [models.UniqueConstraint(fields=('endpoint', 'figure', 'hour'), name='core_answeralert_once_an_hour'), models.UniqueConstraint(condition=models.Q(('over_at', None)), fields=('endpoint', 'figure'), name='core_answeralert_one_open'), models.CheckConstraint(condition=models.Q(('over_at__gt', models.F('hour'))), name='core_answeralert_over_after_its_hour')],
            },
        ),
    ]
