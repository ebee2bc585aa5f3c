-- Nothing counts the places that are taken, nothing checks the count.
DO $$ DECLARE found name; BEGIN
    SELECT tgname INTO STRICT found
    FROM pg_trigger
    WHERE tgrelid = 'bookings_booking'::regclass
      AND starts_with(tgname, 'pgtrigger_counts_places_');  -- it ends in a hash
    EXECUTE format('DROP TRIGGER %I ON bookings_booking', found);
END $$;
ALTER TABLE bookings_classsession DROP CONSTRAINT bookings_session_places;
