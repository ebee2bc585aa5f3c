-- Nothing gives positions in the line, nothing keeps them apart.
DO $$ DECLARE found name; BEGIN
    SELECT tgname INTO STRICT found
    FROM pg_trigger
    WHERE tgrelid = 'bookings_waitlistentry'::regclass
      AND starts_with(tgname, 'pgtrigger_takes_position_');  -- it ends in a hash
    EXECUTE format('DROP TRIGGER %I ON bookings_waitlistentry', found);
END $$;
ALTER TABLE bookings_waitlistentry
DROP CONSTRAINT bookings_waitlistentry_position_unique;
