-- A refresh token that was used stays good.
CREATE FUNCTION prove_stays_good() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    NEW.refresh_hash := OLD.refresh_hash;
    RETURN NEW;
END $$;
CREATE TRIGGER prove_stays_good BEFORE UPDATE ON core_apisession
    FOR EACH ROW EXECUTE FUNCTION prove_stays_good();
