-- A key that is there already is not recognized.
CREATE FUNCTION prove_knows_no_key() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    NEW.key := left(NEW.key, 150) || gen_random_uuid();
    RETURN NEW;
END $$;
CREATE TRIGGER prove_knows_no_key BEFORE INSERT ON core_idempotencykey
    FOR EACH ROW EXECUTE FUNCTION prove_knows_no_key();
