from django.urls import path

from catalog.views import (
    carts,
    checkout,
    orders,
    product_lists,
    product_page,
    rent,
    rentals,
    reviews,
)

urlpatterns = [
    path("shop/", product_lists.shop, name="shop"),
    path("shop/search/", product_lists.search, name="shop-search"),
    path("shop/products/<slug:slug>/", product_page.product, name="product"),
    path(
        "shop/pictures/<slug:digest>.webp", product_page.picture, name="product-picture"
    ),
    path("shop/products/<slug:slug>/review/", reviews.review, name="review"),
    path("shop/cart/", carts.cart, name="cart"),
    path("shop/cart/accept/", carts.accept, name="cart-accept"),
    path("shop/cart/add/<int:product_id>/", carts.add, name="cart-add"),
    path("shop/cart/<int:product_id>/", carts.item, name="cart-item"),
    path("shop/checkout/", checkout.checkout, name="checkout"),
    path("shop/checkout/pay/", checkout.pay, name="pay"),
    path("shop/orders/", orders.orders, name="orders"),
    path("shop/orders/<str:reference>/", orders.order, name="order"),
    path("shop/rentals/", rent.kinds, name="rentals"),
    path("shop/rentals/rent/<slug:slug>/", rent.choose, name="rent"),
    path("shop/rentals/rent/<slug:slug>/pay/", rent.pay, name="rent-pay"),
    path("shop/rentals/mine/", rentals.my_rentals, name="my-rentals"),
    path("shop/rentals/<str:reference>/", rentals.rental, name="rental"),
    path(
        "shop/rentals/<str:reference>/return/",
        rentals.return_rental,
        name="return-rental",
    ),
    path("shop/rentals/<str:reference>/cancel/", rentals.cancel, name="cancel-rental"),
    path("shop/<slug:slug>/", product_lists.category, name="shop-category"),
]
