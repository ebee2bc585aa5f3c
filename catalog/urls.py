from django.urls import path

from catalog.views import products, shop

urlpatterns = [
    path("shop/", shop.shop, name="shop"),
    path("shop/search/", shop.search, name="shop-search"),
    path("shop/products/<slug:slug>/", products.product, name="product"),
    path("shop/pictures/<slug:digest>.webp", products.picture, name="product-picture"),
    path("shop/<slug:slug>/", shop.category, name="shop-category"),
    path("cart/add/<int:product_id>/", shop.shop, name="cart-add"),  # its name only, until carts have their pages
]
