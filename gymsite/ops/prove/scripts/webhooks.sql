-- A payment that is settled stays open, and nothing compares it with its ledger and its
-- thing.
DO $$ DECLARE found record; BEGIN
    FOR found IN
        SELECT tgname, tgrelid::regclass AS relation
        FROM pg_trigger
        WHERE tgrelid IN ('payments_payment'::regclass, 'payments_ledgerentry'::regclass)
          AND tgname ~ '^pgtrigger_(is_in_the_ledger|within_what_was_paid|agrees_with)'
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', found.tgname, found.relation);
    END LOOP;
END $$;
ALTER TABLE memberships_billingperiod
DROP CONSTRAINT memberships_billingperiod_payment_id_key;
CREATE FUNCTION prove_stays_open() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RETURN OLD;
END $$;
CREATE TRIGGER prove_stays_open BEFORE UPDATE OF status ON payments_payment
    FOR EACH ROW WHEN (NEW.status = 'paid') EXECUTE FUNCTION prove_stays_open();
