"""What the shop sells, by category, and what it cost when."""

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Cast, Round

from gymsite.core import money
from gymsite.core.models import APPEND_ONLY, bumps, refuses
from gymsite.core.search import Folded
from gymsite.core.search import index as search_index

RATING = models.DecimalField(max_digits=3, decimal_places=2, null=True)


# Kinds of which nothing is on sale: no part of the site hands it over yet.
NOT_DELIVERED = ("passes",)


class Category(models.Model):
    """A shelf of the shop. ``kind`` groups shelves, as a department does."""

    class Kind(models.TextChoices):
        NUTRITION = "nutrition", "Nutrition"
        CLOTHING = "clothing", "Clothing"
        EQUIPMENT = "equipment", "Equipment"
        RECOVERY = "recovery", "Recovery"
        ACCESSORIES = "accessories", "Accessories"
        PASSES = "passes", "Passes and gift cards"

    name = models.CharField(max_length=60)
    slug = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=11, choices=Kind.choices)
    summary = models.CharField(max_length=160, blank=True)
    picture = models.SlugField(
        max_length=40,
        blank=True,
        help_text="The drawing shown where a product has no picture.",
    )
    rank = models.PositiveSmallIntegerField(default=0, help_text="Low comes first.")

    class Meta:
        ordering = ["rank", "id"]
        verbose_name_plural = "categories"
        # queries.product_lists: products by kind of category
        indexes = [models.Index(fields=["kind", "rank"], name="catalog_category_kind")]
        triggers = [
            bumps("shop"),
            pgtrigger.Trigger(
                name="sells_what_is_delivered",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("kind"),
                func=f"""
                    IF NEW.kind = ANY(ARRAY{list(NOT_DELIVERED)}) AND EXISTS (
                        SELECT FROM catalog_product WHERE category_id = NEW.id AND status = 'on_sale'
                    ) THEN
                        RAISE EXCEPTION 'nothing of this kind is on sale yet'
                        USING ERRCODE = 'integrity_constraint_violation',
                            CONSTRAINT = 'catalog_category_sells_what_is_delivered';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """One thing on sale; amounts in minor units of ``currency``.

    ``rating_sum`` and ``review_count`` are those of published reviews, kept by the
    reviews' trigger. What is not ``tracks_stock`` (a pass, a gift card) never runs out
    and has no stock level; the database makes all others theirs.
    """

    class Status(models.TextChoices):
        ON_SALE = "on_sale", "On sale"
        WITHDRAWN = "withdrawn", "Withdrawn"

    TRANSITIONS = {
        Status.ON_SALE: {Status.WITHDRAWN},
        Status.WITHDRAWN: {Status.ON_SALE},
    }

    sku = models.CharField("SKU", max_length=20, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=80)
    maker = models.CharField(max_length=60, blank=True)
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="products", db_index=False
    )
    summary = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    keywords = models.CharField(
        max_length=200, blank=True, help_text="Other words that people search for."
    )
    status = models.CharField(
        max_length=9, choices=Status.choices, default=Status.ON_SALE
    )
    tracks_stock = models.BooleanField(default=True)
    price_minor = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    currency = models.CharField(
        max_length=3, default="GBP", validators=[money.check_currency]
    )
    rank = models.PositiveIntegerField(default=100, help_text="Low comes first.")
    rating_sum = models.IntegerField(default=0, db_default=0, editable=False)
    review_count = models.IntegerField(default=0, db_default=0, editable=False)
    rating = models.GeneratedField(
        expression=Case(
            When(
                review_count__gt=0,
                then=Round(
                    Cast(
                        "rating_sum",
                        models.DecimalField(max_digits=12, decimal_places=2),
                    )
                    / F("review_count"),
                    2,
                ),
            ),
            default=Value(None),
            output_field=RATING,
        ),
        output_field=RATING,
        db_persist=True,
    )
    # What "best rated" goes by, in hundredths: the mean as if five reviews of 3.5 stood
    # beside the product's own, so that a single five does not beat a hundred reviews of
    # 4.8.
    score = models.GeneratedField(
        expression=(F("rating_sum") * 100 + 1750) / (F("review_count") + 5),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    search = models.GeneratedField(
        expression=SearchVector(
            Folded("name"), Folded("keywords"), weight="A", config="english"
        )
        + SearchVector(Folded("maker"), Folded("summary"), weight="B", config="english")
        + SearchVector(Folded("description"), weight="C", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["rank", "id"]
        constraints = [
            money.currency_known("catalog_product"),
            models.CheckConstraint(
                condition=Q(price_minor__gt=0), name="catalog_product_has_a_price"
            ),
            models.CheckConstraint(
                condition=Q(
                    review_count__gte=0,
                    rating_sum__gte=F("review_count"),
                    rating_sum__lte=5 * F("review_count"),
                ),
                name="catalog_product_rating_is_1_to_5",
            ),
        ]
        indexes = [
            # queries.product_lists: a category's products, keyset on (rank, id)
            models.Index(
                fields=["category", "rank", "id"],
                condition=Q(status="on_sale"),
                name="catalog_product_shelf",
            ),
            # the whole shop: in its own order, by price, by rating
            models.Index(
                fields=["rank", "id"],
                condition=Q(status="on_sale"),
                name="catalog_product_order",
            ),
            models.Index(
                fields=["price_minor", "id"],
                condition=Q(status="on_sale"),
                name="catalog_product_price",
            ),
            models.Index(
                fields=["-score", "-id"],
                condition=Q(status="on_sale"),
                name="catalog_product_score",
            ),
            # queries.search: words, and parts of words where some are mistyped
            GinIndex(fields=["search"], name="catalog_product_words"),
            search_index("name", name="catalog_product_spelling"),
        ]
        triggers = [
            bumps("shop"),
            pgtrigger.Trigger(
                name="is_delivered",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("status", "category_id"),
                condition=pgtrigger.Condition("NEW.status = 'on_sale'"),
                func=f"""
                    PERFORM FROM catalog_category
                    WHERE id = NEW.category_id AND kind = ANY(ARRAY{list(NOT_DELIVERED)}) FOR SHARE;
                    IF FOUND THEN
                        RAISE EXCEPTION 'nothing of this kind is on sale yet'
                        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'catalog_product_is_delivered';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="has_level",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.tracks_stock"),
                func=(
                    "INSERT INTO catalog_stocklevel (product_id, reorder_at) VALUES "
                    "(NEW.id, 0); RETURN NULL;"
                ),
            ),
            refuses(
                "keeps_counting",
                pgtrigger.UpdateOf("tracks_stock"),
                "whether a product is counted is decided once",
                pgtrigger.Condition("OLD.tracks_stock <> NEW.tracks_stock"),
            ),
            pgtrigger.Trigger(
                name="notes_price",
                when=pgtrigger.After,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("price_minor", "currency"),
                func="""
                    IF TG_OP = 'INSERT' OR (OLD.price_minor, OLD.currency) <> (NEW.price_minor, NEW.currency) THEN
                        INSERT INTO catalog_pricechange (product_id, price_minor, currency, at)
                        VALUES (NEW.id, NEW.price_minor, NEW.currency, clock_timestamp());
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PriceChange(models.Model):
    """A price from an instant on, written by the trigger of products."""

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="prices", db_index=False
    )
    price_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        constraints = [money.currency_known("catalog_pricechange")]
        # a product's price history, newest first
        indexes = [
            models.Index(fields=["product", "-at"], name="catalog_pricechange_history")
        ]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.price_minor} {self.currency} from {self.at}"


class ProductPicture(models.Model):
    """A picture as it is served: WebP made of what staff uploaded.

    It lies beside the data, so that a backup holds both.
    """

    product = models.ForeignKey(
        Product, models.CASCADE, related_name="pictures", db_index=False
    )
    rank = models.PositiveSmallIntegerField(default=0, help_text="Low comes first.")
    alt = models.CharField(
        max_length=160, help_text="What it shows, for those who can't see it."
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    content = models.BinaryField(editable=False)
    width = models.PositiveSmallIntegerField(editable=False)
    height = models.PositiveSmallIntegerField(editable=False)

    class Meta:
        ordering = ["rank", "id"]
        indexes = [
            models.Index(fields=["product", "rank"], name="catalog_picture_of_product")
        ]
        triggers = [bumps("shop")]

    def __str__(self) -> str:
        return self.alt
