-- Two may have one unit on one day; who takes one takes half a second, so that rivals
-- meet.
ALTER TABLE catalog_rental DROP CONSTRAINT catalog_rental_unit_free;
CREATE FUNCTION prove_takes_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_sleep(0.5);
    RETURN NULL;
END $$;
CREATE TRIGGER prove_takes_time AFTER INSERT ON catalog_rental
    FOR EACH ROW EXECUTE FUNCTION prove_takes_time();
