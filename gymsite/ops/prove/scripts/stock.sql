-- A sale does not move the stock, and a hold is over as it begins.
DO $$ DECLARE found name; BEGIN
    SELECT tgname INTO STRICT found
    FROM pg_trigger
    WHERE tgrelid = 'catalog_stockentry'::regclass
      AND starts_with(tgname, 'pgtrigger_moves_level_');  -- it ends in a hash
    EXECUTE format('DROP TRIGGER %I ON catalog_stockentry', found);
END $$;
CREATE FUNCTION prove_moves_no_sale() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE catalog_stocklevel
    SET on_hand = on_hand + CASE NEW.kind WHEN 'sale' THEN 0 ELSE NEW.quantity END
    WHERE product_id = NEW.product_id
    RETURNING on_hand INTO NEW.balance;
    RETURN NEW;
END $$;
CREATE TRIGGER prove_moves_no_sale BEFORE INSERT ON catalog_stockentry
    FOR EACH ROW EXECUTE FUNCTION prove_moves_no_sale();
CREATE FUNCTION prove_holds_nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    NEW.expires_at := NEW.expires_at - interval '1 hour';
    RETURN NEW;
END $$;
CREATE TRIGGER prove_holds_nothing BEFORE INSERT ON catalog_stockhold
    FOR EACH ROW EXECUTE FUNCTION prove_holds_nothing();
