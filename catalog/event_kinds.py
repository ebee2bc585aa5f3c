"""What is recorded about products, orders, rentals, stock and purchases."""

from gymsite.core.event_kinds import EventKind


class CatalogEvent(EventKind):
    ORDERED = "ordered"
    ORDER_READY = "order_ready"
    ORDER_COLLECTED = "order_collected"
    ORDER_REFUNDED = "order_refunded"

    RENTED = "rented"
    HANDED_OUT = "handed_out"
    RETURN_ANNOUNCED = "return_announced"
    RETURNED = "returned"
    RENTAL_CANCELLED = "rental_cancelled"
    RENTAL_REFUNDED = "rental_refunded"
    RENTALKIND_ON = "rentalkind_on"
    RENTALKIND_OFF = "rentalkind_off"
    RENTALUNIT_ON = "rentalunit_on"
    RENTALUNIT_OFF = "rentalunit_off"

    REVIEWED = "reviewed"
    REVIEW_PUBLISHED = "review_published"
    REVIEW_REJECTED = "review_rejected"

    PRODUCT_ON_SALE = "product_on_sale"
    PRODUCT_WITHDRAWN = "product_withdrawn"
    STOCK_COUNTED = "stock_counted"
    PURCHASE_ORDERED = "purchase_ordered"
    PURCHASE_CANCELLED = "purchase_cancelled"
    DELIVERY_RECEIVED = "delivery_received"
