"""Who and what is taken at a time, over the tables of classes and of appointments.

Within one table exclusion constraints forbid that two rows meet. Between two tables
triggers do: whoever writes a row takes the time of those it needs, then looks into the
other table. Classes and their bookings share a time, since their own constraints keep
them apart; an appointment, and a block in a trainer's week, take it alone. So of two
who meet the second one waits, and sees the first one's row. docs/locks.md has the order
and what it costs.
"""

# The first key of the advisory locks. They are taken in this order.
TRAINER, ROOM, PERSON = 7101, 7102, 7103
# Keys of rows are folded into so many: a statement that writes a million rows holds no
# more locks than that. Two rows that share one wait for each other now and then.
FOLD = 1024

# The states in which an appointment occupies its trainer, its room and its client.
OCCUPIES = (
    "requested",
    "booked",
    "confirmed",
    "checked_in",
    "completed",
    "no_show",
)
# No class (bookings_gymclass_lasts) and no appointment (bookings_appointment_lasts) is
# longer: what overlaps began at most that long before, which an index on the start
# finds.
LONGEST = "interval '600 minutes'"

# A look behind the lock has to see what was committed meanwhile.
SEES_THE_LATEST = """
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'who is free is looked at in READ COMMITTED'
        USING ERRCODE = 'feature_not_supported';
    END IF;
"""


def take(kind: int, key: str, *, alone: bool) -> str:
    """The statement that holds the time of a row until the transaction ends."""
    shared = "" if alone else "_shared"
    return f"PERFORM pg_advisory_xact_lock{shared}({kind}, ({key} % {FOLD})::int);"


def unless(found: str, constraint: str, message: str) -> str:
    """Statements that refuse the row as ``constraint`` would, where the query finds
    something."""
    return f"""
    IF EXISTS ({found}) THEN
        RAISE EXCEPTION '{message}'
        USING ERRCODE = 'exclusion_violation', CONSTRAINT = '{constraint}';
    END IF;
"""


def where_it_stands(*columns: str, states: tuple[str, ...]) -> str:
    """Statements that let an update pass which leaves these columns as they are, of a
    row that stood before."""
    old = ", ".join(f"OLD.{column}" for column in columns)
    new = ", ".join(f"NEW.{column}" for column in columns)
    held = ", ".join(f"'{state}'" for state in states)
    return f"""
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status IN ({held}) AND ({old}) IS NOT DISTINCT FROM ({new}) THEN
            RETURN NEW;
        END IF;
    END IF;
"""


def appointments(whose: str, first: str = "starts_at", last: str = "ends_at") -> str:
    """The query for appointments that meet the new row's time, by the index of their
    own constraint."""
    return f"""
        SELECT FROM bookings_appointment a WHERE a.{whose} AND a.status IN {OCCUPIES}
            AND tstzrange(a.{first}, a.{last}) && tstzrange(NEW.starts_at, NEW.ends_at)
"""
