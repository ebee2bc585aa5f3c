"""What members say about what they bought."""

import pgtrigger
from django.db import models
from django.db.models import Q

from catalog.models.products import Product
from gymsite.core.models import Branch, User, refuses, stamp_anew


class Review(models.Model):
    """What a buyer says of a product; ``rating`` is 1 to 5.

    Only published reviews are shown and counted; the trigger keeps the product's
    figures. Who writes one has bought the product and not been given all of it back.
    One that was written before is not touched by a refund: whoever gives something back
    may say why, and no shop silences a review by paying for it.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting to be read"
        PUBLISHED = "published", "Published"
        REJECTED = "rejected", "Rejected"

    TRANSITIONS = {
        Status.PENDING: {Status.PUBLISHED, Status.REJECTED},
        Status.PUBLISHED: {Status.REJECTED},
        Status.REJECTED: {Status.PUBLISHED},
    }

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="reviews", db_index=False
    )
    member = models.ForeignKey(
        User, models.PROTECT, related_name="reviews", db_index=False
    )
    rating = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=80, blank=True)
    text = models.TextField(max_length=2000, blank=True)
    status = models.CharField(
        max_length=9, choices=Status.choices, default=Status.PENDING
    )
    created_at = models.DateTimeField()
    moderated_at = models.DateTimeField(null=True, blank=True, editable=False)
    moderated_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        editable=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "product"], name="catalog_review_one_a_product"
            ),
            models.CheckConstraint(
                condition=Q(rating__gte=1, rating__lte=5),
                name="catalog_review_rating_1_to_5",
            ),
        ]
        indexes = [
            # the product page: its published reviews, newest first, keyset on id
            models.Index(
                fields=["product", "-id"],
                condition=Q(status="published"),
                name="catalog_review_product",
            ),
            # the moderators' queue, oldest first
            models.Index(
                fields=["branch", "id"],
                condition=Q(status="pending"),
                name="catalog_review_pending",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="by_a_buyer",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM catalog_cart c JOIN catalog_cartitem i ON i.cart_id = c.id
                        WHERE c.member_id = NEW.member_id AND c.status = 'ordered' AND i.product_id = NEW.product_id
                            AND i.quantity > coalesce(
                                (SELECT sum(r.quantity) FROM catalog_refund r WHERE r.item_id = i.id), 0)
                    ) THEN
                        RAISE EXCEPTION 'only who bought a product reviews it'
                        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'catalog_review_by_a_buyer';
                    END IF;
                    RETURN NEW;
                """,
            ),
            refuses(
                "keeps_its_product",
                pgtrigger.UpdateOf("product_id", "member_id"),
                "a review stays with its product and member",
            ),
            # What the product's page says; what reviews come to moves on with the
            # product. Triggers fire in the order of their names: after rates_product,
            # since an edit of the product has it first, too.
            pgtrigger.Trigger(
                name="stamps_shop",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("title", "text", "created_at"),
                condition=pgtrigger.Condition("NEW.status = 'published'"),
                func=f"{stamp_anew('shop')}; RETURN NULL;",
            ),
            pgtrigger.Trigger(
                name="rates_product",
                when=pgtrigger.After,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("status", "rating")
                | pgtrigger.Delete,
                declare=[("count", "int := 0"), ("stars", "int := 0")],
                func="""
                    IF TG_OP <> 'INSERT' AND OLD.status = 'published' THEN
                        count := count - 1; stars := stars - OLD.rating;
                    END IF;
                    IF TG_OP <> 'DELETE' AND NEW.status = 'published' THEN
                        count := count + 1; stars := stars + NEW.rating;
                    END IF;
                    IF count <> 0 OR stars <> 0 THEN
                        UPDATE catalog_product SET review_count = review_count + count, rating_sum = rating_sum + stars
                        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.product_id ELSE NEW.product_id END;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rating} for product {self.product_id}"
