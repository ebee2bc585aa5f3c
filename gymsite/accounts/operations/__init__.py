"""Operations on one's credentials."""
