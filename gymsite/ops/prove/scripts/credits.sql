-- What is charged to a pack is not counted.
CREATE FUNCTION prove_counts_nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    NEW.used := OLD.used;
    RETURN NEW;
END $$;
CREATE TRIGGER prove_counts_nothing BEFORE UPDATE ON memberships_allowance
    FOR EACH ROW EXECUTE FUNCTION prove_counts_nothing();
