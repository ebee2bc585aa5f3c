-- Shaped as ours, with the constraints that make the same promise: no place sold twice,
-- no member twice in a session.
CREATE TABLE session (
    id int PRIMARY KEY,
    capacity int NOT NULL,
    booked_count int NOT NULL DEFAULT 0,
    waitlist_last int NOT NULL DEFAULT 0,
    CHECK (booked_count BETWEEN 0 AND capacity)
);
CREATE TABLE booking (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id int NOT NULL REFERENCES session,
    member_id bigint NOT NULL,
    status text NOT NULL,
    booked_at timestamptz NOT NULL,
    UNIQUE (session_id, member_id)
);
CREATE TABLE waitlist (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id int NOT NULL REFERENCES session,
    member_id bigint NOT NULL,
    position int NOT NULL,
    joined_at timestamptz NOT NULL,
    UNIQUE (session_id, position),
    UNIQUE (session_id, member_id)
);
INSERT INTO session (id, capacity)
SELECT n, 1000000000
FROM generate_series(1, 2000) n;
